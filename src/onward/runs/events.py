"""Where in a stream something happened to the learner."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from onward.evaluate.state import State, copy_arrays

# What is counted, by the name of its counter.
KINDS = {"skipped": "skipped", "filled": "missing", "restarts": "restarted"}
# Stretches that are kept; with more, neighbours become one.
MOST = 256


class Events:
    """How often each kind of event happened in stretches of rows, in constant memory."""

    def __init__(self) -> None:
        self._kept = {"first": np.zeros(0, np.int64), "counts": np.zeros((0, len(KINDS)), np.int64)}

    def add(self, first: int, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        """Add a stretch of rows.

        Args:
            first: its first row.
            before: the counters before it.
            after: the counters after it.
        """
        counts = np.array([[after[name] - before[name] for name in KINDS]])
        if not counts.any():
            return
        rows, kept = self._kept["first"], self._kept["counts"]
        rows, kept = np.append(rows, first), np.concatenate([kept, counts])
        if len(rows) > MOST:
            rows = rows[::2]
            kept = np.add.reduceat(kept, np.arange(0, len(kept), 2), axis=0)
        self._kept = {"first": rows, "counts": kept}

    def as_list(self) -> list[dict[str, Any]]:
        """Every event: its kind, the first row of its stretch, and how often."""
        return [
            {"row": int(row), "kind": kind, "count": int(count)}
            for row, counts in zip(self._kept["first"], self._kept["counts"], strict=True)
            for kind, count in zip(KINDS.values(), counts, strict=True)
            if count
        ]

    def state(self) -> State:
        """All that is kept, as a flat dictionary of arrays."""
        return copy_arrays(self._kept)

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from `state()`."""
        self._kept = {name: arrays[name].copy() for name in self._kept}
