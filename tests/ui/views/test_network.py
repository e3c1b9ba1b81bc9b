from __future__ import annotations

from PySide6.QtNetwork import QNetworkInformation
from pytestqt.qtbot import QtBot

from ui.views.network import NetworkWatch

Reach = QNetworkInformation.Reachability


def test_a_network_that_is_back_is_told_once(qtbot: QtBot) -> None:
    del qtbot
    told: list[bool] = []
    watch = NetworkWatch(lambda: told.append(True))
    watch.heard(Reach.Online)
    told.clear()
    for reach in (Reach.Online, Reach.Disconnected, Reach.Unknown, Reach.Disconnected):
        watch.heard(reach)
    assert told == []
    for reach in (Reach.Site, Reach.Online):
        watch.heard(reach)
    assert told == [True]
    watch.close()
    watch.close()
