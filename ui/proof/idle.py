"""An empty loop: the same measurement with nothing to do, beside the busy one.

Takes the seconds to run; tells `empty` with the figures. What it shows is the machine's own.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer

from ui.proof.steps import MeasuredApp
from ui.proof.telling import end_within, tell

_TICK_MS = 10


def main() -> int:
    """Tick until the time is over."""
    app = MeasuredApp(sys.argv[:1])
    tick = QTimer()
    tick.setInterval(_TICK_MS)
    tick.timeout.connect(lambda: None)
    tick.start()
    seconds = float(sys.argv[1])
    end_within(seconds)
    # A timer of our own: an event for one that is Qt's alone may be taken for something else's.
    over = QTimer()
    over.setSingleShot(True)
    over.timeout.connect(app.quit)
    app.start()
    over.start(int(seconds * 1000))
    status = app.exec()
    tell("empty", **app.stop().figures())
    return status


if __name__ == "__main__":
    sys.exit(main())
