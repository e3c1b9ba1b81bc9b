"""Data shipped with the product: step definitions, the demo day, words, telegrams.

In comes a path below this folder with forward slashes; out comes the text or the bytes of that
file, also from a zipped installation. Rule: data only, and nothing here knows who asks.
"""

from importlib.resources import files


def read_text(path: str) -> str:
    """The UTF-8 text of `path`, for instance `flows/placement-1.toml`.

    Raises:
        FileNotFoundError: the product ships no such file.
    """
    return files(__name__).joinpath(path).read_text(encoding="utf-8")


def read_bytes(path: str) -> bytes:
    """The bytes of `path`; errors as `read_text`."""
    return files(__name__).joinpath(path).read_bytes()
