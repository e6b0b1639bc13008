"""A learner behind dictionaries: what the estimators have in common."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from onward._checks import is_real
from onward.adapters.river.features import Features
from onward.adapters.river.labels import Labels
from onward.adapters.river.settings import Settings, make
from onward.adapters.river.values import LARGEST
from onward.growing.growth import fresh_sample, grow, grow_sample
from onward.learning.observation import Observation
from onward.storing.checkpoint import packed, unpacked
from onward.wrapping import late, rollout
from onward.wrapping.late import Seen

# Rows that are worth a program of their own; fewer are learnt from one by one, with the same bits.
LONG = 16


class Core:
    """Dictionaries in, arrays of predictions out; the learner grows as features and labels come.

    Every call either succeeds or raises before anything has changed.

    Args:
        settings: of the network.
        labels: knows what labels are.
        categories: of a text feature; see `Features`.
        waiting: samples that may wait for their labels; beyond it the oldest is given up.

    Attributes:
        samples: handed over to learn from, or seen by an id.
        given_up: samples whose labels came too late, if they came.
    """

    def __init__(self, settings: Settings, labels: Labels, categories: int, waiting: int):
        self.settings, self.labels, self.waiting = settings, labels, waiting
        self.features = Features(categories)
        self.learner: Any = None
        self.state: Any = None
        self.seen: dict[Hashable, Seen] = {}
        self.samples = self.given_up = 0

    def learn(self, x: Any, y: Any, id: Hashable = None, w: float = 1.0) -> None:
        """Learn from a sample and its label, or from the late label of the sample of that id."""
        refuse_weight(w, self.samples)
        label = self.labels.read(y, self.samples)
        if id is not None and id in self.seen:
            target = self.labels.row(label)
            self._fit()
            self.state, _ = late.credit(
                self.learner, self.state, self.seen.pop(id), self._array(target), w
            )
            return
        if x is None:
            raise ValueError(
                f"Expected the id of a sample that waits, or features; got {id!r} and none. Try "
                "predict_one(x, id=...) first, or a larger `waiting`."
            )
        row = self.features.row(x, self.samples, learning=True)
        target = self.labels.row(label)
        self._fit()
        self.samples += 1
        arrays = self._array(row), self._array(target)
        # Without a weight nothing is computed for it.
        seen = arrays if w == 1 else (Observation(*arrays, w, False),)
        self.state, _ = self.learner.step(self.state, *seen)

    def predict(self, x: Any, id: Hashable = None) -> np.ndarray | None:
        """What is predicted for the targets or classes that are known; None before there are any.

        With an id the sample is seen: time moves on, and the sample waits for its label.
        """
        if id is not None:
            return self._known(self._see(x, id))
        row = self.features.row(x, self.samples, learning=False)
        if self.learner is None:
            return None
        # Arrays for both take the learner's short way.
        absent = np.full(self.learner.targets, np.nan, self.learner.dtype)
        return self._known(self.learner.predict(self.state, self._array(row), absent))

    def learn_rows(self, rows: Iterable[Any], labels: Iterable[Any]) -> None:
        """Samples in turn, in compiled pieces; where one is refused, those before it are learnt."""
        xs: list[list[float]] = []
        ys: list[list[float]] = []
        try:
            for x, y in zip(rows, labels, strict=True):
                label, before = self.labels.read(y, self.samples), self._sizes
                row = self.features.row(x, self.samples, learning=True)
                target = self.labels.row(label)
                if self._sizes != before:
                    done, xs, ys = (xs, ys), [], []
                    self._run(*done)
                self._fit()
                self.samples += 1
                xs.append(row)
                ys.append(target)
        finally:
            self._run(xs, ys)

    def learn_columns(self, columns: Mapping[Hashable, np.ndarray], labels: Sequence[Any]) -> bool:
        """`learn_rows` of numbers by name, where no name is new; else False, and nothing done."""
        places = self.features.places(columns)
        if self.learner is None or places is None:
            return False
        read = [self.labels.read(y, self.samples + row) for row, y in enumerate(labels)]
        if not all(map(self.labels.knows, read)):
            return False
        xs = np.full((len(read), self.features.capacity), np.nan, self.learner.dtype)
        for place, column in zip(places, columns.values(), strict=True):
            xs[:, place] = np.where(np.abs(column) < LARGEST, column, np.nan)
        self.samples += len(read)
        self._run(xs, [self.labels.row(label) for label in read])
        return True

    def predict_rows(self, rows: Iterable[Any]) -> np.ndarray | None:
        """What is predicted for each, as if it were the next one."""
        found = [self.features.row(x, self.samples, learning=False) for x in rows]
        if self.learner is None or not found:
            return None
        return self._known(self.learner.predict(self.state, self._array(found)))

    def forecast(self, horizon: int, rows: Iterable[Any] | None) -> np.ndarray | None:
        """What is predicted for the next samples, on the network's own predictions."""
        found = None
        if rows is not None:
            found = [self.features.row(x, self.samples, learning=False) for x in rows]
            if len(found) != horizon:
                raise ValueError(
                    f"Expected features of {horizon} samples; got {len(found)}. Try one dict for "
                    "each step of the horizon."
                )
        if self.learner is None:
            return None
        xs = None if found is None else self._array(found)
        return self._known(rollout.forecast(self.learner, self.state, horizon, xs))

    @property
    def counts(self) -> dict[str, int]:
        """What became of the samples."""
        counters = {} if self.state is None else self.state.counters
        names = ("skipped", "unlabelled", "learnt")
        return {
            "samples": self.samples,
            **{name: int(getattr(counters, name, 0)) for name in names},
            "waiting": len(self.seen),
            "given_up": self.given_up,
            "other_categories": self.features.other,
            "ignored_features": self.features.ignored,
        }

    def _see(self, x: Any, id: Hashable) -> np.ndarray:
        if id not in self.seen:
            row = self.features.row(x, self.samples, learning=True)
            self._fit()
            self.samples += 1
            self.state, self.seen[id] = late.see(self.learner, self.state, self._array(row))
            if len(self.seen) > self.waiting:
                del self.seen[next(iter(self.seen))]
                self.given_up += 1
        return np.asarray(self.seen[id].prediction)

    def _run(self, xs: Any, ys: Any) -> None:
        """Learn from rows, which are as many as `LONG` or few."""
        if len(xs) >= LONG:
            self.state, _ = self.learner.run(self.state, self._array(xs), self._array(ys))
            return
        for x, y in zip(xs, ys, strict=True):
            self.state, _ = self.learner.step(self.state, self._array(x), self._array(y))

    def _fit(self) -> None:
        """Make the network, or let it grow, until it has room for all features and labels."""
        features, outputs = sizes = self._sizes
        if self.learner is None:
            self.learner = make(features, outputs, self.settings)
            self.state = self.learner.init(jax.random.key(self.settings.seed))
        elif sizes != (self.learner.features, self.learner.outputs):
            key = jax.random.fold_in(jax.random.key(self.settings.seed), features * outputs)
            size = {"classes" if self.settings.classes else "targets": outputs}
            bigger, self.state = grow(self.learner, self.state, features=features, **size, key=key)
            for id, seen in self.seen.items():
                sample = grow_sample(self.learner, bigger, seen.sample)
                self.seen[id] = seen._replace(sample=sample)
            self.learner = bigger

    @property
    def _sizes(self) -> tuple[int, int]:
        return self.features.capacity, self.labels.capacity

    def _array(self, numbers: Any) -> np.ndarray:
        return np.array(numbers, self.learner.dtype)

    def _known(self, prediction: Any) -> np.ndarray:
        return np.asarray(prediction)[..., : self.labels.known]

    def __getstate__(self) -> dict[str, Any]:
        kept = dict(vars(self), learner=None, state=None)
        if self.learner is not None:
            kept["state"] = packed(self.learner, self.state)
        # By their leaves: a structure that has been pickled is not always equal to itself.
        kept["seen"] = {
            id: (list(map(np.asarray, jax.tree.leaves(seen.sample))), seen.prediction)
            for id, seen in self.seen.items()
        }
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept)
        if self.state is not None:
            rule = self.settings.rule
            own = () if isinstance(rule, str) else (type(rule),)
            self.learner, self.state = unpacked(*self.state, classes=own)
            structure = jax.tree.structure(fresh_sample(self.learner))
            self.seen = {
                id: Seen(jax.tree.unflatten(structure, leaves), prediction)
                for id, (leaves, prediction) in kept["seen"].items()
            }


def refuse_weight(w: Any, sample: int) -> None:
    """Raise ValueError unless it is the weight of a sample."""
    if not (is_real(w) and 0 <= w < LARGEST):
        raise ValueError(f"Expected w >= 0 as the weight of sample {sample}; got {w!r}. Try w=1.0.")
