"""Numbers and errors as a user has them, and the command line in a folder of its own."""

import pytest

from cli.conftest import onward
from small_runs import single_precision, small_chunks

__all__ = ["onward", "single_precision", "small_chunks"]


@pytest.fixture(autouse=True)
def _as_for_a_user(single_precision: None) -> None:
    """For every test here."""
