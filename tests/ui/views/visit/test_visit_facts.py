from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.work_order import MeterKind, WorkKind
from ui.views.language import Words
from ui.views.visit_facts import fact_line

AT = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
METER = "E0044007382246019"
READING = f.ReadingTaken(
    at=AT,
    moment="final",
    ean="871687000000200010",
    meter=METER,
    obis="1-0:1.8.1",
    digits="012345.678",
    value=Decimal("12345.678"),
    unit="kWh",
    settlement=Decimal(12345),
    channel=f.Channel.P1,
)
CHOICE = Choice(preference=Preference.OFF, by=Requester.HOLDER, made_at=AT)
LINES: list[tuple[f.AnyFact, str]] = [
    (
        f.MeterContacted(
            at=AT, channel=f.Channel.P0, purpose="fault", expected=METER, found=METER
        ),
        f"Meternummer {METER} klopt, optisch gelezen",
    ),
    (
        f.MeterContacted(
            at=AT, channel=f.Channel.NAMEPLATE, purpose="fault", expected=METER, found="X1"
        ),
        "Andere meter X1, van de meter afgelezen",
    ),
    (
        f.OtherMeterFound(at=AT, expected=METER, found="X1", reason="omgehangen"),
        "Andere meter gemeld: X1 (omgehangen)",
    ),
    (READING, "1.8.1: 12\u202f345,678\u00a0kWh, gelezen via P1"),
    (
        f.EvidenceAdded(
            at=AT, slot="old_meter", sha256="0", size=43_800, media_type="image/jpeg"
        ),
        "Foto: oude meter, 43,8\u00a0kB",
    ),
    (
        f.EvidenceAdded(at=AT, slot="signature", sha256="0", size=9, media_type="image/png"),
        "Handtekening",
    ),
    (
        f.EvidenceAdded(
            at=AT, slot="reading_final_E", sha256="0", size=9, media_type="image/jpeg"
        ),
        "Foto: telwerk, 9\u00a0B",
    ),
    (f.ItemConfirmed(at=AT, item="leaflet"), "Bevestigd: folder gegeven"),
    (
        f.MeasurementEntered(
            at=AT, name="voltage_l1_n", value=Decimal("231.4"), unit="V", instrument="F-1"
        ),
        "spanning L1-N: 231,4\u00a0V · F-1",
    ),
    (
        f.SealRecorded(at=AT, position="old_terminal_cover", number="", action="broken"),
        "Verzegeling oude klemmendeksel: gebroken aangetroffen, zonder nummer",
    ),
    (f.MeterRemoved(at=AT, ean="1", number=METER), f"Verwijderd: meter {METER}"),
    (
        f.MeterPlaced(at=AT, ean="1", number=METER, meter_kind=MeterKind.SMART),
        f"Geplaatst: meter {METER}",
    ),
    (
        f.MeterPlaced(
            at=AT, ean="1", number=METER, meter_kind=MeterKind.SMART, despite="geen andere"
        ),
        f"Geplaatst: meter {METER}, toch, omdat: geen andere",
    ),
    (
        f.ChoiceRecorded(at=AT, choice=CHOICE),
        "Keuze: uitlezing uit, door de bewoner zelf",
    ),
    (
        f.PreferenceApplied(at=AT, meter=METER, before=2, requested=Preference.OFF, after=1),
        "In de meter: van uitlezing aan naar uitlezing uit",
    ),
    (
        f.PreferenceDeferred(at=AT, requested=Preference.OFF, reason="no_key"),
        "Op afstand in te stellen: uitlezing uit",
    ),
    (
        f.StateRetrieved(at=AT, moment="before", channel=f.Channel.P0, meter=METER, state={}),
        f"Toestand vooraf gelezen van {METER}",
    ),
    (
        f.FindingRecorded(at=AT, rule="reading:1-0:1.8.1", verdict="found", why="panelen"),
        "Stand 1.8.1: gevonden. panelen",
    ),
    (
        f.FindingRecorded(at=AT, rule="new_rule", verdict="ruled_out", why="gemeten"),
        "new_rule: uitgesloten. gemeten",
    ),
    (f.ActionTaken(at=AT, action="repaired", note="klem"), "Hersteld: klem"),
    (f.ActionTaken(at=AT, action="nothing"), "Niets gedaan"),
    (
        f.RefusalRecorded(at=AT, offered=MeterKind.SMART),
        "Weigering van: slimme meter",
    ),
    (f.ComplaintRecorded(at=AT, text="te laat"), "Klacht of vraag: te laat"),
    (
        f.WaivedRequirement(
            at=AT, requirement="photo:old_meter", way_out="not_possible", reason="donker"
        ),
        "Overgeslagen: niet mogelijk. donker",
    ),
    (f.DangerReported(at=AT, danger="gas_smell"), "Gemeld: Gaslucht"),
    (
        f.ClockSet(at=AT, meter=METER, before_s=Decimal("95.0"), after_s=None),
        "klok gelijkgezet: 95,0\u00a0s verschil ervoor, \u2014 erna",
    ),
    (
        f.AlarmsCleared(at=AT, meter=METER, before={}, after={}, names=("ram_error",)),
        "gewist: fout in het werkgeheugen",
    ),
    (
        f.AlarmsCleared(
            at=AT,
            meter=METER,
            before={},
            after={"alarm_register_1": 1 << 13},
            names=("ram_error",),
        ),
        "gewist: fout in het werkgeheugen; kwam meteen terug: poging tot fraude",
    ),
    (
        f.MbusCoupled(at=AT, meter=METER, channel=2, number="19369907", key_status="in_use"),
        "M-Bus 2: 19369907 gekoppeld, sleutel in gebruik",
    ),
    (
        f.MbusCoupled(
            at=AT, meter=METER, channel=2, number="19369907", key_status="no_key", key="refused"
        ),
        "M-Bus 2: 19369907 gekoppeld, geen sleutel, sleutel geweigerd",
    ),
    (
        f.HostConfirmed(at=AT, meter=METER),
        f"Elektriciteitsmeter {METER} bevestigd van de plaat",
    ),
    (
        f.MbusDecoupled(at=AT, meter=METER, channel=2, number="19369907", device="G0039"),
        "M-Bus 2: G0039 ontkoppeld",
    ),
    (
        f.LocationWritten(at=AT, meter=METER, before="", after="WL-7"),
        "locatiecode in de meter: WL-7",
    ),
    (
        f.MessageWritten(at=AT, meter=METER, template="fault_number"),
        "bericht aan de verbruiker: storingsnummer",
    ),
    (
        f.QuestionAnswered(at=AT, item="own_source", answer="switched_off", note="dak"),
        "Eigen opwek: Ja, uitgezet · dak",
    ),
    (
        f.TelegramChecked(
            at=AT, meter=METER, version="50", checksum="ok", gas_at=AT, gas_fresh=True
        ),
        f"P1-telegram van {METER}: DSMR 5.0, controlesom klopt, gasstand van ma 23 nov 10:41",
    ),
    (
        f.TelegramChecked(at=AT, meter=METER, version="", checksum="absent"),
        f"P1-telegram van {METER}: P1, zonder controlesom, geen gasstand",
    ),
    (f.MeterReset(at=AT, meter=METER), f"Teruggezet naar de fabriek: {METER}"),
    (
        f.FollowUpAsked(
            at=AT, work=WorkKind.FAULT, reason="gas_leak_inside", note="bij de ketel"
        ),
        "Vervolg aangevraagd: storing, lek in de binnenleiding · bij de ketel",
    ),
    (f.VisitStarted(at=AT), ""),
]


@pytest.mark.parametrize(("fact", "line"), LINES, ids=[fact.kind for fact, _ in LINES])
def test_a_fact_in_one_line(fact: f.AnyFact, line: str, words: Words) -> None:
    assert fact_line(words, fact) == line
    words.switch("en")
    assert bool(fact_line(words, fact)) is bool(line)
