"""What the system says of this machine's network: whether there is one, and whether it costs.

In comes what the system tells Qt; out go answers, and a call where something turned for the
better. Rule: it is a hint and no more: what the line is like only a request tells, and those go
on without it; a system that does not say means a network that costs nothing. It is first asked
when somebody wants to know, which a start never does.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QNetworkInformation

Feature = QNetworkInformation.Feature
Reach = QNetworkInformation.Reachability

_ON = frozenset({Reach.Local, Reach.Site, Reach.Online})


def metered() -> bool:
    """Whether the system says that the connection is metered."""
    told = _information(Feature.Metered)
    return told is not None and told.isMetered()


def when_free(deed: Callable[[], None]) -> None:
    """Call `deed` whenever a metered connection gives way to one that costs nothing."""
    told = _information(Feature.Metered)
    if told is not None:
        told.isMeteredChanged.connect(lambda costs: None if costs else deed())


class NetworkWatch(QObject):
    """Watches for as long as it is not closed.

    Args:
        back: called when there is a network again.
    """

    def __init__(self, back: Callable[[], None]) -> None:
        super().__init__()
        self._back = back
        self._was_on = True
        self._told = _information(Feature.Reachability)
        if self._told is not None:
            self.heard(self._told.reachability())
            self._told.reachabilityChanged.connect(self.heard)

    def heard(self, reach: QNetworkInformation.Reachability) -> None:
        """The system says something else; what is unknown changes nothing."""
        if reach is Reach.Unknown:
            return
        is_on = reach in _ON
        if is_on and not self._was_on:
            self._back()
        self._was_on = is_on

    def close(self) -> None:
        """Hear nothing more."""
        if self._told is not None:
            self._told.reachabilityChanged.disconnect(self.heard)
            self._told = None


def _information(feature: QNetworkInformation.Feature) -> QNetworkInformation | None:
    if not QNetworkInformation.loadBackendByFeatures(feature):
        return None
    return QNetworkInformation.instance()
