"""A decoder for a closed loop: a learner whose every bin is answered."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from onward._checks import check_integer, check_kind
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.mixtures.mixture import Mixture
from onward.serving.decoded import Decoded
from onward.serving.kept import Freezing, Good, copied
from onward.serving.limits import Limit
from onward.serving.masks import dead_of
from onward.serving.watch import Watch
from onward.wrapping import late

NOT_FINITE = "the prediction is not finite"


class Decoder:
    """A learner's state and what keeps it safe, one bin at a time, on the caller's thread.

    Each bin: missing and masked channels become NaN, `transform`, `learner.step`, the look for
    divergence, the limit on what goes out.

    Divergence ends learning, not decoding. It is a prediction that is not finite after one that
    was, or a loss far above its own past (see `onward.serving.watch`). The state then goes back to
    a copy that is 500 to 1,000 learnt bins old, or fewer while it is young. The bin is predicted
    again from there, and labels are passed over until `thaw`. If there is still no finite
    prediction, the last output is held. Events in the results tell of each.

    Args:
        learner: a `Learner`, a `Mixture`, or what has their `step` and `features`.
        state: of it; not consumed.
        transform: from a bin to the learner's features, called once a bin, in order. It is handed
            NaN for channels that are masked.
        channels: numbers in a bin; by default the learner's features.
        limit: see `Limit`.
        adapt: whether it learns from labels that come.
        waiting: how many bins are kept for labels that are handed over later, by `label`. For a
            learner without delay; each costs one carry of the rule.

    Attributes:
        state: after the last bin. A step consumes it: save it, or copy it, between two.
        withheld: labels that were not learnt from, because of `adapt`, `freeze` or divergence.
        unknown: labels of bins that no longer wait.

    Raises:
        ValueError: the learner has no `features` and `channels` are not told, or `waiting` with a
            learner that has a delay.
    """

    def __init__(
        self,
        learner: Any,
        state: Any,
        *,
        transform: Callable[[np.ndarray], Any] | None = None,
        channels: int | None = None,
        limit: Limit | None = None,
        adapt: bool = True,
        waiting: int = 0,
    ):
        features: Any = getattr(learner, "features", channels)
        if features is None:
            raise ValueError(
                f"Expected a learner that tells its features, or channels; got neither from "
                f"{type(learner).__name__}. Try channels=96."
            )
        channels = int(features) if channels is None else channels
        check_integer("channels", channels, least=1, example=96)
        check_integer("waiting", waiting, least=0, example=100)
        check_kind("adapt", adapt, bool, "adapt=True")
        if limit is not None:
            check_kind("limit", limit, Limit, "limit=Limit(norm=1.0)")
        if waiting:
            if not isinstance(learner, Learner | Mixture):
                raise ValueError(
                    "Expected a Learner or a Mixture, whose samples can wait for labels; got a "
                    f"{type(learner).__name__}. Try waiting=0."
                )
            late.refuse_delay(learner)
        self.learner, self.transform, self.limit, self.adapt = learner, transform, limit, adapt
        self.channels: int = channels
        self.waiting = waiting
        self.dtype = np.dtype(getattr(learner, "dtype", float))
        self.state = copied(state)
        self.withheld = self.unknown = 0
        self._features, targets = features, getattr(learner, "targets", None)
        # What a learner makes of None, which it would make at every bin.
        self._unlabelled = None if targets is None else np.full(targets, np.nan, self.dtype)
        self._good, self._watch, self._number = Good(state), Watch(), 0
        self._told: tuple[str, ...] = ()
        self._freezing: Freezing | None = None
        self._diverged = False
        self._dead: np.ndarray | None = None
        self._seen: OrderedDict[int, Any] = OrderedDict()
        self._out: np.ndarray | None = None

    @property
    def adapting(self) -> bool:
        """Whether labels are learnt from."""
        return self.adapt and self._freezing is None and not self._diverged

    def warm_up(self) -> None:
        """Compile all that will ever run, on a copy of the state; seconds, once.

        Bins of any number, masks, freezing and recovery compile nothing afterwards.
        """
        nothing = np.full(self._features, np.nan, self.dtype)
        state = copied(self.state)
        for start in (False, True):
            freezing = Freezing(scale=True)
            freezing.before(state)
            state, *_, seen = self._step(state, nothing, self._unlabelled, start)
            state = freezing.after(state)
        if self.waiting:
            nowhere = np.full(self.learner.targets, np.nan, self.dtype)
            late.credit(self.learner, state, seen, nowhere)

    def freeze(self, scale: bool = True) -> None:
        """From the next bin on, learn nothing: no label reaches the learner.

        The recurrent state goes on. Each bin is still read with the scale that it moves itself.

        Args:
            scale: whether the scale of the inputs goes back after each bin too, so that nothing
                but the recurrent state follows the stream. If False it follows the inputs.
        """
        self._freezing = Freezing(scale)

    def thaw(self) -> None:
        """Learn again; after divergence too."""
        self._freezing, self._diverged, self._watch = None, False, Watch()

    def mask(self, channels: Iterable[int]) -> None:
        """From the next bin on, take these channels for missing, and no others.

        Args:
            channels: their places in a bin; none to end the masking.

        Raises:
            ValueError: there is no such channel.
        """
        dead = dead_of(channels, self.channels)
        self._dead = dead if dead.any() else None

    def decode(
        self,
        x: Any,
        y: Any = None,
        *,
        number: int | None = None,
        stamp: Any = None,
        start: bool = False,
    ) -> Decoded:
        """Answer one bin, and learn from the label that comes with it.

        Args:
            x: the bin, shape (channels,); NaN where a channel is missing.
            y: the label that arrives now, of the bin `learner.delay` ago; None if none does.
            number: of the bin, above those before; by default the next.
            stamp: carried through.
            start: whether a trial begins, or a gap has passed: the recurrent state begins afresh.

        Raises:
            ValueError: the bin has another shape; `y` where labels are to come by `label`.
        """
        x = np.array(x, self.dtype)
        if y is not None:
            y = np.asarray(y, self.dtype)
        if x.shape != (self.channels,):
            raise ValueError(
                f"Expected a bin of shape ({self.channels},); got {x.shape}. Try one number for "
                "each channel, NaN where it is missing."
            )
        if self.waiting and y is not None:
            raise ValueError(
                "Expected labels by their bin's number, as waiting is not 0; got one with a bin. "
                "Try label(number, y)."
            )
        # Other threads may change these at any moment.
        freezing, adapting, dead = self._freezing, self.adapting, self._dead
        if dead is not None:
            x[dead] = np.nan
        if self.transform is not None:
            x = np.asarray(self.transform(x), self.dtype)
        if y is not None and not adapting:
            self.withheld += 1
        if freezing is not None:
            freezing.before(self.state)
        number = self._number if number is None else number
        self._number = number + 1
        label = y if y is not None and adapting else self._unlabelled
        self.state, predicted, loss, learnt, seen = self._step(self.state, x, label, start)
        events, self._told = self._told, ()
        finite = _finite(predicted)
        fault = self._watch.fault(loss) if finite or self._out is None else NOT_FINITE
        if fault is not None:
            told, predicted = self._recover(fault, x, start, freezing)
            events, learnt, finite = events + told, False, _finite(predicted)
        else:
            self._good.pass_on(self.state, learnt)
            self._wait(number, seen)
        if freezing is not None:
            self.state = freezing.after(self.state)
        prediction, limited = self._limited(predicted) if finite else (predicted, False)
        return Decoded(number, stamp, prediction, predicted, limited, learnt, events)

    def label(self, number: int, y: Any, weight: float = 1) -> None:
        """Learn from the label of an earlier bin, credited to that bin.

        A label of a bin that no longer waits is counted. Events are told with the next bin.

        Args:
            number: of the bin; see `Decoded`.
            y: shape (targets,).
            weight: multiplies its loss; 0 or more.

        Raises:
            ValueError: `waiting` is 0.
        """
        if not self.waiting:
            raise ValueError("Expected labels with their bins, as waiting is 0. Try waiting=100.")
        seen = self._seen.pop(number, None)
        if seen is None:
            self.unknown += 1
        elif not self.adapting:
            self.withheld += 1
        else:
            self.state, info = late.credit(self.learner, self.state, seen, y, weight)
            fault = self._watch.fault(float(info.loss))
            if fault is not None:
                self._told += self._go_back(fault)
            else:
                self._good.pass_on(self.state, bool(info.learnt))

    def _step(
        self, state: Any, x: np.ndarray, y: Any, start: bool
    ) -> tuple[Any, np.ndarray, float, bool, Any]:
        """The next state, the prediction, the loss, whether something was learnt, what waits."""
        if self.waiting:
            state, seen = late.see(
                self.learner, state, Observation(x, None, 1, True) if start else x
            )
            return state, np.asarray(seen.prediction), math.nan, False, seen
        if start:
            state, info = self.learner.step(state, Observation(x, y, 1, True))
        else:
            state, info = self.learner.step(state, x, y)
        return state, np.asarray(info.prediction), float(info.loss), bool(info.learnt), None

    def _wait(self, number: int, seen: Any) -> None:
        if self.waiting:
            self._seen[number] = seen
            if len(self._seen) > self.waiting:
                self._seen.popitem(last=False)

    def _go_back(self, fault: str) -> tuple[str, ...]:
        """End learning, with the last good state."""
        known, self._diverged = self._diverged, True
        self.state = self._good.back()
        self._seen.clear()
        told = f"diverged: {fault}; learning has ended, from the last good state"
        return () if known else (told,)

    def _recover(
        self, fault: str, x: np.ndarray, start: bool, freezing: Freezing | None
    ) -> tuple[tuple[str, ...], np.ndarray]:
        """What has happened, and a prediction from the last good state."""
        events = self._go_back(fault)
        if freezing is not None:
            freezing.before(self.state, anew=True)
        self.state, predicted, *_ = self._step(self.state, x, self._unlabelled, start)
        if _finite(predicted) or self._out is None:
            return events, predicted
        self.state = self._good.back()
        return (*events, "held: the last good state predicts nothing finite"), self._out

    def _limited(self, predicted: np.ndarray) -> tuple[np.ndarray, bool]:
        out, limited = (
            (predicted, False) if self.limit is None else self.limit(predicted, self._out)
        )
        self._out = out
        return out, limited


def _finite(vector: np.ndarray) -> bool:
    """Whether all of a few numbers are finite; a tenth of the time that NumPy takes for so few."""
    return all(map(math.isfinite, vector.tolist()))
