r"""The sign-on of IEC 62056-21 up to binary mode E, as a machine for both ends of the line.

Octets heard go in by `feed`; `next_event` says what to do: `Send` octets after a pause,
`SwitchBaud` after a pause, `Done`, `Failed`, or `NEED_DATA`. `timed_out` is for silence.

    client                               meter
    Send("/?!")                    ->
                                   <-    Send("/XXX5\2MODEL")
    Send(ACK "2 5 2")              ->
    SwitchBaud(9600)                     SwitchBaud(9600)
                                   <-    Send(ACK "2 5 2")    at the new rate
    Done                                 Done                 from here on HDLC, 8N1

Times are the standard's: 200 ms before any answer, 20 ms where the identification promises
it (IEC 62056-21:2002, 6.3.14). The client changes its rate in the middle of that pause: after
its own octets have left and before the meter may speak.

Rule: the whole line is 8N1; parity comes and goes in `messages`. Octets fed before the call
of `next_event` that follows `SwitchBaud` came before the switch. An optical head's echo of our
own option looks exactly like the confirmation: it is skipped there, once, where the head
echoed the request too.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.iec62056.messages import (
    Identification,
    Option,
    Request,
    hdlc_option,
    parse_identification,
    parse_option,
    parse_request,
    with_parity,
    without_parity,
)

_HOLD = 4096
_NAK = b"\x15"
_P1_LINE = re.compile(
    rb"\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}(?:\*\d{1,3})?\(|![0-9A-F]{4}\r\n"
)


class P1PortFound(RemoteProtocolError):
    """A P1 telegram came in: this is the customer port, not the optical one."""


class Role(Enum):
    """Which end of the line this machine is."""

    CLIENT = auto()
    METER = auto()


class Reason(Enum):
    """Why a sign-on failed."""

    SILENCE = auto()
    """Nothing that can be a meter's answer."""
    GARBLED = auto()
    """Octets came, no message among them: another rate, another protocol, or disturbance."""
    NOT_MODE_E = auto()
    """The meter answered and offers no HDLC; its identification is in the event."""
    NOT_CONFIRMED = auto()
    """The meter did not repeat the option at the new rate."""
    REFUSED = auto()
    """The meter answered the option with another one or with NAK."""
    P1_PORT = auto()
    """A P1 telegram came in."""
    OTHER_MODE = auto()
    """Meter: the reader chose something else than HDLC; back to the opening state."""


class NeedData(Enum):
    """The type of `NEED_DATA`."""

    NEED_DATA = auto()


NEED_DATA = NeedData.NEED_DATA


@dataclass(frozen=True, slots=True)
class Send:
    """Put `data` on the line, `after_s` seconds after what was heard last."""

    data: bytes
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SwitchBaud:
    """Change the rate `after_s` seconds after what was sent last has left."""

    baud: int
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """HDLC from here on, at `baud`."""

    identification: Identification
    baud: int


@dataclass(frozen=True, slots=True)
class Failed:
    """No sign-on; the client's machine is finished, the meter's is back at the opening."""

    reason: Reason
    identification: Identification | None = None
    detail: str = ""


Event = Send | SwitchBaud | Done | Failed


class _State(Enum):
    START = auto()
    ASKED = auto()
    SWITCHING = auto()
    CHOSEN = auto()
    LISTENING = auto()
    OFFERED = auto()
    FINISHED = auto()


class Handshake:
    """One sign-on; made by `client` or `meter`.

    Attributes:
        longest: octets of the longest answer, an identification with its echo and some noise.
    """

    longest = 128

    is_torn = False
    """Half a line may be the echo of a head before a slow meter's answer: it is waited for."""

    def __init__(self, role: Role, identification: Identification | None, address: str) -> None:
        """Use `client` or `meter`."""
        self.role = role
        self._identification = identification
        self._address = address
        self._retries = 0
        self._reaction_s = 0.0
        self._heard = bytearray()
        self._any_heard = False
        self._echoed = False
        self._events: deque[Event] = deque()
        self._option: Option | None = None
        self._state = _State.START if role is Role.CLIENT else _State.LISTENING
        self._steps: dict[_State, Callable[[bytes], None]] = {
            _State.ASKED: self._asked,
            _State.CHOSEN: self._chosen,
            _State.LISTENING: self._listening,
            _State.OFFERED: self._offered,
        }

    @classmethod
    def client(cls, address: str = "", retries: int = 1) -> Handshake:
        """The reader's side; asks `1 + retries` times for the meter with this address."""
        machine = cls(Role.CLIENT, None, address)
        machine._retries = retries
        return machine

    @classmethod
    def meter(
        cls, identification: Identification, address: str = "", reaction_s: float | None = None
    ) -> Handshake:
        """The meter's side; `reaction_s` in place of what the identification promises.

        Raises:
            LocalProtocolError: an identification that offers no HDLC.
        """
        if identification.baud is None or not identification.offers_hdlc:
            raise LocalProtocolError("a mode E meter offers a rate and HDLC")
        machine = cls(Role.METER, identification, address)
        machine._reaction_s = identification.reaction_s if reaction_s is None else reaction_s
        return machine

    def feed(self, data: bytes) -> None:
        """Take octets as they came from the line, with their parity bits."""
        self._any_heard |= bool(data)
        self._heard += without_parity(data)
        del self._heard[:-_HOLD]

    def next_event(self) -> Event | NeedData:
        """The next event; call again until `NEED_DATA`."""
        if self._state is _State.START:
            self._state = _State.ASKED
            return Send(self._request())
        if not self._events and self._state is _State.SWITCHING:
            self._switched()
        while not self._events and self._state in self._steps:
            line = self._line()
            if line is None:
                break
            self._steps[self._state](line)
        return self._events.popleft() if self._events else NEED_DATA

    def timed_out(self) -> bytes | Failed:
        """The line was silent too long: the request to send again, or the end.

        Raises:
            LocalProtocolError: the client's machine has finished.
        """
        self._heard.clear()
        match self._state:
            case _State.LISTENING | _State.OFFERED:
                self._state = _State.LISTENING
                return Failed(Reason.SILENCE)
            case _State.ASKED if self._retries > 0:
                self._retries -= 1
                return self._request()
            case _State.ASKED:
                return self._end(Reason.GARBLED if self._any_heard else Reason.SILENCE)
            case _State.CHOSEN:
                return self._end(Reason.NOT_CONFIRMED)
            case _:
                raise LocalProtocolError("no answer was awaited")

    def _line(self) -> bytes | None:
        """The next whole line with its CR LF, or a lone NAK; None when more must come."""
        if self._state is _State.CHOSEN and self._heard[:1] == _NAK:
            self._heard.clear()
            return _NAK
        end = self._heard.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(self._heard[: end + 2])
        del self._heard[: end + 2]
        return line

    # The client

    def _request(self) -> bytes:
        return with_parity(Request(self._address).build())

    def _asked(self, line: bytes) -> None:
        if _P1_LINE.search(line):
            self._fail(Reason.P1_PORT)
            return
        self._echoed |= line.endswith(Request(self._address).build())
        try:
            # From the last slash: noise may stand before it.
            identification = parse_identification(line[max(line.rfind(b"/"), 0) :])
        except RemoteProtocolError:
            return
        self._identification = identification
        if identification.baud is None or not identification.offers_hdlc:
            self._fail(Reason.NOT_MODE_E)
            return
        self._choose(identification.baud, identification.reaction_s)

    def _choose(self, baud: int, reaction_s: float) -> None:
        self._option = hdlc_option(baud)
        self._events.append(Send(with_parity(self._option.build()), reaction_s))
        self._events.append(SwitchBaud(baud, reaction_s / 2))
        self._state = _State.SWITCHING

    def _switched(self) -> None:
        """The rate is new: skip the echo of our option; see whether a telegram goes on."""
        if _P1_LINE.search(self._heard):
            self._fail(Reason.P1_PORT)
            return
        if self._echoed and self._option:
            self._heard[:] = self._heard.replace(self._option.build(), b"", 1)
        self._state = _State.CHOSEN

    def _chosen(self, line: bytes) -> None:
        if _P1_LINE.search(line):
            self._fail(Reason.P1_PORT)
            return
        if line == _NAK:
            self._fail(Reason.REFUSED, "NAK")
            return
        wanted, identification = self._option, self._identification
        if wanted is None or wanted.baud is None or identification is None:
            return
        option = _option_in(line)
        if option == wanted or (option is None and line.endswith(_tail(wanted))):
            self._state = _State.FINISHED
            self._events.append(Done(identification, wanted.baud))
        elif option is not None:
            self._fail(Reason.REFUSED, line.hex())

    def _fail(self, reason: Reason, detail: str = "") -> None:
        self._events.append(self._end(reason, detail))

    def _end(self, reason: Reason, detail: str = "") -> Failed:
        self._state = _State.FINISHED
        return Failed(reason, self._identification, detail)

    # The meter

    def _listening(self, line: bytes) -> None:
        try:
            request = parse_request(line[max(line.rfind(b"/?"), 0) :])
        except RemoteProtocolError:
            return
        if self._is_ours(request.address) and self._identification:
            answer = with_parity(self._identification.build())
            self._events.append(Send(answer, self._reaction_s))
            self._state = _State.OFFERED

    def _is_ours(self, address: str) -> bool:
        """An absent address is everybody's; leading zeros do not count (6.3.1, item 22)."""
        return not address or address.lstrip("0") == self._address.lstrip("0")

    def _offered(self, line: bytes) -> None:
        option = _option_in(line)
        if option is None:
            self._listening(line)
            return
        baud, offered = option.baud, self._identification
        if not option.selects_hdlc or baud is None or offered is None:
            self._state = _State.LISTENING
            self._events.append(Failed(Reason.OTHER_MODE, offered, line.hex()))
            return
        self._state = _State.FINISHED
        self._events.append(SwitchBaud(baud))
        self._events.append(Send(with_parity(option.build()), self._reaction_s))
        self._events.append(Done(offered, baud))


def _option_in(line: bytes) -> Option | None:
    """The option at the end of a line; noise may stand before it."""
    try:
        return parse_option(line[max(line.rfind(b"\x06"), 0) :])
    except RemoteProtocolError:
        return None


def _tail(option: Option) -> bytes:
    """`Z 2 CR LF`: a port that changed its rate late has lost what stands before."""
    return option.build()[-4:]
