"""What the work rooms refuse, beyond the rules of the domain: nothing was written or kept.

    RuleError
      NoSuchVisit          this laptop does not hold that visit
      NoMeterHere          the visit knows no meter for that carrier
      RegistersAbsent      the meter did not give every register of the visit's meter
      GasMeterAbsent       the gas meter of the visit is not behind this electricity meter
      HostNotConfirmed     nothing tells yet that this electricity meter is a gas-only visit's
      NoSuchRegister       the visit's meter has no register of that code
      PhotoRequired        a reading by hand comes with a photo
      ChoiceDiffers        the meter is set only to what the customer chose
      WorkshopNotGranted   on an enrolled laptop a contact belongs to a visit
    FieldAppError
      PreferenceNotApplied the meter was written and holds something else

Errors carry data; `ui.messages` finds the words.
"""

from __future__ import annotations

from fieldapp.errors import FieldAppError, PurposeRefused, RuleError


class NoSuchVisit(RuleError):
    """No visit with the id or number `visit` on this laptop."""

    def __init__(self, visit: str) -> None:
        super().__init__(visit)
        self.visit = visit


class NoMeterHere(RuleError):
    """The visit has no meter for `commodity` (`E` or `G`)."""

    def __init__(self, commodity: str) -> None:
        super().__init__(commodity)
        self.commodity = commodity


class RegistersAbsent(RuleError):
    """The meter did not give the registers `absent` (OBIS codes)."""

    def __init__(self, absent: tuple[str, ...]) -> None:
        super().__init__(", ".join(absent))
        self.absent = absent


class GasMeterAbsent(RuleError):
    """Among the M-Bus devices `found` there is no gas meter `expected`."""

    def __init__(self, expected: str, found: tuple[str, ...]) -> None:
        super().__init__(f"{expected} not in {found}")
        self.expected = expected
        self.found = found


class HostNotConfirmed(RuleError):
    """The electricity meter `found` has no gas meter; is it the one here? The plate tells."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class NoSuchRegister(RuleError):
    """The meter `meter` has no register `obis`."""

    def __init__(self, meter: str, obis: str) -> None:
        super().__init__(f"{meter}: {obis}")
        self.meter = meter
        self.obis = obis


class PhotoRequired(RuleError):
    """A reading by hand without a photo."""


class ChoiceDiffers(RuleError):
    """`requested` is not what the choice in force asks (`chosen`; empty: there is none)."""

    def __init__(self, requested: str, chosen: str) -> None:
        super().__init__(f"{requested} requested, {chosen or 'nothing'} chosen")
        self.requested = requested
        self.chosen = chosen


class WorkshopNotGranted(PurposeRefused):
    """An enrolled laptop contacts meters for a visit; workshop is the office's to grant."""


class PreferenceNotApplied(FieldAppError):
    """The meter was written to `requested` and holds `after`; the fact was kept."""

    def __init__(self, requested: str, after: int) -> None:
        super().__init__(f"{requested} requested, {after} read back")
        self.requested = requested
        self.after = after
