"""Where the recordings lie that tests read, and what tests that need them are marked with."""

import pytest

from papers import data

DATA = data.USUAL

needs_recordings = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings in {DATA}"),
]
