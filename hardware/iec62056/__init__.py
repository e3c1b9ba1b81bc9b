"""IEC 62056-21: the optical port's opening."""
