"""Everything that can go wrong on the line between laptop and office, by who has to act.

    SyncError
      Offline        wait: no network, office down, time-out, 5xx; it is retried by itself
        TryLater     423/429/503 with a time to wait
        OfficeFault  500: the office broke over this request; a smaller one may pass
      Unauthorized   enrol or sign in again: unknown laptop, withdrawn, wrong code
      OutOfStep      the two sides disagree (digest, cursor): load everything anew
      Refused        a person decides: the office said no to this and will say it again
      BadWire        the other side's bug, or something else answers there (a login page)

Errors carry data; `ui.messages` finds the words.
"""

from __future__ import annotations


class SyncError(Exception):
    """Root of this floor's errors."""


class Offline(SyncError):
    """The office can't be reached now; what waits stays in the outbox."""


class Unauthorized(SyncError):
    """The office does not know this laptop, or no longer."""


class OutOfStep(SyncError):
    """Both sides hold different things; a re-baseline mends it and never touches the outbox."""


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


class TryLater(Offline):
    """The office is there but busy; it named a time to wait."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"try again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class OfficeFault(Offline):
    """The office broke over this very request; others may pass."""
