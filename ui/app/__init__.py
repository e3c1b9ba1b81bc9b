"""The program with a window: its process, its event loop, and one session from door to close.

In comes a data folder; out comes an exit status. Rule: with `ui.views`, the only room with Qt.
"""

from ui.app.program import NO_SCREEN, Probe, run

__all__ = ["NO_SCREEN", "Probe", "run"]
