"""Packages that a part of the library needs and the rest does without."""

from collections.abc import Sequence
from importlib.util import find_spec

from onward.streams.errors import stream_error


def refuse_without(packages: Sequence[str], purpose: str) -> None:
    """Raise StreamError unless packages are installed; imports none of them.

    Arguments:
        packages: by the names by which both pip and Python know them.
        purpose: what they are for, as the message says it.
    """
    absent = [name for name in packages if find_spec(name) is None]
    if absent:
        raise stream_error(
            f"{', '.join(packages)} for {purpose}",
            f"a Python without {', '.join(absent)}",
            f"pip install {' '.join(absent)}",
        )
