"""Instellingen: language, theme, ports, the folder of photos, and whose laptop this is.

In comes the frame's State; out go choices, which hold at once and after the next start. Rule:
there is no save button.
"""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QWidget

from ui.messages import LANGUAGES
from ui.presenters.frame import PORT_ROLES, FrameState
from ui.views import theme
from ui.views.connection_card import ConnectionCard
from ui.views.page import Context, Page
from ui.views.photo_folder_field import PhotoFolderField
from ui.views.pin_card import PinCard
from ui.views.port_field import PortField
from ui.views.theme import SPACE
from ui.views.widgets import (
    Card,
    Choice,
    ElidedLabel,
    Muted,
    Scroll,
    Small,
    clear,
    column,
    line,
    spacer,
)

_MOST_PX, _ALL = 1500, 1000
_THEMES = {"": "monitor", "light": "sun", "dark": "moon", "outdoor": "sun-medium"}


class SettingsPage(Page):
    """What can be set on this laptop."""

    code = "settings"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._frame = context.desk.frame_presenter()
        self._frame.subscribe(lambda _state: self.redraw())
        self._languages = {code: Choice("") for code in LANGUAGES}
        self._themes = {name: Choice("", icon=icon) for name, icon in _THEMES.items()}
        self._ports = {role: PortField(context, role) for role in PORT_ROLES}
        self._photos = PhotoFolderField(context)
        self._cards = [Card() for _ in range(5)]
        self.pin = PinCard(context)
        self.connection = ConnectionCard(context)
        self._hints = [Small("", wrap=True) for _ in range(2)]
        self._facts = column(space=SPACE[0])
        self._build()
        self._connect()

    def headline(self) -> tuple[str, str]:
        """See `Page.headline`."""
        return self.words("frame.page_settings"), self.words("frame.settings.summary")

    async def open(self) -> None:
        """See `Page.open`."""
        await self._frame.open()
        for field in self._ports.values():
            await field.look()
        await self.pin.open()

    def leave(self) -> None:
        """See `Page.leave`."""
        self._frame.close()

    def redraw(self) -> None:
        """See `Page.redraw`."""
        heads = ("language", "theme", "photos", "ports", "laptop")
        for card, name in zip(self._cards, heads, strict=True):
            card.say(self.words(f"frame.settings.{name}"))
        for code, choice in self._languages.items():
            choice.say(self.words(f"frame.settings.language_{code}"))
            choice.setChecked(code == self.words.lang)
        for name, choice in self._themes.items():
            choice.say(self.words(f"frame.settings.theme_{name or 'system'}"))
            choice.setChecked(name == theme.chosen())
        for hint, name in zip(self._hints, ("theme", "ports"), strict=True):
            hint.say(self.words(f"frame.settings.{name}_hint"))
        for role, field in self._ports.items():
            source = self._frame.settings.ports.get(role, "")
            field.show_port(self.words(f"frame.settings.port_{role}"), source)
        self._photos.redraw()
        self.pin.setVisible("technician" in self._frame.state.roles)
        self.pin.redraw()
        self.connection.setVisible("technician" in self._frame.state.roles)
        self.connection.redraw()
        self._show_facts(self._frame.state)

    def _build(self) -> None:
        language, looks, photos, ports, laptop = self._cards
        language.body.addLayout(line(*self._languages.values()))
        themes = list(self._themes.values())
        for pair in (themes[:2], themes[2:]):
            looks.body.addLayout(line(*pair))
        looks.body.addWidget(self._hints[0])
        ports.body.addLayout(column(*self._ports.values(), space=SPACE[2]))
        ports.body.addWidget(self._hints[1])
        photos.body.addWidget(self._photos)
        laptop.body.addLayout(self._facts)
        sides = line(
            column(language, looks, self.pin, self.connection, spacer(), space=SPACE[3]),
            column(ports, photos, laptop, spacer(), space=SPACE[3]),
            space=SPACE[3],
        )
        for place in range(sides.count()):
            sides.setStretch(place, 1)
        scroll = Scroll()
        scroll.body.addLayout(sides)
        whole = QWidget()
        whole.setLayout(column(scroll))
        whole.setMaximumWidth(_MOST_PX)
        beside = line(whole)
        beside.addStretch(1)
        beside.setStretch(0, _ALL)
        self.setLayout(beside)

    def _connect(self) -> None:
        for choices in (self._languages, self._themes):
            group = QButtonGroup(self)
            for choice in choices.values():
                group.addButton(choice)
        for code, choice in self._languages.items():
            choice.clicked.connect(lambda _on, lang=code: self.words.switch(lang))
        for name, choice in self._themes.items():
            choice.clicked.connect(lambda _on, chosen=name: theme.wear(chosen))
        for role, field in self._ports.items():
            field.chosen.connect(lambda source, of=role: self._use(of, source))

    def _use(self, role: str, source: str) -> None:
        self.context.spawn(self._frame.set_port(role, source), "keep port")

    def _show_facts(self, state: FrameState) -> None:
        clear(self._facts)
        nobody = self.words("frame.settings.nobody")
        roles = sorted(self.words(f"frame.settings.role_{role}") for role in state.roles)
        facts = {
            "technician": state.technician or nobody,
            "office": state.office or self.words("frame.settings.none"),
            "roles": ", ".join(roles) or nobody,
        }
        for name, value in facts.items():
            self._facts.addWidget(_fact(self.words(f"frame.settings.{name}"), value))


def _fact(name: str, value: str) -> QWidget:
    label = Muted(name)
    label.setFixedWidth(140)
    made = QWidget()
    made.setLayout(line(label, ElidedLabel(value), space=SPACE[3]))
    return made


def make(context: Context) -> Page:
    """See `pages.make`."""
    return SettingsPage(context)
