"""Questions to a meter and its answers: association, GET, SET, ACTION.

In come targets and typed values, out come typed values or the error that belongs to the answer.
Rule: one question at a time; a wrong password is tried once; what this program may never do to
a meter is refused here, before a single octet is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from hardware.dlms.acse import REJECTED_FOR_NOW, Aare, Aarq, Diagnostic, Mechanism
from hardware.dlms.apdu import Apdu, ExceptionResponse
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.apdu_get import (
    GetListRequest,
    GetListResponse,
    GetRequest,
    GetResponse,
    Result,
)
from hardware.dlms.apdu_set import SetRequest, SetResponse
from hardware.dlms.association import Association, Outgoing, Received
from hardware.dlms.conversation import Role, is_accepted
from hardware.dlms.data import Data
from hardware.dlms.initiate import (
    MANAGEMENT,
    PUBLIC,
    Conformance,
    InitiateRequest,
    ServiceError,
)
from hardware.dlms.results import SUCCESS, exception_refusal, refusal
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.optical_line import ApduLine, Authentication, OpticalOptions
from hardware.errors import (
    AccessDenied,
    LocalProtocolError,
    MeterError,
    NotSupported,
    PortLocked,
    PortTimeout,
    RemoteProtocolError,
    WrongPassword,
)
from hardware.pump import WireStats

# DSMR P3 4.2.2 section 2.1
MAX_REFERENCES = 16
PUBLIC_CLIENT = 16

# Image transfer, activity calendar, security setup and disconnect control: never from here.
# Administrative status, configuration and factory reset: only as named operations.
_CLOSED_CLASSES = {18, 20, 64, 70}
_NAMED_ONLY = {"0-1:94.31.0", "0-1:94.31.3", "0-1:94.31.5"}
_ASSOCIATION_CLASS = 15


class Conversation:
    """An association with one meter over an open line; made by `associate`."""

    def __init__(self, line: ApduLine) -> None:
        self._line = line
        self._association = Association(Role.CLIENT)
        self._answers = 0

    @property
    def stats(self) -> WireStats:
        """What went over the line so far."""
        return self._line.stats

    async def associate(self, options: OpticalOptions) -> None:
        """Open the association as the client of `options`.

        Raises:
            WrongPassword: refused; the meter has noted it and locked.
            AccessDenied: a password is needed, or this client is not let in.
            PortLocked: refused for now, as for 10 s after a wrong password.
            NotSupported: the meter takes ciphered contexts only.
            MeterError: any other refusal.
        """
        wanted = PUBLIC if options.client == PUBLIC_CLIENT else MANAGEMENT
        aarq = Aarq(user_information=InitiateRequest(wanted).to_bytes())
        if options.auth is Authentication.LLS:
            aarq = Aarq(
                mechanism=Mechanism.LLS,
                authentication=options.password,
                user_information=aarq.user_information,
            )
        answer = await self._ask(aarq, "association")
        if not isinstance(answer, Aare):
            raise _unexpected(answer, "association")
        if not is_accepted(answer):
            raise _rejected(answer, options.auth)

    async def get(self, target: AttributeRef) -> Data:
        """The value of one attribute.

        Raises:
            AccessDenied: not readable for this client.
            NotSupported: no such object, class or attribute.
            MeterError: any other refusal.
            PortTimeout: the meter fell silent.
        """
        return self._value(target, await self._get(target))

    async def get_each(self, targets: Sequence[AttributeRef]) -> list[Result]:
        """The values of many attributes, or the result code in the place of a value.

        In lists of at most 16 where the meter agreed on lists, else one by one.
        """
        if not self._association.conformance & Conformance.MULTIPLE_REFERENCES:
            return [await self._get(target) for target in targets]
        results: list[Result] = []
        for start in range(0, len(targets), MAX_REFERENCES):
            part = tuple(targets[start : start + MAX_REFERENCES])
            results += await self._get_list(part)
        return results

    async def set(self, target: AttributeRef, value: Data) -> None:
        """Write one attribute.

        Raises:
            LocalProtocolError: one of those that this program never writes in general.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        if _is_closed(target.class_id, str(target.obis)):
            raise LocalProtocolError(f"never written from here: {target}")
        await self.set_named(target, value)

    async def set_named(self, target: AttributeRef, value: Data) -> None:
        """Write one attribute for a named operation, which answers for the choice itself."""
        answer = await self._ask(SetRequest(target, value), f"set {target}")
        if not isinstance(answer, SetResponse):
            raise _unexpected(answer, f"set {target}")
        if answer.result != SUCCESS:
            raise refusal(f"set {target}", answer.result)

    async def action(self, target: MethodRef, parameter: Data | None = None) -> Data | None:
        """Invoke a method; what it returned, if anything.

        Raises:
            LocalProtocolError: one of those that this program never invokes.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        what = f"action {target}"
        if _is_closed(target.class_id, str(target.obis)):
            raise LocalProtocolError(f"never invoked from here: {target}")
        answer = await self._ask(ActionRequest(target, parameter), what)
        if not isinstance(answer, ActionResponse):
            raise _unexpected(answer, what)
        for code in (answer.result, answer.returned):
            if isinstance(code, int) and code != SUCCESS:
                raise refusal(what, code)
        return answer.returned if isinstance(answer.returned, Data) else None

    async def _get(self, target: AttributeRef) -> Result:
        answer = await self._ask(GetRequest(target), f"get {target}")
        if not isinstance(answer, GetResponse):
            raise _unexpected(answer, f"get {target}")
        return answer.result

    async def _get_list(self, targets: tuple[AttributeRef, ...]) -> list[Result]:
        answer = await self._ask(GetListRequest(targets), f"get {len(targets)} attributes")
        if isinstance(answer, ExceptionResponse):
            return [await self._get(target) for target in targets]
        if not isinstance(answer, GetListResponse):
            raise _unexpected(answer, "get list")
        if len(answer.results) != len(targets):
            raise RemoteProtocolError(f"{len(answer.results)} results for {len(targets)}")
        return list(answer.results)

    def _value(self, target: AttributeRef, result: Result) -> Data:
        if isinstance(result, int):
            raise refusal(f"get {target}", result)
        return result

    async def _ask(self, message: Apdu, what: str) -> Apdu:
        """One question until its whole answer, blocks included."""
        octets = self._association.send(message)
        while True:
            try:
                self._association.feed(await self._line.exchange(octets))
            except PortTimeout as e:
                done = f"silent after {self._answers} answers, at {what}"
                raise PortTimeout(self._line.name, done) from e
            event = self._association.next_event()
            self._answers += 1
            if isinstance(event, Received):
                return event.message
            if not isinstance(event, Outgoing):
                raise RemoteProtocolError(f"no answer in the APDU for {what}")
            octets = event.octets


def _is_closed(class_id: int, obis: str) -> bool:
    return class_id in _CLOSED_CLASSES | {_ASSOCIATION_CLASS} or obis in _NAMED_ONLY


def _unexpected(answer: Apdu, what: str) -> MeterError | RemoteProtocolError:
    if isinstance(answer, ExceptionResponse):
        return exception_refusal(what, answer.service_error)
    if isinstance(answer, ServiceError):
        return MeterError(f"{what}: confirmed-service-error {answer.kind}.{answer.value}")
    return RemoteProtocolError(f"{what}: {type(answer).__name__} in the place of an answer")


_DENYING = {
    Diagnostic.MECHANISM_NOT_RECOGNISED,
    Diagnostic.MECHANISM_REQUIRED,
    Diagnostic.AUTHENTICATION_FAILURE,
    Diagnostic.AUTHENTICATION_REQUIRED,
}


def _rejected(answer: Aare, auth: Authentication) -> MeterError:
    text = f"association refused: result {answer.result}, diagnostic {answer.diagnostic}"
    refused = answer.diagnostic == Diagnostic.AUTHENTICATION_FAILURE and answer.by_user
    if refused and auth is Authentication.LLS:
        return WrongPassword(text)
    if answer.diagnostic in _DENYING and answer.by_user:
        return AccessDenied(text)
    if answer.result == REJECTED_FOR_NOW:
        return PortLocked(text)
    if answer.diagnostic == Diagnostic.CONTEXT_NOT_SUPPORTED and answer.by_user:
        return NotSupported(text)
    return AccessDenied(text)
