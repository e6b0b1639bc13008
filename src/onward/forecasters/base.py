"""What a forecaster is."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx

from onward._trees import with_settings
from onward._typing import Array, Bool, Float


class AbstractForecaster(eqx.Module):
    """Forecasts labels from the labels before them, and from nothing else.

    To add a forecaster, subclass in a file of its own and write `init`, `update` and `forecast`,
    and `begin` where something belongs to one sequence alone. Its fields are static settings:
    numbers, strings or tuples, so that equal forecasters hash alike. What moves with the rows is
    the state, a tree of arrays whose shapes and dtypes never change.

    The functions are pure and run within a compiled loop. On a CPU that loop is one kernel, so
    they do without sorting, factorisations, products of two matrices and writes at several places.
    Within the loop call `update` first, then `forecast`, and carry the forecast to the next row:
    a state that is read before it is written is copied whole by XLA.

    Labels come in their raw units. Where a target is not known its label is any finite number,
    and none of it is read; time still moves on by a row. In classification a label is one-hot
    encoded, all of it known or none, and forecasts are probabilities. From finite labels up to
    1e18 every forecast is finite.

    Class attributes:
        numbers: whether it can forecast targets that are real numbers.
        classes: whether it can forecast classes.
    """

    numbers: ClassVar[bool] = True
    classes: ClassVar[bool] = True

    def __repr__(self) -> str:
        return with_settings(self)

    @abstractmethod
    def init(self, width: int, dtype, ahead: int) -> Any:
        """The state before the first row.

        Args:
            width: numbers in a label: targets, or classes.
            dtype: of labels and forecasts.
            ahead: how many rows after the newest one the forecasts are for, 1 or more; it is the
                same in every call of `forecast`. A forecaster may so learn this step directly.
        """

    @abstractmethod
    def update(
        self, state: Any, label: Float[Array, " width"], known: Bool[Array, " width"]
    ) -> Any:
        """The state after one more row; rows come in the order of time."""

    @abstractmethod
    def forecast(self, state: Any, ahead: int) -> Float[Array, " width"]:
        """The label `ahead` rows after the newest row; before any label, some finite numbers."""

    def unmet(self, state: Any) -> Any:
        """The state as if none of the classes had ever come, though there were labels; or None,
        where a class that has never come is as in a fresh state.

        A mixture that grows reads from it what to hold of a new class.
        """
        del state
        return None

    def begin(self, state: Any) -> Any:
        """The state as a new sequence begins, without what belongs to the one before."""
        return state
