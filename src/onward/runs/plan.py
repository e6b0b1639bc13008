"""A configuration beside its stream, and the learner that they describe."""

from dataclasses import dataclass

import equinox as eqx
import jax

from onward._typing import PRNGKeyArray
from onward.learning.assembly import input_size
from onward.learning.learner import Learner, refuse_if_too_large
from onward.learning.series import Series
from onward.learning.state import LearnerState
from onward.losses import AbstractLoss, CrossEntropy
from onward.mixtures.default_mixture import default_mixture
from onward.mixtures.mixture import Mixture
from onward.mixtures.series_mixture import SeriesMixture
from onward.rules import AbstractRule, Frozen
from onward.runs.config import CHUNK, STDIN, RunConfig
from onward.runs.frozen import still
from onward.runs.members import CELLS, REGRESSION_LOSSES, named, rule_of_run, rule_text
from onward.storing.notes import Mover
from onward.streams import StreamInfo, samples_ahead

# The warm-up of rows that come on standard input.
LIVE_WARMUP = 1000
# The series that a live stream has room for at first, and how many times more when there are more:
# each number compiles anew.
ROOM, WIDER = 8, 4


@dataclass(frozen=True)
class Plan:
    """A configuration with every choice made that depends on the stream.

    Attributes:
        info: the stream.
        length: samples that will be used; None where nobody knows, as of standard input.
        horizon: samples ahead.
        warmup: samples after which the twin is frozen.
        learns: whether the network does; without, its weights and scales stand still.
        room: how many series there is room for, where not all are known yet; else 0.
    """

    config: RunConfig
    info: StreamInfo
    length: int | None
    horizon: int
    warmup: int
    learns: bool = True
    room: int = 0

    @staticmethod
    def of(config: RunConfig, info: StreamInfo, warmup: int | None = None, room: int = 0) -> "Plan":
        """Choose what the configuration left open.

        Args:
            config: what was asked for.
            info: of the stream.
            warmup: of a run that is gone on with.
            room: of the same.

        Raises:
            ValueError: nothing would be left to score; and as `samples_ahead` does.
        """
        given = config.horizon
        horizon = info.horizon if given is None else samples_ahead(given, info)
        if config.stream == STDIN:
            warmup = warmup or config.warmup or LIVE_WARMUP
            room = max(room, room_for(len(info.series_names)))
            return Plan(config, info, None, horizon, warmup, room=room)
        length = min(info.length, config.limit or info.length)
        first = info.session_lengths[0] if len(info.session_lengths) > 1 else 0
        first = first if 0 < first < length else _tenth(length)
        warmup = warmup or (first if config.warmup is None else config.warmup)
        if horizon >= length:
            raise ValueError(
                f"Expected a horizon below the {length} samples of the stream; got {horizon}. "
                f"Try --horizon {max(0, min(1, length - 1))}."
            )
        if warmup >= length:
            raise ValueError(
                f"Expected a warm-up below the {length} samples of the stream; got {warmup}. "
                f"Try --warmup {max(1, length // 10)}."
            )
        return Plan(config, info, length, horizon, warmup)

    @property
    def outputs(self) -> int:
        """Columns of a prediction: targets, or classes."""
        return len(self.info.class_names) or len(self.info.target_names)

    def learner(self) -> Learner | Mixture:
        """The learner described.

        Raises:
            MemoryBudgetError: it would not fit into the free memory; nothing has been allocated.
        """
        self._refuse_if_too_large()
        key = jax.random.key(self.config.seed)
        made = self._made(key, rule_of_run(self.config.rule), self.config.optimizer)
        return self.moved_by(made)

    def moved_by(self, learner: Learner | Mixture) -> Learner | Mixture:
        """A learner as it passes over the rows: as it is, or standing still."""
        return learner if self.learns else still(learner)

    def network(self) -> Learner:
        """The network described, alone; raises as `learner`."""
        self._refuse_if_too_large()
        config = self.config
        return self._learner(
            jax.random.key(config.seed), rule_of_run(config.rule), config.optimizer
        )

    @property
    def series(self) -> int:
        """How many series there are, or may be; 1 where the stream does not tell any apart."""
        return max(len(self.info.series_names), self.room, 1)

    def mover(self, learner: Learner | Mixture) -> Mover:
        """What passes over the rows: the learner, or the series of it."""
        if self.info.series_name is None:
            return learner
        if isinstance(learner, Mixture):
            return SeriesMixture(learner, self.series, self.config.weights)
        return Series(learner, self.series, self.config.weights)

    def twin(self, learner: Learner | Mixture) -> Learner:
        """The same network, frozen; of a mixture the first."""
        network = learner.main if isinstance(learner, Mixture) else learner
        return network.replace(rule=Frozen(), optimizer=network.parts.optimizer.name)

    def seeded(self, learner: Learner | Mixture, seed: int) -> LearnerState:
        """The state before the first sample of the learner of another seed.

        Args:
            learner: of the first seed.
            seed: of the other.
        """
        key, parts = jax.random.key(seed), learner.parts
        return self.mover(self._made(key, parts.rule, parts.optimizer.name)).init(key)

    def _made(self, key: PRNGKeyArray, rule: AbstractRule, optimizer: str) -> Learner | Mixture:
        if self.config.learner != "mixture":
            return self._learner(key, rule, optimizer)
        config, info = self.config, self.info
        self._refuse_nothing_to_read()
        return default_mixture(
            len(info.feature_names),
            len(info.target_names),
            classes=len(info.class_names) or None,
            delay=self.horizon,
            key=key,
            cell=named("cell", config.cell, CELLS),
            size=config.size,
            rule=rule,
            loss=self._loss(),
            optimizer=optimizer,
            learning_rate=config.learning_rate,
            feedback=config.feedback,
            missing=config.missing,
            mask=config.mask,
        )

    def _learner(self, key: PRNGKeyArray, rule: AbstractRule, optimizer: str) -> Learner:
        config, info = self.config, self.info
        self._refuse_nothing_to_read()
        label = self.outputs if config.feedback else 0
        width = input_size(len(info.feature_names), label, config.mask)
        cell = named("cell", config.cell, CELLS)(width, config.size, key=key)
        return Learner(
            cell,
            len(info.target_names),
            loss=self._loss(),
            rule=rule,
            optimizer=optimizer,
            learning_rate=config.learning_rate,
            delay=self.horizon,
            feedback=config.feedback,
            missing=config.missing,
            mask=config.mask,
        )

    def _refuse_if_too_large(self) -> None:
        """Count the network; of a mixture the first, since all of it is counted by its `init`."""
        config, rule = self.config, rule_of_run(self.config.rule)
        # What "auto" chooses is measured on real weights; rmsprop bounds it from above.
        largest = "rmsprop" if config.optimizer == "auto" else config.optimizer

        def initial_state(key: PRNGKeyArray) -> LearnerState:
            return self._learner(key, rule, largest).initial_state(key)

        key = jax.random.key(config.seed)
        refuse_if_too_large(eqx.filter_eval_shape(initial_state, key))

    def _refuse_nothing_to_read(self) -> None:
        if not (self.info.feature_names or self.config.feedback):
            raise ValueError(
                f"Expected features of {self.info.name}, or the label fed back; got neither. Try "
                "leaving --no-feedback out."
            )

    def _loss(self) -> AbstractLoss:
        loss = named("loss", self.config.loss, REGRESSION_LOSSES)
        if self.info.task == "regression":
            return loss()
        if self.config.loss != RunConfig.loss:
            raise ValueError(
                "Expected a choice of loss for regression only, as classification uses "
                f"cross-entropy; got {self.config.loss!r}. Try leaving it out."
            )
        return CrossEntropy(self.outputs)

    def describe(self, learner: Learner | Mixture) -> str:
        """The learner in a few words."""
        cell = type(learner.parts.skeleton[0]).__name__
        parts = (f"{cell}({self.config.size})", rule_text(learner.parts.rule))
        network = " · ".join((*parts, learner.parts.optimizer.name))
        if isinstance(learner, Mixture):
            return f"mixture of {len(learner.names)} · {network}"
        return network


def room_for(series: int) -> int:
    """How many series a live stream with so many has room for; 0 where it tells none apart."""
    room = ROOM if series else 0
    while room < series:
        room *= WIDER
    return room


def _tenth(length: int) -> int:
    """A tenth of the stream, in whole chunks where it has some: odd lengths compile anew."""
    tenth = max(1, length // 10)
    return tenth // CHUNK * CHUNK or tenth
