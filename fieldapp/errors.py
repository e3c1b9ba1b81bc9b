"""Everything that can go wrong in the technician's trade and in the laptop's store.

    FieldAppError
      RuleError              the visit's rules: the technician does something else first
        IllegalTransition    the status table has no such way
        MissingEvidence      a step or the visit can't be closed yet; carries what is missing
        IdentifierError      not an EAN, meter number or postcode
        PurposeRefused       this purpose does not allow that reading or write
        NotEnrolled          this laptop belongs to no technician yet
        CounterExhausted     a key's invocation counters are used up
        ClockNotConfirmed    this laptop's own time is not sure enough to set a meter by
        NearQuarter          too close to a quarter-hour to set a clock
        MarksIntervals       so far off that setting it marks intervals; not agreed to yet
        TextRefused          this text may not stand in a meter
        RestoredLaptop       the store was put back from a copy; its counters may be used up
        StockDoubt           this meter should not hang there; with a reason it may all the same
          MeterNotInStock    the van does not have it
          MeterUsedTwice     it hangs somewhere else already
          MeterTellsOther    the meter itself told another number
          MeterDoesNotFit    carrier, kind, phases, current or G-value is another
        NotDesignated        this technician has no designation for that activity today
      StoreError             the laptop's database; nothing that was shown as saved is lost
        StoreFull            no room on the disk; the change was rolled back
        StoreLocked          another program holds the database
        StoreCorrupt         not a database, or damaged
        StoreTooNew          a newer version of the program wrote this database
        WrongKey             the key or passphrase does not open this database
        KeyUnavailable       the key's source (keyring entry, key file) is not there
      FileTrouble            a file that a person chose can't be read or written
        RescueNoRoom         the medium for a rescue file is full, or takes no file so large
        RescueMediumGone     the medium went away, or can't be reached
      RescueUnlocked         a rescue file needs a passphrase: the office has no recovery key
      WorkerGone             the process that does heavy work ended in the middle; do it again

Errors carry data; `ui.messages` finds the words.
"""

from __future__ import annotations


class FieldAppError(Exception):
    """Root of this floor's errors."""


class RuleError(FieldAppError):
    """A rule of the visit forbids this; nothing was changed."""


class IllegalTransition(RuleError):
    """The status table has no way from `state` to `wanted`."""

    def __init__(self, state: str, wanted: str) -> None:
        super().__init__(f"{state} -> {wanted}")
        self.state = state
        self.wanted = wanted


class MissingEvidence(RuleError):
    """`step` (empty: the visit) can't be closed: `missing` lists requirement codes."""

    def __init__(self, step: str, missing: tuple[str, ...]) -> None:
        super().__init__(f"{step or 'visit'}: {', '.join(missing)}")
        self.step = step
        self.missing = missing


class IdentifierError(RuleError):
    """`text` is not a valid `what` (EAN, meter number, postcode)."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(f"not a valid {what}: {text!r}")
        self.what = what
        self.text = text


class PurposeRefused(RuleError):
    """`purpose` does not allow `action`."""

    def __init__(self, purpose: str, action: str) -> None:
        super().__init__(f"{purpose} does not allow {action}")
        self.purpose = purpose
        self.action = action


class NotEnrolled(RuleError):
    """This laptop belongs to no technician yet: no fact can be signed."""


class ClockNotConfirmed(RuleError):
    """The office has not confirmed this laptop's time within a day, or it jumped since."""


class NearQuarter(RuleError):
    """A clock may be set only away from the quarter-hour: in `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"in {wait_s} s")
        self.wait_s = wait_s


class MarksIntervals(RuleError):
    """The clock is `off_s` off, beyond `limit_s`: the meter will mark intervals."""

    def __init__(self, off_s: str, limit_s: int) -> None:
        super().__init__(f"{off_s} s off, limit {limit_s} s")
        self.off_s = off_s
        self.limit_s = limit_s


class TextRefused(RuleError):
    """`text` may not stand in a meter: it `looks` like a name, an address, an EAN, ..."""

    def __init__(self, text: str, looks: str) -> None:
        super().__init__(f"{text!r} looks like {looks}")
        self.text = text
        self.looks = looks


class CounterExhausted(RuleError):
    """The invocation counters under the key `scope` are used up: the key is to be changed."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class RestoredLaptop(RuleError):
    """The store was put back from a copy: the office must give a new system title first."""


class OriginalKept(FieldAppError):
    """The picture at `path` should have gone after its photo was saved, and is still there."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class StockDoubt(RuleError):
    """Something speaks against placing the meter `number`; `code` says what."""

    code = "stock_doubt"

    def __init__(self, number: str) -> None:
        super().__init__(f"{self.code}: {number}")
        self.number = number


class MeterNotInStock(StockDoubt):
    """Neither the van nor the visit has a meter of this number."""

    code = "meter_not_in_stock"


class MeterUsedTwice(StockDoubt):
    """A meter of this number hangs at another connection or visit already."""

    code = "meter_used_twice"


class MeterTellsOther(StockDoubt):
    """The meter itself told the number `found` over a port."""

    code = "meter_tells_other"

    def __init__(self, number: str, found: str) -> None:
        super().__init__(number)
        self.found = found


class MeterDoesNotFit(StockDoubt):
    """The connection wants another `measure` (carrier, phases, ...): it has `has`."""

    code = "meter_does_not_fit"

    def __init__(self, number: str, measure: str, has: str, wants: str) -> None:
        super().__init__(number)
        self.measure = measure
        self.has = has
        self.wants = wants


class NotDesignated(RuleError):
    """`activity` asks a designation of `scheme` at `level` or higher; `supervisor` knows."""

    def __init__(self, activity: str, scheme: str, level: str, supervisor: str) -> None:
        super().__init__(f"not_designated: {activity}")
        self.activity = activity
        self.scheme = scheme
        self.level = level
        self.supervisor = supervisor


class StoreError(FieldAppError):
    """The laptop's database failed; `path` is the file.

    Attributes:
        readable: whether what lies in it may still be read, row by row.
    """

    readable = True

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(f"{path}: {detail}" if detail else path)
        self.path = path
        self.detail = detail


class StoreFull(StoreError):
    """No room left on the disk."""


class StoreLocked(StoreError):
    """Another program holds the database."""

    readable = False


class StoreCorrupt(StoreError):
    """The file is not a database or is damaged."""


class StoreTooNew(StoreError):
    """A newer version of the program wrote this database; `detail` is its schema number."""

    readable = False


class WrongKey(StoreError):
    """The key or passphrase does not open this database."""

    readable = False


class KeyUnavailable(StoreError):
    """The key's source is not there; `detail` names it (`keyring`, `passphrase`, ...)."""

    readable = False


class FileTrouble(FieldAppError):
    """A file that a person chose can't be read or written; `detail` is the system's reason."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class RescueNoRoom(FileTrouble):
    """The medium for the rescue file `name` is full, or takes no file so large."""


class RescueMediumGone(FileTrouble):
    """The medium for the rescue file `name` was taken out, or can't be reached."""


class RescueUnlocked(FieldAppError):
    """This laptop knows no recovery key, and no passphrase of `characters` was given."""

    def __init__(self, characters: int) -> None:
        super().__init__(f"a passphrase of {characters} characters or more")
        self.characters = characters


class WorkerGone(FieldAppError):
    """The process that does heavy work (photos, recordings) ended in the middle.

    Nothing was kept and nothing is lost: the same can be done again, and finds a new process.
    """
