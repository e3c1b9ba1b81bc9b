"""What a message on the line means: text lines, HDLC frames and the APDUs inside, by layers.

One whole message in, a `Meaning` out: a kind, the facts of each layer with the octets they
stand in, and whether its checks hold. Rule: codes and the standard's own values only, no
sentences; what can't be read is `unknown` and keeps its octets. Passwords are never a fact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from hardware.dlms.acse import ACCEPTED, Aare, Aarq, Release
from hardware.dlms.apdu import Apdu, ExceptionResponse, parse
from hardware.dlms.apdu_action import (
    ActionListRequest,
    ActionListResponse,
    ActionRequest,
    ActionResponse,
)
from hardware.dlms.apdu_get import (
    GetBlockResponse,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetRequest,
    GetResponse,
    Result,
)
from hardware.dlms.apdu_set import SetListRequest, SetListResponse, SetRequest, SetResponse
from hardware.dlms.data import Data
from hardware.dlms.octets import Octets
from hardware.dlms.results import result_name
from hardware.dlms.security import GENERAL_GLO_TAG, Sealed
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.optical_answers import plain, text_of
from hardware.dsmr.objects import known_names
from hardware.errors import RemoteProtocolError
from hardware.hdlc.control import Kind
from hardware.hdlc.frames import Frame
from hardware.iec62056.messages import (
    parse_identification,
    parse_option,
    parse_request,
    without_parity,
)
from hardware.p1.catalogue import CATALOGUE

LLC_REQUEST, LLC_RESPONSE = b"\xe6\xe6\x00", b"\xe6\xe7\x00"
"""Before each APDU on HDLC (IEC 62056-46, 6.3.1)."""

_CIPHERED = frozenset({0x2E, *range(0xC8, 0xE0)}) - {0xD8}
"""Tags of ciphered APDUs; 2E is a confirmed-service-error (IEC 62056-5-3, 9.5)."""

_SHOWN = 60
_OBIS_LINE = re.compile(r"(\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3})(?:\*\d{1,3})?(\(.*\))")

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a message.

    Attributes:
        name: `text`, `hdlc`, `wrapper`, `ciphered` or `apdu`.
        facts: names and values, in the order of the octets.
        span: the first octet of the message that belongs to it, and the one behind its last.
    """

    name: str
    facts: tuple[Fact, ...]
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one message means.

    Attributes:
        kind: what it is, a code (`sign_on`, `snrm`, `get_request`, `p1_line`, ...).
        about: the thing it is about, in the standard's own words; may be empty.
        holds: False where a checksum or a form does not hold.
    """

    kind: str
    about: str = ""
    layers: tuple[Layer, ...] = field(default=())
    holds: bool = True


def meaning_of_text(octets: bytes) -> Meaning:
    """A line of text: sign-on (IEC 62056-21) or a line of a P1 telegram."""
    clear = without_parity(octets)
    for read in (_sign_on, _p1_line):
        if (found := read(clear, len(octets))) is not None:
            return found
    return unknown(octets)


def unknown(octets: bytes) -> Meaning:
    """Octets that mean nothing here."""
    return Meaning("unknown", f"{len(octets)}", holds=False)


def meaning_of_frame(frame: Frame, octets: bytes, apdu: bytes | None) -> Meaning:
    """A frame with its flags; `apdu` is the whole message that it completes, if it does."""
    hdlc = Layer("hdlc", _frame_facts(frame), (0, len(octets)))
    kind = _FRAME_KINDS[frame.control.kind]
    if frame.control.kind is not Kind.INFORMATION:
        return Meaning(kind, "", (hdlc,))
    if apdu is None:
        return Meaning("segment", f"{len(frame.information)}", (hdlc,))
    inside = meaning_of_apdu(apdu)
    start = max(0, len(octets) - 3 - len(apdu))
    span = (start, len(octets) - 3)
    layers = tuple(Layer(layer.name, layer.facts, span) for layer in inside.layers)
    return Meaning(inside.kind, inside.about, (hdlc, *layers), inside.holds)


def meaning_of_apdu(octets: bytes) -> Meaning:
    """One whole APDU, without LLC octets."""
    span = (0, len(octets))
    if octets and octets[0] in _CIPHERED:
        layer = Layer("ciphered", _ciphered_facts(octets), span)
        return Meaning("ciphered", f"{octets[0]:02X}", (layer,))
    try:
        message = parse(octets)
    except RemoteProtocolError as e:
        return Meaning("unknown", str(e), holds=False)
    kind, facts = _apdu(message)
    about = next((value for name, value in facts if name in {"object", "value", "result"}), "")
    return Meaning(kind, about, (Layer("apdu", facts, span),), kind != "exception")


def _ciphered_facts(octets: bytes) -> tuple[Fact, ...]:
    """What stands before the ciphered text: whose it is, how protected, under which counter."""
    source = Octets(octets)
    facts = [("tag", f"{source.unsigned(1):02X}")]
    try:
        if octets[0] == GENERAL_GLO_TAG:
            facts.append(("title", source.counted().hex()))
        sealed = Sealed.from_bytes(source.counted())
    except RemoteProtocolError:
        return tuple(facts)
    protection = ("protection", f"{sealed.control:02X}")
    return (*facts, protection, ("counter", str(sealed.counter)))


_FRAME_KINDS = {
    Kind.INFORMATION: "information",
    Kind.RECEIVE_READY: "receive_ready",
    Kind.RECEIVE_NOT_READY: "receive_not_ready",
    Kind.REJECT: "reject",
    Kind.SNRM: "snrm",
    Kind.DISC: "disc",
    Kind.UA: "ua",
    Kind.DM: "dm",
    Kind.FRMR: "frmr",
    Kind.UI: "ui",
}


def _frame_facts(frame: Frame) -> tuple[Fact, ...]:
    facts = [
        ("to", _station(frame.destination.upper, frame.destination.lower)),
        ("from", _station(frame.source.upper, frame.source.lower)),
        ("frame", frame.control.kind.name),
    ]
    if frame.control.kind is Kind.INFORMATION:
        facts.append(("sequence", f"{frame.control.sent} / {frame.control.expected}"))
    if frame.information:
        facts.append(("size", f"{len(frame.information)}"))
    return (*facts, ("checksum", "ok"))


def _station(upper: int, lower: int | None) -> str:
    return f"{upper}" if lower is None else f"{upper}/{lower}"


def _sign_on(clear: bytes, size: int) -> Meaning | None:
    for kind, read in _SIGN_ON.items():
        try:
            facts = read(clear)
        except RemoteProtocolError:
            continue
        return Meaning(kind, facts[0][1], (Layer("text", facts, (0, size)),))
    return None


def _request_facts(clear: bytes) -> tuple[Fact, ...]:
    return (("address", parse_request(clear).address or "*"),)


def _option_facts(clear: bytes) -> tuple[Fact, ...]:
    option = parse_option(clear)
    mode = "HDLC" if option.selects_hdlc else option.mode
    return (("baud", str(option.baud or option.baud_character)), ("mode", mode))


def _identification_facts(clear: bytes) -> tuple[Fact, ...]:
    found = parse_identification(clear)
    return (
        ("maker", found.maker),
        ("baud", str(found.baud or found.baud_character)),
        ("model", found.model),
        ("mode", "E" if found.offers_hdlc else "-"),
    )


_SIGN_ON: dict[str, Callable[[bytes], tuple[Fact, ...]]] = {
    "sign_on": _request_facts,
    "option": _option_facts,
    "identification": _identification_facts,
}


def _p1_line(clear: bytes, size: int) -> Meaning | None:
    line = clear.decode("latin-1").strip()
    whole = (0, size)
    if not line:
        return Meaning("empty_line", "", (), holds=True)
    if line.startswith("!"):
        end = (("checksum", line[1:] or "-"),)
        return Meaning("p1_end", line[1:], (Layer("text", end, whole),))
    found = _OBIS_LINE.fullmatch(line)
    if found is None:
        return None
    code, values = found.groups()
    entry = CATALOGUE.get(code)
    name = entry.name if entry else ""
    facts = (("obis", code), ("name", name or "-"), ("value", values))
    about = f"{code} {values[:_SHOWN]}"
    return Meaning("p1_line", about, (Layer("text", facts, whole),))


def _apdu(message: Apdu) -> tuple[str, tuple[Fact, ...]]:
    match message:
        case Aarq() | Aare() | Release():
            return _acse(message)
        case GetRequest() | GetListRequest() | GetNextRequest():
            return _get(message)
        case SetRequest() | SetListRequest():
            return _set(message)
        case ActionRequest() | ActionListRequest():
            return _action(message)
        case _:
            return _answer(message)


def _get(
    message: GetRequest | GetListRequest | GetNextRequest,
) -> tuple[str, tuple[Fact, ...]]:
    match message:
        case GetRequest(target):
            return "get_request", _object(target)
        case GetListRequest(targets):
            return "get_list", tuple(fact for target in targets for fact in _object(target))
        case _:
            return "get_next", (("block", str(message.block)),)


def _set(message: SetRequest | SetListRequest) -> tuple[str, tuple[Fact, ...]]:
    if isinstance(message, SetRequest):
        return "set_request", (*_object(message.target), *_value(message.value))
    facts = ((*_object(target), *_value(value)) for target, value in message.writes)
    return "set_list", tuple(fact for each in facts for fact in each)


def _action(message: ActionRequest | ActionListRequest) -> tuple[str, tuple[Fact, ...]]:
    if isinstance(message, ActionRequest):
        return "action_request", (_method(message.target),)
    return "action_list", tuple(_method(target) for target, _ in message.calls)


def _method(target: MethodRef) -> Fact:
    return "object", f"{target.obis} / {target.method}"


def _answer(message: Apdu) -> tuple[str, tuple[Fact, ...]]:
    match message:
        case GetResponse(result):
            return "get_response", _result(result)
        case GetListResponse(results):
            return "get_list_response", tuple(f for result in results for f in _result(result))
        case GetBlockResponse(last=last, block=block):
            return "block", (("block", str(block)), ("last", "+" if last else "-"))
        case SetResponse() | SetListResponse() | ActionResponse() | ActionListResponse():
            kind, results = _done(message)
            return kind, tuple(("result", result_name(result)) for result in results)
        case ExceptionResponse(state_error, service_error):
            return "exception", (("result", f"{state_error}/{service_error}"),)
        case _:
            return "apdu", (("object", type(message).__name__),)


def _done(
    message: SetResponse | SetListResponse | ActionResponse | ActionListResponse,
) -> tuple[str, tuple[int, ...]]:
    match message:
        case SetResponse(result):
            return "set_response", (result,)
        case SetListResponse(results):
            return "set_list_response", results
        case ActionResponse(result):
            return "action_response", (result,)
        case ActionListResponse(outcomes):
            return "action_list_response", tuple(result for result, _ in outcomes)


def _acse(message: Aarq | Aare | Release) -> tuple[str, tuple[Fact, ...]]:
    match message:
        case Aarq(context, mechanism):
            return "aarq", (("context", str(context)), ("mechanism", mechanism.name))
        case Aare(result, diagnostic):
            accepted = "accepted" if result == ACCEPTED else f"rejected_{result}"
            return "aare", (("result", accepted), ("diagnostic", str(int(diagnostic))))
        case _:
            return "release", ()


def _object(target: AttributeRef) -> tuple[Fact, ...]:
    """Code and attribute, the name that some version gives it, and its class."""
    facts = [("object", f"{target.obis} / {target.attribute}")]
    facts += [("name", name) for name in known_names(target.obis)[:1]]
    return (*facts, ("class", str(target.class_id)))


def _result(result: Result) -> tuple[Fact, ...]:
    return _value(result) if isinstance(result, Data) else (("result", result_name(result)),)


def _value(data: Data) -> tuple[Fact, ...]:
    """A value and its type; octet strings as text where they are text."""
    value = text_of(data) if isinstance(data.value, bytes) else plain(data)
    return ("value", str(value)[:_SHOWN]), ("type", data.tag.word)
