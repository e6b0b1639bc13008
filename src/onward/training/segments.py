"""How recorded sessions are cut into segments."""

from dataclasses import dataclass

import numpy as np

from onward._checks import check_integer, is_real

# Updates in an epoch at least: a calibration of minutes would else hardly be learnt.
UPDATES = 12


@dataclass(frozen=True)
class Segments:
    """How recorded sessions are cut and learnt.

    Attributes:
        length: samples of a segment.
        warm_up: first samples of a segment that bring the recurrent state along and are not
            scored, unless a sequence begins among them.
        batch: segments of an update, at most; fewer where an epoch would have less than 12
            updates.
        epochs: passes over all sessions, at most; each cuts them at other places.
        learning_rate: of Adam at the start; it falls to 0 along half a cosine.
        clip: a bound of the gradient's norm.
        dropout: the share of features that are held at their mean through a segment, so that no
            output hangs on a few of them; what is kept is divided by the share that is.
        held_out: the share at the end of each session that is scored after each epoch, and not
            learnt; 0 for none. Of a session where that is shorter than a segment nothing is held
            out.
        patience: epochs without a better held-out loss after which it stops.
    """

    length: int = 120
    warm_up: int = 20
    batch: int = 32
    epochs: int = 25
    learning_rate: float = 4e-3
    clip: float = 1.0
    dropout: float = 0.2
    held_out: float = 0.1
    patience: int = 8

    def __post_init__(self):
        for name, least in (("length", 1), ("warm_up", 0), ("batch", 1), ("epochs", 1)):
            check_integer(name, getattr(self, name), least=least, example=getattr(Segments, name))
        check_integer("patience", self.patience, least=1, example=Segments.patience)
        for name in ("learning_rate", "clip"):
            if not (is_real(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(
                    f"Expected {name} > 0; got {getattr(self, name)!r}. Try "
                    f"{name}={getattr(Segments, name)}."
                )
        for name in ("dropout", "held_out"):
            if not (is_real(getattr(self, name)) and 0 <= getattr(self, name) < 1):
                raise ValueError(
                    f"Expected 0 <= {name} < 1; got {getattr(self, name)!r}. Try "
                    f"{name}={getattr(Segments, name)}."
                )
        if self.warm_up >= self.length:
            raise ValueError(
                f"Expected warm_up < length; got {self.warm_up} of {self.length}. Try "
                f"warm_up={self.length // 6}."
            )


@dataclass(frozen=True)
class Cuts:
    """Where sessions, joined end to end, are learnt and held out.

    Attributes:
        learnt: the first row of each session, and the row after the last that is learnt.
        held: the first rows of the segments that are held out.
    """

    learnt: list[tuple[int, int]]
    held: np.ndarray

    def updates(self, segments: Segments) -> int:
        """How many updates an epoch has."""
        rows = sum(stop - first for first, stop in self.learnt)
        return max(1, round(rows / (segments.length * self.batch(segments))))

    def batch(self, segments: Segments) -> int:
        """How many segments an update has."""
        rows = sum(stop - first for first, stop in self.learnt)
        return max(1, min(segments.batch, rows // (segments.length * UPDATES)))

    def drawn(self, segments: Segments, draw: np.random.Generator) -> np.ndarray:
        """The first rows of an epoch's segments, shape (updates, batch), each in one session."""
        starts: list[int] = []
        for first, stop in self.learnt:
            offset = draw.integers(min(segments.length, stop - first - segments.length + 1))
            starts += range(first + offset, stop - segments.length + 1, segments.length)
        shape = self.updates(segments), self.batch(segments)
        return np.resize(draw.permutation(starts), shape)


def cut(lengths: list[int], segments: Segments) -> Cuts:
    """Where sessions of so many samples are learnt and held out."""
    learnt, held, first = [], [], 0
    for count in lengths:
        if count < segments.length:
            raise ValueError(
                f"Expected sessions of at least {segments.length} samples, the length of a "
                f"segment; got {count}. Try onward.Segments(length={max(1, count)}, warm_up=0)."
            )
        kept = count - int(segments.held_out * count)
        if kept < segments.length or count - kept < segments.length:
            kept = count
        learnt.append((first, first + kept))
        hop = segments.length - segments.warm_up
        held += range(first + kept, first + count - segments.length + 1, hop)
        first += count
    return Cuts(learnt, np.array(held, int))
