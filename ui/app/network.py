"""Whether this machine is on a network, as the system says, where it says so.

In comes what the system tells Qt; out goes one call each time a network is back. Rule: it is a
hint and no more: what the line is like only a request tells, and those go on without it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QNetworkInformation

Reach = QNetworkInformation.Reachability

_ON = frozenset({Reach.Local, Reach.Site, Reach.Online})


class NetworkWatch(QObject):
    """Watches for as long as it is not closed.

    Args:
        back: called when there is a network again.
    """

    def __init__(self, back: Callable[[], None]) -> None:
        super().__init__()
        self._back = back
        self._was_on = True
        self._told = None
        if QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            self._told = QNetworkInformation.instance()
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
