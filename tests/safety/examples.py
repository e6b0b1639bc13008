"""What the tests of the store, the log and the guards share."""

from collections.abc import Iterator

import numpy as np

from catalogue import RULES, Leaky, LinearCell, Skip, Undeclared, make_cell
from learning.examples import FEATURES
from onward import AbstractRule
from wired import Wired

OWN = (Leaky, LinearCell, Skip, Undeclared, Wired)


def rule_of(name: str) -> AbstractRule:
    """A rule of the catalogue, for an RNN."""
    return RULES[name].make(make_cell("rnn", inputs=FEATURES))


def damaged_copies(whole: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """So many copies of a file: cut short, with bits flipped, with a stretch of noise or zeros."""
    random = np.random.default_rng(seed)
    for index in range(count):
        content = np.frombuffer(whole, np.uint8).copy()
        place = int(random.integers(len(content)))
        match index % 5:
            case 0:
                content = content[:place]
            case 1:
                content[place] ^= 1 << int(random.integers(8))
            case 2:
                # The header, where names, shapes and the note are.
                content[int(random.integers(min(len(content), 3000)))] ^= 1 << int(
                    random.integers(8)
                )
            case 3:
                length = int(random.integers(1, 200))
                some = content[place : place + length]
                content[place : place + length] = random.integers(0, 256, len(some))
            case _:
                content[place : place + 64] = 0
        yield content.tobytes()
