"""Which points are run: all at once, or some after what others have shown."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from onward.sweeps.config import SweepConfig
from onward.sweeps.errors import SweepError
from onward.sweeps.space import Axis, Choice, Point, drawn, grid

DRAWS = 20
# Points that Optuna proposes before it is told of any of them: so many, whatever the workers, so
# that the same points are proposed wherever and however often the sweep is run.
TOGETHER = 8


class AbstractSearch(ABC):
    """Proposes points until it has no more.

    Attributes:
        points: how many it proposes, or at most.
    """

    points: int

    @abstractmethod
    def ask(self) -> list[Point]:
        """Points to run next; none at the end."""

    @abstractmethod
    def tell(self, scores: Sequence[float | None]) -> None:
        """What the points that were asked for last have reached, larger being better; None where
        they failed."""


class Listed(AbstractSearch):
    """Points that are known before any is run."""

    def __init__(self, points: Sequence[Point]):
        self._left, self.points = list(points), len(points)

    def ask(self) -> list[Point]:
        left, self._left = self._left, []
        return left

    def tell(self, scores: Sequence[float | None]) -> None:
        pass


class Optuna(AbstractSearch):
    """Points that Optuna's tree of Parzen estimators proposes, some at a time.

    It is told what it has proposed in order, so that with equal scores it proposes equal points.
    """

    def __init__(self, config: SweepConfig):
        if find_spec("optuna") is None:
            raise SweepError(
                'Expected optuna for method = "optuna"; got a Python without it. Try pip install '
                'optuna, or method = "random".'
            )
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.config, self.points, self._asked = config, config.draws or DRAWS, 0
        sampler = optuna.samplers.TPESampler(seed=config.run.get("seed", 0))
        self._study = optuna.create_study(sampler=sampler, direction="maximize")
        self._open: list[Any] = []

    def ask(self) -> list[Point]:
        count = min(TOGETHER, self.points - self._asked)
        self._asked += count
        self._open = [self._study.ask() for _ in range(count)]
        space = self.config.space.items()
        return [
            {name: _proposed(trial, name, axis) for name, axis in space} for trial in self._open
        ]

    def tell(self, scores: Sequence[float | None]) -> None:
        from optuna.trial import TrialState

        for trial, score in zip(self._open, scores, strict=True):
            if score is None:
                self._study.tell(trial, state=TrialState.FAIL)
            else:
                self._study.tell(trial, score)


def search(config: SweepConfig) -> AbstractSearch:
    """The search that a configuration asks for.

    Raises:
        SweepError: it needs what is not installed, or a grid has a range.
    """
    if config.method == "optuna":
        return Optuna(config)
    if config.method == "grid":
        return Listed(grid(config.space))
    return Listed(drawn(config.space, config.draws or DRAWS, config.run.get("seed", 0)))


def _proposed(trial: Any, name: str, axis: Axis) -> Any:
    if isinstance(axis, Choice):
        # By their places, for a value may be a list.
        return axis.values[trial.suggest_categorical(name, range(len(axis.values)))]
    suggest = trial.suggest_int if axis.whole else trial.suggest_float
    return suggest(name, axis.low, axis.high, log=axis.log)
