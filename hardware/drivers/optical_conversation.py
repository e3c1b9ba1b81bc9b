"""Questions to a meter and its answers: association, GET, SET, ACTION.

In come targets and typed values, out come typed values or the error that belongs to the answer.
Rule: one question at a time; a wrong password is tried once; what this program may never do to
a meter is refused here, before a single octet is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from hardware.dlms.apdu import Apdu, DataNotification, ExceptionResponse
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.apdu_get import (
    GetListRequest,
    GetListResponse,
    GetRequest,
    GetResponse,
    Result,
)
from hardware.dlms.apdu_set import SetListRequest, SetListResponse, SetRequest, SetResponse
from hardware.dlms.association import Association, Outgoing, Received
from hardware.dlms.conversation import Role
from hardware.dlms.data import Data
from hardware.dlms.initiate import Conformance, ServiceError
from hardware.dlms.results import SUCCESS, refusal
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.optical_access import Hls, Reserve
from hardware.drivers.optical_admission import Admission, unexpected
from hardware.drivers.optical_closed import check_general, check_named
from hardware.drivers.optical_line import ApduLine, OpticalOptions
from hardware.drivers.optical_plain import Overheard
from hardware.errors import PortTimeout, RemoteProtocolError
from hardware.pump import WireStats

# DSMR P3 4.2.2 section 2.1
MAX_REFERENCES = 16
_NOTIFICATIONS = 16
_NOTHING = WireStats()
_MOST_APDUS = 20_000
"""Blocks of an answer and notifications before it, so that no meter talks for ever."""


class Conversation:
    """An association with one meter over an open line; made by `associate`.

    Attributes:
        notifications: the last ones that the meter sent unasked, while it was asked.
    """

    def __init__(self, line: ApduLine, before: WireStats = _NOTHING) -> None:
        """Talk over `line`; `before` is what went over it earlier for the same session."""
        self._line = line
        self._before = before
        self._association = Association(Role.CLIENT)
        self._hls: Hls | None = None
        self._reserve = Reserve()
        self._one_by_one = self._writes_one_by_one = False
        self._answers = 0
        self.notifications: deque[DataNotification] = deque(maxlen=_NOTIFICATIONS)

    @property
    def stats(self) -> WireStats:
        """What went over the line so far."""
        return self._before + self._line.stats

    async def associate(self, options: OpticalOptions, seen: int = -1) -> None:
        """Open the association as the client of `options`.

        Args:
            options: as whom.
            seen: the highest counter that the meter has seen, where it told.

        Raises:
            WrongPassword, WrongMeterKey: refused; the meter has noted it and locked.
            AccessDenied: a password or key is needed, or this client is not let in.
            PortLocked: refused for now, as for 10 s after a wrong password or key.
            CounterTooLow: the meter has seen higher counters than ours.
            NotSupported: the meter takes only the other kind of context.
            Unproven: the meter can't prove that it has the keys.
            MeterError: any other refusal.
        """
        self._hls = options.hls if options.auth.is_high else None
        self._reserve = Reserve(seen)
        await self._refill()
        admission = Admission(options, self._reserve)
        tell, cipher = options.plain, admission.cipher
        self._association = Association(
            Role.CLIENT, cipher if tell is None else Overheard(cipher, tell)
        )
        proof = admission.reply(await self._ask(admission.aarq(), "association"))
        if proof is not None:
            admission.check(await self._ask(proof, "association"))

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

        In lists of at most 16 where the meter agreed on lists, else one by one, as after the
        first list that it refused.
        """
        agreed = self._association.conformance & Conformance.MULTIPLE_REFERENCES
        if not agreed or self._one_by_one:
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
        check_general(target)
        await self.set_named(target, value)

    async def set_named(self, target: AttributeRef, value: Data) -> None:
        """Write one attribute for a named operation, which answers for the choice itself.

        Raises:
            LocalProtocolError: one of those that this program never writes at all.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        check_named(target)
        answer = await self._ask(SetRequest(target, value), f"set {target}")
        if not isinstance(answer, SetResponse):
            raise unexpected(answer, f"set {target}")
        if answer.result != SUCCESS:
            raise refusal(f"set {target}", answer.result)

    async def set_each(self, writes: Sequence[tuple[AttributeRef, Data]]) -> None:
        """Write attributes that belong together for a named operation, in their order.

        In lists of at most 16 where the meter agreed on lists, else one by one, as after the
        first list that it did not take. In a list the meter judges each on its own, so that
        others are written where one is refused; one by one, the first refusal is the end.

        Raises:
            LocalProtocolError, AccessDenied, NotSupported, MeterError: as `set_named`, for the
                first one that was refused.
        """
        for target, _ in writes:
            check_named(target)
        for start in range(0, len(writes), MAX_REFERENCES):
            part = tuple(writes[start : start + MAX_REFERENCES])
            if len(part) == 1 or not await self._set_list(part):
                for target, value in part:
                    await self.set_named(target, value)

    async def _set_list(self, writes: tuple[tuple[AttributeRef, Data], ...]) -> bool:
        """Whether the meter took the list; what it refused of it is raised."""
        agreed = self._association.conformance & Conformance.MULTIPLE_REFERENCES
        if not agreed or self._writes_one_by_one:
            return False
        answer = await self._ask(SetListRequest(writes), f"set {len(writes)} attributes")
        if isinstance(answer, ExceptionResponse | ServiceError):
            self._writes_one_by_one = True
            return False
        if not isinstance(answer, SetListResponse):
            raise unexpected(answer, "set list")
        if len(answer.results) != len(writes):
            raise RemoteProtocolError(f"{len(answer.results)} results for {len(writes)}")
        for (target, _), result in zip(writes, answer.results, strict=True):
            if result != SUCCESS:
                raise refusal(f"set {target}", result)
        return True

    async def action(self, target: MethodRef, parameter: Data | None = None) -> Data | None:
        """Invoke a method; what it returned, if anything.

        Raises:
            LocalProtocolError: one of those that this program never invokes in general.
            AccessDenied, NotSupported, MeterError: the meter's refusal.
        """
        check_general(target)
        return await self.action_named(target, parameter)

    async def action_named(
        self, target: MethodRef, parameter: Data | None = None
    ) -> Data | None:
        """Invoke a method for a named operation; errors as `set_named`."""
        check_named(target)
        what = f"action {target}"
        answer = await self._ask(ActionRequest(target, parameter), what)
        if not isinstance(answer, ActionResponse):
            raise unexpected(answer, what)
        for code in (answer.result, answer.returned):
            if isinstance(code, int) and code != SUCCESS:
                raise refusal(what, code)
        return answer.returned if isinstance(answer.returned, Data) else None

    async def _get(self, target: AttributeRef) -> Result:
        answer = await self._ask(GetRequest(target), f"get {target}")
        if not isinstance(answer, GetResponse):
            raise unexpected(answer, f"get {target}")
        return answer.result

    async def _get_list(self, targets: tuple[AttributeRef, ...]) -> list[Result]:
        answer = await self._ask(GetListRequest(targets), f"get {len(targets)} attributes")
        if isinstance(answer, ExceptionResponse | ServiceError):
            self._one_by_one = True
            return [await self._get(target) for target in targets]
        if not isinstance(answer, GetListResponse):
            raise unexpected(answer, "get list")
        if len(answer.results) != len(targets):
            raise RemoteProtocolError(f"{len(answer.results)} results for {len(targets)}")
        return list(answer.results)

    def _value(self, target: AttributeRef, result: Result) -> Data:
        if isinstance(result, int):
            raise refusal(f"get {target}", result)
        return result

    async def _ask(self, message: Apdu, what: str) -> Apdu:
        """One question until its whole answer, blocks included."""
        octets: bytes | None = self._association.send(message)
        for _ in range(_MOST_APDUS):
            await self._take(octets, what)
            event = self._association.next_event()
            if isinstance(event, Outgoing):
                octets = event.octets
            elif not isinstance(event, Received):
                raise RemoteProtocolError(f"no answer in the APDU for {what}")
            elif isinstance(event.message, DataNotification):
                self.notifications.append(event.message)
                octets = None
            else:
                return event.message
        raise RemoteProtocolError(f"no end of the answer for {what}")

    async def _take(self, octets: bytes | None, what: str) -> None:
        """Send and hear one APDU, or only hear the next one."""
        await self._refill()
        try:
            self._association.feed(
                await (self._line.receive() if octets is None else self._line.exchange(octets))
            )
        except PortTimeout as e:
            done = f"silent after {self._answers} answers, at {what}"
            raise PortTimeout(self._line.name, done) from e
        self._answers += 1

    async def _refill(self) -> None:
        if self._hls is not None:
            await self._reserve.fill(self._hls, self._line.name)
