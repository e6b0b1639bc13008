"""Runs as a user has them, but small."""

import pytest

from small_runs import single_precision, small_chunks

__all__ = ["single_precision", "small_chunks"]


@pytest.fixture(autouse=True)
def as_for_a_user(single_precision: None, small_chunks: None) -> None:
    """Single precision and no checks of types, in chunks of fifty rows."""
