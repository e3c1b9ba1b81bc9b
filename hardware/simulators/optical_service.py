"""How a simulated meter answers: who may associate, and what each client may do.

In come whole messages of one association, out go the answers. Rule: clients have the rights of
DSMR P3 4.2.2 section 2.1: the public client (16) reads only what needs no key, the management
client (1) needs its password or its key; wrong rights are read-write-denied.
"""

from __future__ import annotations

from hardware.dlms.acse import (
    CONTEXT_LN,
    REJECTED,
    REJECTED_FOR_NOW,
    Aare,
    Aarq,
    Diagnostic,
    Mechanism,
    Release,
)
from hardware.dlms.apdu import Apdu, ExceptionResponse
from hardware.dlms.apdu_action import (
    ActionListRequest,
    ActionListResponse,
    ActionRequest,
    ActionResponse,
)
from hardware.dlms.apdu_get import (
    GetListRequest,
    GetListResponse,
    GetRequest,
    GetResponse,
    Result,
)
from hardware.dlms.apdu_set import SetListRequest, SetListResponse, SetRequest, SetResponse
from hardware.dlms.cipher import Cipher, Plain
from hardware.dlms.conversation import REPLY_TO_HLS
from hardware.dlms.data import Data
from hardware.dlms.initiate import MANAGEMENT, PUBLIC, InitiateRequest, InitiateResponse
from hardware.dlms.results import (
    CLASS_INCONSISTENT,
    OBJECT_UNDEFINED,
    OTHER_REASON,
    READ_WRITE_DENIED,
    SUCCESS,
)
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.errors import RemoteProtocolError
from hardware.simulators.optical_objects import CosemObject, build_model
from hardware.simulators.optical_security import Gate
from hardware.simulators.optical_state import OpticalMeter

MANAGEMENT_CLIENT, PUBLIC_CLIENT = 1, 16
MAX_PDU = 1024
MAX_REFERENCES = 16


class MeterService:
    """One client's conversation with one meter, above the association machine."""

    def __init__(self, meter: OpticalMeter, client: int, cipher: Cipher | None = None) -> None:
        self.meter = meter
        self.client = client
        security = meter.security if client == MANAGEMENT_CLIENT else None
        self._gate = Gate(security, cipher or Plain()) if security else None
        self._context = security.context if security else CONTEXT_LN
        self._model = build_model(meter)

    def answer(self, message: Apdu) -> Apdu:
        """The answer to a whole message of the client."""
        match message:
            case Aarq():
                return self._associate(message)
            case Release():
                return Release(is_response=True)
            case _:
                return self._serve(message)

    def _serve(self, message: Apdu) -> Apdu:
        self.meter.settle()
        match message:
            case GetRequest():
                return GetResponse(self._get(message.target), message.invoke_id)
            case GetListRequest() | SetListRequest() | ActionListRequest():
                return self._serve_list(message)
            case SetRequest():
                return SetResponse(self._set(message.target, message.value), message.invoke_id)
            case ActionRequest(target) if target == REPLY_TO_HLS:
                return self._prove(message)
            case ActionRequest():
                result = self._act(message.target, message.parameter)
                return ActionResponse(result, None, message.invoke_id)
            case _:
                return ExceptionResponse(1, 2)

    def _associate(self, aarq: Aarq) -> Aare:
        if self.meter.is_locked:
            return Aare(REJECTED_FOR_NOW, Diagnostic.NO_REASON)
        if aarq.context != self._context:
            return Aare(REJECTED, Diagnostic.CONTEXT_NOT_SUPPORTED, aarq.context)
        if self.client == PUBLIC_CLIENT:
            return self._accept(aarq)
        if self.client != MANAGEMENT_CLIENT:
            return Aare(REJECTED, Diagnostic.NO_REASON)
        return self._manage(aarq)

    def _manage(self, aarq: Aarq) -> Aare:
        if self._gate is not None:
            return self._gate.challenge(aarq, self._granted(aarq))
        if self.meter.needs_password:
            if aarq.mechanism == Mechanism.NONE:
                return Aare(REJECTED, Diagnostic.MECHANISM_REQUIRED)
            if aarq.mechanism != Mechanism.LLS:
                return Aare(REJECTED, Diagnostic.MECHANISM_NOT_RECOGNISED)
            if aarq.authentication != self.meter.password:
                self.meter.login_failed()
                return Aare(REJECTED, Diagnostic.AUTHENTICATION_FAILURE)
        self.meter.session_began()
        return self._accept(aarq)

    def _accept(self, aarq: Aarq) -> Aare:
        return Aare(user_information=self._granted(aarq))

    def _granted(self, aarq: Aarq) -> bytes:
        asked = InitiateRequest.from_bytes(aarq.user_information)
        rights = PUBLIC if self.client == PUBLIC_CLIENT else MANAGEMENT
        return InitiateResponse(asked.conformance & rights, MAX_PDU).to_bytes()

    def _prove(self, message: ActionRequest) -> Apdu:
        if self._gate is None:
            return ExceptionResponse(1, 2)
        answer = self._gate.judge(message)
        if answer.result == SUCCESS:
            self.meter.session_began()
        else:
            self.meter.login_failed()
        return answer

    def _serve_list(self, message: GetListRequest | SetListRequest | ActionListRequest) -> Apdu:
        """Each on its own: what is refused does not keep the others from being done."""
        match message:
            case GetListRequest(targets) if self._takes_list(len(targets)):
                got = tuple(self._get(target) for target in targets)
                return GetListResponse(got, message.invoke_id)
            case SetListRequest(writes) if self._takes_list(len(writes)):
                results = tuple(self._set(target, value) for target, value in writes)
                return SetListResponse(results, message.invoke_id)
            case ActionListRequest(calls) if self._takes_list(len(calls)):
                done = tuple((self._act(target, value), None) for target, value in calls)
                return ActionListResponse(done, message.invoke_id)
            case _:
                return ExceptionResponse(1, 2)

    def _takes_list(self, size: int) -> bool:
        return self.client != PUBLIC_CLIENT and size <= MAX_REFERENCES

    def _get(self, target: AttributeRef) -> Result:
        found = self._find(target)
        if isinstance(found, int):
            return found
        if self.client == PUBLIC_CLIENT and not found.public:
            return READ_WRITE_DENIED
        reader = found.attributes.get(target.attribute)
        if reader is None:
            return OBJECT_UNDEFINED
        if target.selection is None or found.select is None or target.attribute != 2:
            return reader()
        try:
            return found.select(target.selection)
        except RemoteProtocolError:
            return OTHER_REASON

    def _set(self, target: AttributeRef, value: Data) -> int:
        found = self._find(target)
        if isinstance(found, int):
            return found
        writer = found.writers.get(target.attribute)
        if self.client != MANAGEMENT_CLIENT or writer is None:
            return READ_WRITE_DENIED
        return writer(value)

    def _act(self, target: MethodRef, parameter: Data | None) -> int:
        found = self._find(target)
        if isinstance(found, int):
            return found
        method = found.methods.get(target.method)
        if self.client != MANAGEMENT_CLIENT or method is None:
            return READ_WRITE_DENIED
        return method(parameter)

    def _find(self, target: AttributeRef | MethodRef) -> CosemObject | int:
        found = self._model.get(target.obis)
        if found is None:
            return OBJECT_UNDEFINED
        if found.class_id != target.class_id:
            return CLASS_INCONSISTENT
        return READ_WRITE_DENIED if found.refused else found
