"""The first start: whose laptop this is, or the passphrase of one that is somebody's.

Out comes a State; in come choices and what is typed. What is done with them is the doorstep's.
Rule: a passphrase is typed twice before it is believed, is never in a State, and an error is
said in words beside the field that it is about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fieldapp.errors import StoreError
from sync.client.address import NOT_AN_ADDRESS, PLAIN_HTTP
from sync.errors import Refused
from ui.messages import TREES, Lang, Message, explain
from ui.presenters.presenter import Presenter

if TYPE_CHECKING:
    from fieldapp.work.rescue import Rescued

SHORTEST = 10
"""Characters of a passphrase; a sentence is longer."""


class Stage(StrEnum):
    """Which question is on the screen."""

    WELCOME = "welcome"
    TECHNICIAN = "technician"
    DISPATCHER = "dispatcher"
    WORKSHOP = "workshop"
    UNLOCK = "unlock"
    BROKEN = "broken"  # there is a store, and it does not open
    READY = "ready"


class Fault(StrEnum):
    """What is wrong with what was typed."""

    NONE = ""
    NO_ADDRESS = "no_address"
    PLAIN_HTTP = "plain_http"
    NOT_AN_ADDRESS = "not_an_address"
    NO_CODE = "no_code"
    NO_TOKEN = "no_token"
    SHORT = "short"
    DIFFERS = "differs"


_OURS = {PLAIN_HTTP: Fault.PLAIN_HTTP, NOT_AN_ADDRESS: Fault.NOT_AN_ADDRESS}


@dataclass(frozen=True, slots=True)
class Secret:
    """A passphrase as typed, twice."""

    typed: str = ""
    again: str = ""

    def __repr__(self) -> str:
        return "Secret()"


@dataclass(frozen=True, slots=True)
class SetupState:
    """What the first screen shows.

    Attributes:
        asks_passphrase: this machine has no keyring, so a passphrase locks the store.
        doing: `office`, `store`, `key` or `rescue` while that runs, else empty.
        can_rescue: what is in the store that does not open may still be read.
        rescued: what is in the rescue file `file`, once it is whole.
    """

    stage: Stage = Stage.WELCOME
    asks_passphrase: bool = False
    doing: str = ""
    fault: Fault = Fault.NONE
    problem: Message | None = None
    can_rescue: bool = False
    rescued: Rescued | None = None
    file: str = ""


class Doorstep(Protocol):
    """What can be done before a laptop is open; each ends with one that is open and has a use.

    Every call raises errors of the three trees; what was opened before stays open.
    """

    async def asks_passphrase(self) -> bool:
        """Whether a new store needs a passphrase here."""
        ...

    def is_locked(self) -> bool:
        """Whether there is a store here that a passphrase opens."""
        ...

    async def open(self) -> bool:
        """Open the store that is there without asking anything; False when it is nobody's."""
        ...

    async def unlock(self, passphrase: str) -> bool:
        """Open the store that is there; False when it is nobody's yet."""
        ...

    async def rescue(self, path: Path) -> Rescued:
        """Write what can be read of the store that does not open to a rescue file."""
        ...

    async def enrol(self, url: str, code: str, passphrase: str) -> None:
        """Make this a technician's laptop."""
        ...

    async def plan(self, url: str, token: str, passphrase: str) -> None:
        """Make this a dispatcher's machine."""
        ...

    async def workshop(self, passphrase: str) -> None:
        """Use it for meters on the bench only."""
        ...


class SetupPresenter(Presenter[SetupState]):
    """Leads through the first start."""

    def __init__(self, door: Doorstep, lang: Lang) -> None:
        """Ask at `door`; `open` looks what is there."""
        super().__init__(SetupState())
        self._door = door
        self._lang = lang

    async def open(self) -> None:
        """Look whether there is a keyring, and a store to unlock."""
        if self._door.is_locked():
            self._show(SetupState(Stage.UNLOCK))
            return
        self._show(replace(self.state, asks_passphrase=await self._door.asks_passphrase()))

    def choose(self, stage: Stage) -> None:
        """Go to a question, or back to the first."""
        if not self.state.doing:
            self._show(replace(self.state, stage=stage, fault=Fault.NONE, problem=None))

    def fail(self, error: Exception) -> None:
        """Show why the store that is here could not be opened."""
        self._show(self._broken(error))

    async def enrol(self, url: str, code: str, secret: Secret) -> bool:
        """Tie this laptop to the technician whose one-time code this is."""
        fault = self._typed(url, secret)
        if fault is Fault.NONE and not code.strip():
            fault = Fault.NO_CODE
        return await self._do("office", fault, lambda: self._enrol(url, code, secret))

    async def plan(self, url: str, token: str, secret: Secret) -> bool:
        """Sign a dispatcher in, for as long as the token holds."""
        fault = self._typed(url, secret)
        if fault is Fault.NONE and not token.strip():
            fault = Fault.NO_TOKEN
        return await self._do("office", fault, lambda: self._plan(url, token, secret))

    async def workshop(self, secret: Secret) -> bool:
        """Use this laptop for meters on the bench only."""
        fault = self._locked_with(secret)
        return await self._do("store", fault, lambda: self._door.workshop(secret.typed))

    async def unlock(self, passphrase: str) -> bool:
        """Open the store that is here."""
        return await self._try(lambda: self._door.unlock(passphrase))

    async def retry(self) -> bool:
        """Open the store that did not open before."""
        return await self._try(self._door.open)

    async def rescue(self, path: str) -> bool:
        """Write what can be read of the store that does not open to one file."""
        if self.state.doing:
            return False
        self._show(replace(self.state, doing="rescue", problem=None, rescued=None))
        try:
            done = await self._door.rescue(Path(path))
        except TREES as error:
            self._show(replace(self.state, problem=explain(error, self._lang)))
            return False
        finally:
            self._show(replace(self.state, doing=""))
        self._show(replace(self.state, rescued=done, file=Path(path).name))
        return True

    async def _try(self, opening: Callable[[], Awaitable[bool]]) -> bool:
        known: list[bool] = []

        async def open_it() -> None:
            known.append(await opening())

        if not await self._do("key", Fault.NONE, open_it):
            return False
        if not known[0]:
            self._show(SetupState(Stage.WELCOME))
        return known[0]

    async def _enrol(self, url: str, code: str, secret: Secret) -> None:
        await self._door.enrol(url.strip(), code.strip(), secret.typed)

    async def _plan(self, url: str, token: str, secret: Secret) -> None:
        await self._door.plan(url.strip(), token.strip(), secret.typed)

    def _typed(self, url: str, secret: Secret) -> Fault:
        return self._locked_with(secret) if url.strip() else Fault.NO_ADDRESS

    def _locked_with(self, secret: Secret) -> Fault:
        if not self.state.asks_passphrase:
            return Fault.NONE
        if len(secret.typed) < SHORTEST:
            return Fault.SHORT
        return Fault.NONE if secret.typed == secret.again else Fault.DIFFERS

    async def _do(self, doing: str, fault: Fault, work: Callable[[], Awaitable[None]]) -> bool:
        """Run `work` once at a time; what goes wrong comes into the State."""
        if self.state.doing:
            return False
        if fault is not Fault.NONE:
            self._show(replace(self.state, fault=fault, problem=None))
            return False
        self._show(replace(self.state, doing=doing, fault=Fault.NONE, problem=None))
        try:
            await work()
        except TREES as error:
            self._show(self._failed(error))
            return False
        finally:
            self._show(replace(self.state, doing=""))
        self._show(replace(self.state, stage=Stage.READY, can_rescue=False))
        return True

    def _failed(self, error: Exception) -> SetupState:
        ours = _OURS.get(error.problem) if isinstance(error, Refused) else None
        if ours is not None:
            return replace(self.state, fault=ours)
        if self.state.stage is Stage.UNLOCK and _is_readable(error):
            return self._broken(error)
        return replace(self.state, problem=explain(error, self._lang))

    def _broken(self, error: Exception) -> SetupState:
        return replace(
            self.state,
            stage=Stage.BROKEN,
            problem=explain(error, self._lang),
            can_rescue=_is_readable(error),
        )


def _is_readable(error: Exception) -> bool:
    return isinstance(error, StoreError) and error.readable
