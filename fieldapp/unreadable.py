"""What reading raises where bytes are not what they should be.

`msgspec` says so itself of what has another form; text that is no UTF-8 and nesting that never
ends come as the interpreter's own errors. Rule: whoever reads bytes from elsewhere catches all.
"""

from __future__ import annotations

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
