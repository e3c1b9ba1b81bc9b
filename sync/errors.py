"""Everything that can go wrong on the line between laptop and office, by who has to act.

    SyncError
      Offline        wait: no network, office down, time-out, 5xx; it is retried by itself
        NoNetwork    this laptop is on no network, or on one that knows no names
        NameUnknown  the office's name is not known here: a VPN that is down
        Unreachable  nobody answers at the office's address
        TryLater     423/429/503 with a time to wait
          OfficeBusy the same, with the time of day until when
          OfficeFull 507: the office has no room; what waits is kept here
        OfficeFault  500: the office broke over this request; a smaller one may pass
      Unauthorized   enrol or sign in again: unknown laptop, withdrawn, wrong code
      OutOfStep      the two sides disagree (digest, cursor): load everything anew
      ClockWrong     told, never raised: this laptop's clock is far from the office's
      Refused        a person decides: the office said no to this and will say it again
        TooOld       the office does not speak this program's protocol any more
          VisitTooNew  a visit has a form that this program does not know; all else went
      BadWire        the other side's bug, or something else answers there
        LoginPage    a web page in the office's place: the network wants a login
        ProxyLocked  407: the proxy between wants a password
        CertificateWrong      who answers can't prove to be the office
          CertificateExpired  by this laptop's clock
          CertificateEarly    not valid yet by this laptop's clock, which may be wrong

Errors carry data; `ui.messages` finds the words.
"""

from __future__ import annotations

from datetime import datetime


class SyncError(Exception):
    """Root of this floor's errors.

    Attributes:
        request: under which number the office's log has it; empty where no office answered.
    """

    request = ""


class Offline(SyncError):
    """The office can't be reached now; what waits stays in the outbox."""


class NoNetwork(Offline):
    """This laptop is on no network, or on one that knows no names."""


class NameUnknown(Offline):
    """The office's name is not known where this laptop is."""


class Unreachable(Offline):
    """Nobody answers at the office's address."""


class Unauthorized(SyncError):
    """The office does not know this laptop, or no longer."""


class OutOfStep(SyncError):
    """Both sides hold different things; a re-baseline mends it and never touches the outbox."""


class ClockWrong(SyncError):
    """This laptop's clock is far from the office's; a sync does not mind."""

    def __init__(self, shows: datetime, should: datetime) -> None:
        super().__init__(f"{round((shows - should).total_seconds() / 3600)} h")
        self.shows = shows
        self.should = should


class Refused(SyncError):
    """The office refuses this for good.

    Attributes:
        problem: the problem's stable name.
        status: of HTTP; 0 where no request went out.
    """

    def __init__(self, problem: str, detail: str = "", status: int = 0) -> None:
        super().__init__(f"{problem}: {detail}" if detail else problem)
        self.problem = problem
        self.detail = detail
        self.status = status


class BadWire(SyncError):
    """What came back is not what the protocol says."""


class TooOld(Refused):
    """The office does not speak this program's protocol any more; the outbox stays."""


class VisitTooNew(TooOld):
    """A visit has a form that this program does not know yet; everything else went and came."""


class LoginPage(BadWire):
    """A web page answers in the office's place."""


class ProxyLocked(BadWire):
    """The proxy between wants a password."""


class CertificateWrong(BadWire):
    """Who answers can't prove to be the office."""


class CertificateExpired(CertificateWrong):
    """By this laptop's clock its certificate has ended."""


class CertificateEarly(CertificateWrong):
    """By this laptop's clock its certificate has not begun."""


class TryLater(Offline):
    """The office is there but busy; it named a time to wait."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"try again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class OfficeBusy(TryLater):
    """The office is busy until `until`, by this device's clock."""

    def __init__(self, retry_after_s: float, until: datetime) -> None:
        super().__init__(retry_after_s)
        self.until = until


class OfficeFull(TryLater):
    """The office has no room for what was sent."""


class OfficeFault(Offline):
    """The office broke over this very request; others may pass."""
