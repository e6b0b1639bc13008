"""The recordings that a command names, read without JAX."""

import warnings
from collections.abc import Sequence
from typing import Any

from onward.recordings import Session, read_sessions


def read(
    paths: Sequence[str], target: tuple[str, ...], **options: Any
) -> tuple[list[Session], list[str]]:
    """The sessions in the order of time, and what is to be told of them.

    Args:
        paths: files, or one folder or pattern.
        target: the signals to decode.
        options: see `read_sessions`.

    Raises:
        ValueError: they cannot be read, or not as asked.
    """
    where = paths[0] if len(paths) == 1 else list(paths)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            found = read_sessions(where, target[0] if len(target) == 1 else target, **options)
        except ImportError as error:
            raise ValueError(str(error)) from error
    return found, [str(warning.message) for warning in caught]
