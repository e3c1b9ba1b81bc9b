"""Everything that can go wrong between a port and a meter, split by who has to act.

    HardwareError
      PortError              the cable, adapter or driver: look at the plug
        PortGone             it was there and went away (unplugged, head fell off)
        PortBusy             another program holds it, or we may not open it
        PortTimeout          nothing came in time
          NobodyAnswers      no way of opening was answered: head askew, or P0 closed
          NoTelegrams        the customer port says nothing at all
          LineHeldLow        the line stands still at the level of a break
        LineInverted         a P1 cable that does not turn the line round
        WrongSpeed           another speed than this port has, and it can't be set from here
      ProtocolError
        LocalProtocolError   our own bug: this machine was asked for something it can't do now
        RemoteProtocolError  the meter's bytes break the protocol
          WrongPort          another protocol speaks here
            BinaryPush       binary messages come unasked, as from a HAN port
          TelegramsSealed    encrypted telegrams, and no key
          Undecipherable     a ciphered message does not open: damaged, or under other keys
          WrongCounter       a ciphered message was heard before, or one before it is missing
          Unproven           the meter did not prove that it holds the keys
      MeterError             the meter understood and answered no
        AccessDenied         no right to this object with this client
          WrongPassword      the meter refused the password, and has noted and locked
          WrongMeterKey      the same for the keys
          PublicClientOnly   no key for this meter: the public client may not do this
        CounterTooLow        the meter has seen higher counters under this key
        NotSupported         no such object, class, service or version in this meter
          UnknownMeter       it fits no known version: read by its own list, never written
        RegistersChanged     an alarm or error register holds something else than was shown
        ChannelTaken         no M-Bus channel is free, or it holds another device than shown
        PortLocked           the optical port refuses (locked after a wrong key, or closed)
      DamagedTrace           a file that is no capture of a line, or one that was changed
      WrongMeter             another meter than the one expected: no answer to be left out

Errors carry data, no sentences for people: `ui.messages` turns them into words. Protocol
machines raise `RemoteProtocolError` or hand out an event; "need more bytes" and "noise" are
never errors.
"""


class HardwareError(Exception):
    """Root of all errors of this floor; `str()` of one is technical detail, not advice."""


class PortError(HardwareError):
    """The port itself failed; `port` is its name as the user gave it."""

    def __init__(self, port: str, detail: str = "") -> None:
        super().__init__(f"{port}: {detail}" if detail else port)
        self.port = port
        self.detail = detail


class PortGone(PortError):
    """The port does not exist or disappeared while open."""


class PortBusy(PortError):
    """The port exists but can't be opened: in use, or no permission."""


class PortTimeout(PortError):
    """Nothing (or not enough) came within the time the protocol allows."""


class NoTelegrams(PortTimeout):
    """Not one octet came from the customer port.

    `request` says how its request line was held: `held`, `both` where letting go was tried
    too, or `unknown` where the port has no line to hold it with.
    """

    def __init__(self, port: str, request: str = "unknown") -> None:
        super().__init__(port, f"no telegram, request line {request}")
        self.request = request


class LineHeldLow(PortTimeout):
    """A zero or two and then nothing: the line stands at the level of a break."""


class NobodyAnswers(PortTimeout):
    """No way of opening was answered; a closed P0 looks the same (Main 4.4.7)."""


class LineInverted(PortError):
    """Telegrams come in upside down; `text` is what they say, read back."""

    def __init__(self, port: str, text: str) -> None:
        super().__init__(port, "inverted line")
        self.text = text


class WrongSpeed(PortError):
    """Characters of another speed come in, and the speed of this port is set elsewhere."""


class ProtocolError(HardwareError):
    """Bytes or calls that the protocol does not allow."""


class LocalProtocolError(ProtocolError):
    """Our own side broke the rules of the machine: a bug in this program."""


class RemoteProtocolError(ProtocolError):
    """The other side sent something that the standard does not allow here."""


class WrongPort(RemoteProtocolError):
    """Another protocol speaks here, for instance P1 where the optical head should be."""


class BinaryPush(WrongPort):
    """Binary frames come without being asked for: a HAN port that pushes."""


class TelegramsSealed(RemoteProtocolError):
    """Telegrams come in encrypted, and there is no key that opens them."""


class Undecipherable(RemoteProtocolError):
    """A ciphered message does not open with our keys: damaged, or made with other ones."""


class WrongCounter(RemoteProtocolError):
    """A ciphered message with a counter that may not come after the `last` one."""

    def __init__(self, counter: int, last: int) -> None:
        super().__init__(f"counter {counter} came after {last}")
        self.last = last


class Unproven(RemoteProtocolError):
    """The meter's proof does not hold: it may be another one, or somebody in between."""


class MeterError(HardwareError):
    """The meter understood the request and said no."""


class AccessDenied(MeterError):
    """Read or write denied for this client (data-access-result 3, authentication failure)."""


class WrongPassword(AccessDenied):
    """The password was refused; the meter notes event 46 and locks the port (DSMR Main 4.4.16).

    It was tried once, and trying another is the owner's decision, never the program's.
    """


class WrongMeterKey(AccessDenied):
    """The meter does not take these keys; it notes event 46 and locks as for a password."""


class PublicClientOnly(AccessDenied):
    """Only the public client is at hand (no key on board), and it may not do this."""


class CounterTooLow(MeterError):
    """Our counter was not higher than one that the meter has seen under this key."""


class NotSupported(MeterError):
    """Object undefined or unavailable, service not supported, class inconsistent."""


class UnknownMeter(NotSupported):
    """The meter `number` fits no known version of the Dutch requirements; writes are off."""

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} fits no known version")
        self.number = number


class RegistersChanged(MeterError):
    """The registers `registers` hold something else than was shown; nothing was written."""

    def __init__(self, registers: tuple[str, ...]) -> None:
        super().__init__(f"changed since shown: {', '.join(registers)}")
        self.registers = registers


class ChannelTaken(MeterError):
    """The M-Bus channels hold the devices `devices`; nothing was written."""

    def __init__(self, devices: tuple[str, ...]) -> None:
        super().__init__(f"taken by {', '.join(filter(None, devices)) or 'nothing known'}")
        self.devices = devices


class PortLocked(MeterError):
    """The optical port refuses all access, for instance for 10 s after a wrong key."""


class WrongMeter(HardwareError):
    """Another meter answers than the one expected; nothing was written or kept."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"meter {expected} expected, {found or 'one without number'} found")
        self.expected = expected
        self.found = found


class DamagedTrace(HardwareError):
    """A file is no capture: `line` is the first that can't be read, `detail` says why."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"line {line}: {detail}")
        self.line = line
        self.detail = detail
