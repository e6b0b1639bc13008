"""Where the recordings lie that tests read, and what tests that need them are marked with."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"

needs_recordings = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings in {DATA}"),
]
