from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from enum import StrEnum

import pytest

import fieldapp
import hardware
import resources
import sync
from fieldapp.domain import pending
from fieldapp.domain.facts import AnyFact
from fieldapp.domain.flow import Need, parse_flow, parse_lmra
from fieldapp.domain.preference import CONFIGURATION_CHANGED, AdministrativeStatus, Preference
from fieldapp.domain.privacy import MeterAction, Purpose
from fieldapp.domain.reading import Doubt, NotAReading
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import Commodity, WorkKind
from fieldapp.errors import (
    IllegalTransition,
    MeterUsedTwice,
    MissingEvidence,
    PurposeRefused,
    RuleError,
    StoreFull,
)
from fieldapp.work import contact
from hardware.drivers.optical_readout import STEPS
from hardware.errors import PortGone, WrongMeter
from sync.errors import Offline, TryLater
from ui import messages
from ui.messages import LANGUAGES, TREES, Loudness, explain, requirement, sentence, word
from ui.presenters.day import Picture
from ui.presenters.day_rows import Lack
from ui.presenters.visit_page import Action


def _import_everything() -> None:
    for package in (hardware, fieldapp, sync):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)


def _every_class() -> Iterator[type[Exception]]:
    _import_everything()
    waiting = list(TREES)
    while waiting:
        kind = waiting.pop()
        if kind.__module__.partition(".")[0] in {"hardware", "fieldapp", "sync", "ui"}:
            yield kind
        waiting += kind.__subclasses__()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_has_words_of_its_own(lang: str) -> None:
    entries = messages._table(lang)["errors"]
    wordless = {kind.__name__ for kind in _every_class()} - set(entries)
    assert wordless == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_entry_says_what_happened_what_it_means_and_what_to_do(lang: str) -> None:
    table = messages._table(lang)
    for name, entry in (table["errors"] | table["rules"]).items():
        assert set(entry) == {"what", "means", "do"}, name
        assert all(text.endswith((".", "?")) for text in entry.values()), name
        assert "\n" not in "".join(entry.values()), name


def test_both_languages_know_the_same_codes() -> None:
    nl, en = (messages._table(lang) for lang in LANGUAGES)
    assert {family: set(codes) for family, codes in nl.items()} == {
        family: set(codes) for family, codes in en.items()
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_data_of_the_error_stands_in_the_sentence(lang: str) -> None:
    said = sentence(WrongMeter("E0044000000000000", "E0055000000000000"), lang)
    assert "E0044000000000000" in said
    assert "E0055000000000000" in said


def test_codes_in_an_error_become_words() -> None:
    dutch = explain(IllegalTransition("planned", "done"), "nl")
    assert dutch.what == "Dit kan niet zolang het bezoek gepland is (klaar)."
    wanted_fact = explain(IllegalTransition("paused", "reading_taken"), "en")
    assert wanted_fact.what == "This can't be done while the visit is paused (meter reading)."
    refused = explain(PurposeRefused("fault", "write_preference"), "en")
    assert "fault" in refused.what
    assert "write the remote reading status" in refused.what


def test_missing_evidence_names_each_thing_in_words() -> None:
    error = MissingEvidence("final_readings", ("readings:final.E", "photo:old_meter"))
    assert explain(error, "en").what == (
        "Still missing: readings (final, electricity), photo (old meter)."
    )
    assert explain(error, "en").means == "Final readings can't be closed yet."
    whole = explain(MissingEvidence("", ("step:mount",)), "nl")
    assert whole.means == "Het bezoek kan nog niet worden afgesloten."
    assert "stap (monteren)" in whole.what


def test_a_bare_rule_is_told_by_its_code() -> None:
    assert explain(RuleError("lmra_no"), "en").what == "The LMRA has a no."
    assert "E0099" in explain(RuleError("other_meter: E0099"), "nl").what
    assert explain(RuleError("unheard_of"), "en").do == "Finish the current step first."


def test_an_error_without_words_takes_its_ancestors() -> None:
    class LooseTongue(PortGone):
        pass

    error = LooseTongue("COM4", "rattled")
    assert explain(error, "en").what == "The port COM4 is not there or went away."
    assert explain(error, "en").detail == "LooseTongue: COM4: rattled"


def test_numbers_and_other_texts_are_told_plainly() -> None:
    assert "30 s" in sentence(TryLater(30.0), "en")
    assert "12a" in sentence(NotAReading("12a"), "nl")


def test_absent_data_never_fails_while_failing() -> None:
    class Bare(PortGone):
        def __init__(self) -> None:
            Exception.__init__(self, "bare")

    assert explain(Bare(), "en").what == "The port - is not there or went away."


def test_loudness_follows_who_must_act() -> None:
    assert messages.loudness(Offline()) is Loudness.QUIET
    assert messages.loudness(TryLater(1)) is Loudness.QUIET
    assert messages.loudness(StoreFull("x")) is Loudness.ALARM
    assert messages.loudness(PortGone("COM4")) is Loudness.NOTICE


def test_programming_errors_and_strange_languages_have_no_words() -> None:
    with pytest.raises(KeyError):
        explain(ValueError("bug"), "nl")
    with pytest.raises(KeyError):
        sentence(Offline(), "fr")


CONTACT_STEPS = (
    "OPEN_PORT",
    "CONNECT",
    "WAIT_TELEGRAM",
    "IDENTIFY",
    "COMPARE",
    "READ_REGISTERS",
    "READ_STATE",
    "WRITE_PREFERENCE",
    "LOOK",
    "WRITE",
    "KEEP",
)
_ENUMS: dict[str, type[StrEnum]] = {
    "states": VisitState,
    "kinds": WorkKind,
    "purposes": Purpose,
    "actions": MeterAction,
    "commodities": Commodity,
    "preferences": Preference,
    "needs": Need,
    "not_done": NotDoneReason,
    "doubts": Doubt,
    "pictures": Picture,
    "lacks": Lack,
    "actions ": Action,
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_the_domain_has_a_word(lang: str) -> None:
    table = tomllib.loads(resources.read_text(f"words/{lang}.toml"))
    for family, enum in _ENUMS.items():
        words = table[family.strip()]
        assert {str(code) for code in enum if code} <= set(words), family
    assert {str(int(s)) for s in AdministrativeStatus} <= set(table["preferences"])
    assert set(table["foretold"]) == {CONFIGURATION_CHANGED}
    steps = {getattr(contact, name) for name in CONTACT_STEPS}
    assert steps | set(STEPS) == set(table["contact"])
    kinds = {fact.__struct_config__.tag for fact in AnyFact.__args__}
    assert kinds == set(table["facts"])


FLOWS = [(kind.value, version) for kind in WorkKind for version in (1, 2)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "version"), FLOWS)
def test_every_step_and_requirement_of_the_flows_has_a_word(
    lang: str, kind: str, version: int
) -> None:
    table = tomllib.loads(resources.read_text(f"words/{lang}.toml"))
    flow = parse_flow(resources.read_text(f"flows/{kind}-{version}.toml"))
    codes = {step.code for step in flow.steps}
    assert codes <= set(table["steps"])
    assert {before for step in flow.steps for before in step.after} <= codes
    for need in (need for step in flow.steps for need in step.needs):
        assert not need.about or need.about in table["about"], need.code
        assert set(need.ways_out) <= set(table["ways_out"]), need.code


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "version"), FLOWS)
def test_what_is_asked_and_stated_is_said_in_full(lang: str, kind: str, version: int) -> None:
    table = tomllib.loads(resources.read_text(f"words/{lang}.toml"))
    page = tomllib.loads(resources.read_text(f"words/{lang}/visit.toml"))
    flow = parse_flow(resources.read_text(f"flows/{kind}-{version}.toml"))
    for need in (need for step in flow.steps for need in step.needs):
        asked = page["ask"] if need.need is Need.ANSWER else {}
        stated = page["confirm"] if need.need is Need.CONFIRM else asked
        if stated:
            assert {need.about, f"{need.about}_how"} <= set(stated), need.code
        if need.need is Need.ANSWER:
            answers = {f"{need.about}.{option}" for option in need.options}
            assert answers <= set(table["answers"])
        assert set(need.stops) <= set(need.options)
        stops = {f"{need.about}.{stop}" for stop in need.stops}
        assert stops | {f"{stop}_do" for stop in stops} <= set(page["stops"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_and_pending_check_has_words(lang: str) -> None:
    table = tomllib.loads(resources.read_text(f"words/{lang}.toml"))
    page = tomllib.loads(resources.read_text(f"words/{lang}/visit.toml"))
    for version in (1, 2):
        questions = parse_lmra(resources.read_text(f"lmra/lmra-{version}.toml")).questions
        assert {question.code for question in questions} <= set(table["about"])
    checks = (pending.FIRST_CONTACT, pending.GAS_VALUE, pending.MBUS_KEY)
    assert {*checks, pending.PREFERENCE, pending.COUPLING} == set(page["pending"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_rule_names_the_step_that_has_to_come_first(lang: str) -> None:
    told = explain(RuleError("comes_after: switch_off"), lang)
    assert word("steps", "switch_off", lang) in told.what
    assert word("steps", "switch_off", lang) in told.do
    twice = explain(MeterUsedTwice("E0044"), lang)
    assert "E0044" in twice.what


def test_a_code_without_a_word_is_shown_as_it_is() -> None:
    assert word("steps", "polish_the_brass", "nl") == "polish the brass"
    assert requirement("photo:ufo", "en") == "photo (ufo)"
    assert requirement("signature", "nl") == "handtekening"
