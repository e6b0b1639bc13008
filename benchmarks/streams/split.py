"""Which streams defaults are chosen on, and which are reported; fixed before anything is measured.

The rule: a stream is for choosing where the first byte of the SHA-256 of its name is even, else for
reporting. What follows an "@" in a name, as the horizon does, is left out, so that one recording is
in one half. No name is changed after a measurement, and no default is chosen on a stream that is
for reporting.
"""

import hashlib
from typing import Literal

Half = Literal["choose", "report"]


def half(name: str) -> Half:
    """The half that a stream belongs to.

    Args:
        name: of the stream, as the table has it.
    """
    recording, _, _ = name.partition("@")
    first = hashlib.sha256(recording.encode()).digest()[0]
    return "report" if first % 2 else "choose"
