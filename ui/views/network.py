"""Whether the connection of now costs by what goes over it, as far as the system knows.

Out comes yes or no; a system that does not say means no. Rule: the system is first asked when
somebody wants to know, which a start never does.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtNetwork import QNetworkInformation

_METERED = QNetworkInformation.Feature.Metered


def metered() -> bool:
    """Whether the system says that the connection is metered."""
    told = _information()
    return told is not None and told.isMetered()


def when_free(deed: Callable[[], None]) -> None:
    """Call `deed` whenever a metered connection gives way to one that costs nothing."""
    told = _information()
    if told is not None:
        told.isMeteredChanged.connect(lambda costs: None if costs else deed())


def _information() -> QNetworkInformation | None:
    if not QNetworkInformation.loadBackendByFeatures(_METERED):
        return None
    return QNetworkInformation.instance()
