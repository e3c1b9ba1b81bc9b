"""What keeps a laptop from the office, each as it really is, and that it heals by itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from fieldapp.clock import SystemClock
from fieldapp.errors import StoreFull
from fieldapp.store.outbox import to_send
from sync.client.answers import Answer, check
from sync.client.engine import Engine
from sync.client.http import Http
from sync.client.rhythm import Background, Pace, Rhythm
from sync.errors import (
    CertificateEarly,
    CertificateExpired,
    CertificateWrong,
    ClockWrong,
    LoginPage,
    NameUnknown,
    NoNetwork,
    OfficeBusy,
    OfficeFull,
    ProxyLocked,
    TooOld,
    Unreachable,
)
from sync.server import problems
from tests.sync.client.front import HOST, Authority, Front, Names
from tests.sync.conftest import QUICK
from ui.messages import LANGUAGES, explain

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

DAY = timedelta(days=1)
HASTE = Pace(quiet_s=0.02, asking_s=1000, first_s=0.02, cap_s=0.05, stuck_s=0.05)
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"
MOVED = b"HTTP/1.1 302 X\r\nLocation: https://portal.test/\r\nContent-Length: 0\r\n\r\n"
WAIT = b"HTTP/1.1 503 X\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
LOCKED = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


class Site:
    """The way to the office: a name, TLS with the company's own authority, perhaps a proxy."""

    def __init__(self, folder: Path, office: RealOffice) -> None:
        self.authority = Authority(folder)
        self.stranger = Authority(folder, "stranger")
        self.front = Front(office.port, self.authority.context(-DAY, DAY))
        self.names = Names(self.front.port)
        self.proxy = Front(self.front.port)
        self.proxy.connect = True

    def http(self, _url: str) -> Http:
        return Http(f"https://{HOST}", ca_file=self.authority.file, limits=QUICK)

    def certificate(self, start: timedelta, end: timedelta) -> None:
        self.front.context = self.authority.context(start, end)


@pytest.fixture
def site(
    back_office: RealOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = Site(tmp_path, back_office)
    # what the machine has for all programs does not go before the office's own authority
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.stranger.file))
    monkeypatch.setattr(socket, "getaddrinfo", made.names)
    yield made
    made.proxy.stop()
    made.front.stop()


class Patient:
    """A laptop that syncs by itself and is watched."""

    def __init__(self, laptop: Laptop, engine: Engine) -> None:
        self.engine = engine
        self._laptop = laptop
        self._something = asyncio.Event()
        engine.subscribe(lambda _state: self._something.set())
        background = Background(engine, laptop.db, Rhythm(laptop.clock, HASTE))
        self.task = asyncio.create_task(background.run())

    async def until(self, kind: type[Exception] | None) -> None:
        """Until a run ended like this, and with nothing left where it ended well."""
        async with asyncio.timeout(20):
            while not await self._is(kind):
                await self._something.wait()
                self._something.clear()

    async def _is(self, kind: type[Exception] | None) -> bool:
        state = self.engine.state
        if kind is not None:
            return type(state.detail) is kind
        waits = await self._laptop.db.read(lambda c: to_send(c, 1))
        return state.detail is None and state.online and not waits


Watch = Callable[..., Patient]


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    made: list[Patient] = []

    def begin(laptop: Laptop, engine: Engine) -> Patient:
        made.append(Patient(laptop, engine))
        return made[-1]

    yield begin
    for one in made:
        one.task.cancel()
        await asyncio.wait([one.task])
        await one.engine.close()


def without_names(site: Site) -> None:
    site.names.error = socket.EAI_AGAIN


def without_vpn(site: Site) -> None:
    site.names.error = socket.EAI_NONAME


def nobody_there(site: Site) -> None:
    site.names.port = 1


def login_page(site: Site) -> None:
    site.front.instead = PAGE


def redirected(site: Site) -> None:
    site.front.instead = MOVED


def busy(site: Site) -> None:
    site.front.instead = WAIT


def stranger(site: Site) -> None:
    site.front.context = site.stranger.context(-DAY, DAY)


def expired(site: Site) -> None:
    site.certificate(-2 * DAY, -DAY)


def early(site: Site) -> None:
    site.certificate(DAY, 2 * DAY)


CAUSES = [
    (without_names, NoNetwork),
    (without_vpn, NameUnknown),
    (nobody_there, Unreachable),
    (login_page, LoginPage),
    (redirected, LoginPage),
    (busy, OfficeBusy),
    (stranger, CertificateWrong),
    (expired, CertificateExpired),
    (early, CertificateEarly),
]


@pytest.mark.parametrize(("happens", "kind"), CAUSES, ids=[one.__name__ for one, _ in CAUSES])
async def test_it_is_told_apart_and_heals(
    enrolled: Enrolled,
    site: Site,
    watch: Watch,
    happens: Callable[[Site], None],
    kind: type[Exception],
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work()
    happens(site)
    patient = watch(laptop, Engine(laptop.db, site.http, laptop.clock))
    await patient.until(kind)
    detail = patient.engine.state.detail
    assert detail is not None
    said = {explain(detail, lang).what for lang in LANGUAGES}
    assert len(said) == 2
    assert not any(what == "-" or "{" in what for what in said)

    site.names.error, site.names.port = None, site.front.port
    site.front.instead = None
    site.certificate(-DAY, DAY)
    await patient.until(None)


TOO_OLD = b'{"type": "urn:fieldapp:protocol-too-old", "title": "", "status": 400}'


@pytest.mark.parametrize(
    ("status", "kind", "body", "error"),
    [
        (511, "text/html", b"", LoginPage),
        (507, "application/problem+json", b"", OfficeFull),
        (400, "application/problem+json", TOO_OLD, TooOld),
    ],
)
def test_some_are_told_apart_by_their_status(
    status: int, kind: str, body: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check(Answer(status, {"content-type": kind}, body))


async def test_a_proxy_that_wants_a_password_is_told_and_heals(
    enrolled: Enrolled, site: Site, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{site.proxy.port}")
    site.proxy.instead = LOCKED
    patient = watch(laptop, Engine(laptop.db, site.http, laptop.clock))
    await patient.until(ProxyLocked)
    site.proxy.instead = None
    await patient.until(None)
    assert site.proxy.connections > 1


class Off(SystemClock):
    """A clock that is days ahead, or behind."""

    def __init__(self, off: timedelta) -> None:
        self._off = off

    def now(self) -> datetime:
        return super().now() + self._off


@pytest.mark.parametrize("days", [-9, 9])
async def test_a_clock_that_is_days_wrong_is_told_and_syncs(
    enrolled: Enrolled, back_office: RealOffice, days: int
) -> None:
    laptop = await enrolled()
    laptop.clock = Off(days * DAY)
    engine = Engine(laptop.db, lambda url: Http(url, limits=QUICK), laptop.clock)
    await engine.sync_once()
    ids = await laptop.work(3)
    report = await engine.sync_once()
    assert (report.error, report.waiting) == (None, 0)
    assert back_office.applied(laptop.owner.laptop) == ids
    told = engine.state.clock
    assert isinstance(told, ClockWrong)
    assert round((told.shows - told.should) / DAY) == days
    assert "klok" in explain(told, "nl").what
    await engine.close()
    await laptop.engine.sync_once()
    assert laptop.engine.state.clock is None


async def test_a_full_disk_on_the_laptop_is_told_and_heals(
    enrolled: Enrolled, back_office: RealOffice, watch: Watch
) -> None:
    laptop = await enrolled(0)
    await laptop.engine.sync_once()
    await asyncio.to_thread(back_office.plan, laptop.owner.technician, 20)

    async def room(pages: int) -> None:
        await laptop.db.read(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}"))

    await room(1)
    patient = watch(laptop, laptop.engine)
    await patient.until(StoreFull)
    await room(1_000_000)
    await patient.until(None)
    assert len(await laptop.visits()) == 20


async def test_a_full_disk_at_the_office_is_told_and_heals(
    enrolled: Enrolled,
    back_office: RealOffice,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(100)
    monkeypatch.setattr(problems, "FULL_RETRY_S", 0)
    pages = 1

    def limit(raw: object, _entry: object, _proxy: object) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    engine = back_office.office.database.engine
    event.listen(engine, "checkout", limit)
    try:
        patient = watch(laptop, laptop.engine)
        await patient.until(OfficeFull)
        pages = 1_000_000
        await patient.until(None)
    finally:
        event.remove(engine, "checkout", limit)
        engine.dispose()  # what lies in the pool keeps its limit
    assert back_office.applied(laptop.owner.laptop) == ids
