from __future__ import annotations

import os

# Qt aborts, it does not raise, where it finds no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
