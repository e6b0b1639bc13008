"""Calibrated on a few trials, then alone: a decoder as the FALCON challenge asks for one."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_between, check_integer, check_kind
from onward.adapters.falcon.batch import advancing
from onward.learning import arrays
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.serving.kept import copied


class FalconDecoder:
    """What `falcon_challenge.interface.BCIDecoder` declares, around a learner.

    Several sessions are decoded side by side, each row of a batch with a state of its own. A
    session begins with the state that `calibrate` has left for it, and with the one from before
    all calibration where there is none. No label comes afterwards. The weights stand still; the
    scale of the inputs follows the bins if `follow` says so, which needs none.

    For the tasks whose targets are numbers in every bin. Handwriting, where `on_done` has to
    return text, is none of them.

    Args:
        learner: with as many features as there are channels. Without delay or feedback, as no
            label comes.
        state: of it, pre-trained; not consumed.
        batch_size: sessions side by side.
        bin_s: seconds of a bin.
        follow: whether the running moments of the inputs go on during evaluation.
        restart: whether the recurrent state begins afresh after the end of a trial.
        task_config: their `FalconConfig`, if there is one. Its sizes are compared with the
            learner's, its width of a bin is taken, and its `hash_dataset` tells sessions apart.
        session_of: tells the session from a tag or a file. By default `hash_dataset`, or the
            name of the file without its ending.

    Attributes:
        unknown: sessions that were evaluated without calibration.

    Raises:
        ValueError: sizes that do not fit; a learner that waits for labels or reads them.

    Source: Karpowicz et al., "Few-shot algorithms for consistent neural decoding (FALCON)
    benchmark", NeurIPS 2024; the interface of `falcon_challenge`.
    """

    def __init__(
        self,
        learner: Learner,
        state: LearnerState,
        *,
        batch_size: int = 1,
        bin_s: float = 0.02,
        follow: bool = True,
        restart: bool = False,
        task_config: Any = None,
        session_of: Callable[[Any], str] | None = None,
    ):
        check_kind("learner", learner, Learner, "FalconDecoder(onward.Learner(cell), state)")
        check_integer("batch_size", batch_size, least=1, example=1)
        if learner.parts.delay or learner.parts.feedback:
            raise ValueError(
                "Expected a learner that needs no labels to predict; got one with "
                f"delay={learner.parts.delay} and feedback={learner.parts.feedback}. Try "
                "learner.replace(delay=0, feedback=False) before it is trained."
            )
        if task_config is not None:
            _refuse_sizes(learner, task_config)
            bin_s = task_config.bin_size_ms / 1000
        check_between("bin_s", bin_s, 0, 10, 0.02, ends="(]")
        self._task_config, self._session_of = task_config, session_of
        self.learner, self.batch_size, self.bin_s = learner, batch_size, bin_s
        self.follow, self.restart = follow, restart
        self.unknown: set[str] = set()
        self._base = copied(state)
        self._calibrated: dict[str, LearnerState] = {}
        self._advance = advancing(learner, follow)
        self._states: Any = None
        self._start = np.ones(batch_size, bool)
        self._warm: set[int] = set()
        self._seconds, self._bins = 0.0, 0

    def calibrate(
        self,
        dataset: Any,
        counts: Any,
        targets: Any,
        *,
        start: Any = None,
        scored: Any = None,
        passes: int = 1,
    ) -> np.ndarray:
        """Learn from a few labelled bins of a session, and begin it with the result.

        A session with several files is calibrated on one after another.

        Args:
            dataset: a tag or a file, by which `reset` will ask for the session.
            counts: shape (T, channels); NaN where a channel is missing.
            targets: shape (T, targets); NaN where there is no label.
            start: where a trial begins, shape (T,).
            scored: which bins are learnt from, shape (T,); all that have labels by default.
            passes: how often they are gone through.

        Returns:
            What was predicted before each label of the last pass was used, shape (T, outputs).
        """
        check_integer("passes", passes, least=1, example=1)
        session = self._session(dataset)
        ys = arrays.array(targets, (None, self.learner.targets), self.learner.dtype, "targets")
        if scored is not None:
            rows = np.asarray(scored, bool).reshape(-1, 1)
            ys = np.where(rows, ys, np.asarray(np.nan, self.learner.dtype))
        starts = np.zeros(len(ys), bool) if start is None else np.array(start, bool)
        starts[:1] = True
        state, info = copied(self._calibrated.get(session, self._base)), None
        for _ in range(passes):
            state, info = self.learner.run(state, Observation(counts, ys, 1, starts))
        self._calibrated[session] = state
        return np.asarray(info.prediction) if info is not None else np.zeros(0)

    def reset(self, dataset_tags: Sequence[Any] = ("",)) -> None:
        """Begin with these sessions, a row each; called where one of them changes.

        Args:
            dataset_tags: tags or files, at most `batch_size`.
        """
        if len(dataset_tags) > self.batch_size:
            raise ValueError(
                f"Expected {self.batch_size} sessions at most; got {len(dataset_tags)}. Try "
                f"set_batch_size({len(dataset_tags)})."
            )
        sessions = [self._session(tag) for tag in dataset_tags]
        self.unknown |= {name for name in sessions if name not in self._calibrated}
        states = [self._calibrated.get(name, self._base) for name in sessions]
        states += [self._base] * (self.batch_size - len(states))
        self._states = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
        self._start = np.ones(self.batch_size, bool)
        if self.batch_size not in self._warm:
            nothing = np.zeros((self.batch_size, self.learner.features), self.learner.dtype)
            self._advance(copied(self._states), nothing, self._start)
            self._warm.add(self.batch_size)

    def predict(self, neural_observations: np.ndarray) -> np.ndarray:
        """Decode one bin of each session.

        Args:
            neural_observations: counts, shape (rows, channels), rows at most `batch_size`.

        Returns:
            Predictions, shape (rows, outputs).

        Raises:
            ValueError: another shape; no `reset` before it.
        """
        began = time.perf_counter()
        size, features = self.batch_size, self.learner.features
        if self._states is None:
            raise ValueError("Expected reset before the first bin. Try reset(['session']).")
        given = arrays.array(
            neural_observations, (None, features), self.learner.dtype, "neural_observations"
        )
        rows = len(given)
        if rows > size:
            raise ValueError(
                f"Expected {size} rows at most; got {rows}. Try set_batch_size({rows}) and reset."
            )
        xs = np.zeros((size, features), self.learner.dtype)
        xs[:rows] = given
        self._states, predicted = self._advance(self._states, xs, self._start)
        self._start = np.zeros(size, bool)
        found = np.asarray(predicted)[:rows]
        self._seconds += time.perf_counter() - began
        self._bins += rows
        return found

    def observe(self, neural_observations: np.ndarray) -> None:
        """See a bin of which no prediction is wanted."""
        self.predict(neural_observations)

    def on_done(self, dones: np.ndarray) -> None:
        """Be told which rows' trials have ended; their next bins begin afresh with `restart`.

        Args:
            dones: shape (rows,).
        """
        if self.restart:
            rows = np.asarray(dones, bool)
            self._start[: len(rows)] |= rows

    def set_batch_size(self, batch_size: int) -> None:
        """Decode so many sessions side by side, from the next `reset` on."""
        check_integer("batch_size", batch_size, least=1, example=1)
        self.batch_size, self._states = batch_size, None

    @property
    def normalised_latency(self) -> float:
        """Seconds of computing for each second of recording; NaN before the first bin.

            (seconds within predict and observe) / (bins · bin_s)

        Below 1 it keeps up with the recording. Rows that are decoded side by side count as that
        many bins. The evaluator's own figure leaves out the zeros with which it fills up short
        sessions, so it may be a little higher.
        """
        return self._seconds / (self._bins * self.bin_s) if self._bins else float("nan")

    def _session(self, dataset: Any) -> str:
        if self._session_of is not None:
            return self._session_of(dataset)
        if self._task_config is not None:
            return self._task_config.hash_dataset(dataset)
        return Path(dataset).stem


def _refuse_sizes(learner: Learner, task_config: Any) -> None:
    """Raise ValueError unless a learner has the sizes of a task."""
    wanted = task_config.n_channels, task_config.out_dim
    if wanted != (learner.features, learner.outputs):
        raise ValueError(
            f"Expected a learner of {wanted[0]} features and {wanted[1]} outputs for this task; "
            f"got {learner.features} and {learner.outputs}. Try Learner(GRU({wanted[0]}, 64, "
            f"key=key), targets={wanted[1]})."
        )
