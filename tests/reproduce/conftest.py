"""Numbers and errors as a user has them."""

import pytest

from small_runs import single_precision

__all__ = ["single_precision"]


@pytest.fixture(autouse=True)
def _as_for_a_user(single_precision: None) -> None:
    """For every test here."""
