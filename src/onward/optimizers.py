"""Optimizers by name, on optax. The learning rate stays outside, so that it can be swept."""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

# Second-moment normalisation without bias correction: the first updates are about 1/√(1-β2)
# times larger, which finds the scale of a new stream within tens of samples. The square root's
# guard is far below float32 gradients of interest, else small recurrent gradients (claim B4:
# a hundredth of the readout's) would not be normalised.
_DIRECTIONS: dict[str, tuple[float, Callable[[], optax.GradientTransformation]]] = {
    "sgd": (2e-3, optax.identity),
    "momentum": (2e-4, lambda: optax.trace(decay=0.9)),
    "rmsprop": (1e-3, lambda: optax.scale_by_rms(decay=0.999, eps=1e-16)),
    "adam": (1e-3, lambda: optax.scale_by_adam(b1=0.9, b2=0.999)),
    "adagrad": (1e-2, lambda: optax.scale_by_rss(initial_accumulator_value=0.0, eps=1e-16)),
}

OPTIMIZERS = tuple(_DIRECTIONS)


class Optimizer(eqx.Module):
    """How gradients become steps: an optax direction times a learning rate per group.

    A group is a path into the model: `"cell"`, `"readout"`, or deeper, `"cell.recurrent"`,
    `"readout.direct"`. Of several that match a parameter the longest counts.

    Args:
        name: one of `OPTIMIZERS`.
        learning_rate: one for all, or a mapping from group to rate; parameters in no named
            group use the optimizer's default. None is the default for all.
    """

    name: str = eqx.field(static=True)
    rates: tuple[tuple[str, float], ...] = eqx.field(static=True)

    def __init__(self, name: str, learning_rate: float | Mapping[str, float] | None = None):
        if name not in _DIRECTIONS:
            raise ValueError(
                f"Expected an optimizer among {', '.join(OPTIMIZERS)}; got {name!r}. "
                "Try 'rmsprop', or 'auto' where a learner chooses."
            )
        default = _DIRECTIONS[name][0]
        if learning_rate is None:
            learning_rate = default
        rates = learning_rate if isinstance(learning_rate, Mapping) else {"": learning_rate}
        for group, rate in rates.items():
            if not 0 <= rate < float("inf"):
                where = f" of group {group!r}" if group else ""
                raise ValueError(
                    f"Expected a finite learning rate >= 0{where}; got {rate}. Try {default}."
                )
        self.name = name
        self.rates = tuple(sorted({"": default, **rates}.items()))

    @property
    def direction(self) -> optax.GradientTransformation:
        """The optax transformation, without the learning rate."""
        return _DIRECTIONS[self.name][1]()

    def learning_rates(self, parameters: Any, dtype) -> dict[str, jax.Array]:
        """The rates that are in use, as scalars that a learner's state can hold.

        Raises:
            ValueError: a group that matches no parameter.
        """
        groups = self._groups(parameters)
        used = set(jax.tree.leaves(groups))
        for group, _ in self.rates:
            if group and group not in used:
                paths = ", ".join(sorted(set(jax.tree.leaves(_paths(parameters)))))
                raise ValueError(
                    f"Expected learning-rate groups that match a parameter; got {group!r}. "
                    f"Try 'cell', 'readout' or one of {paths}."
                )
        return {group: jnp.asarray(rate, dtype) for group, rate in self.rates if group in used}

    def step(
        self, rates: Mapping[str, jax.Array], state: optax.OptState, gradients: Any, parameters: Any
    ) -> tuple[Any, optax.OptState]:
        """Parameters after one update, and the optimizer's new state."""
        # optax's adam raises a float to an integer count, which strict promotion forbids.
        with jax.numpy_dtype_promotion("standard"):
            direction, state = self.direction.update(gradients, state, parameters)
        groups = self._groups(parameters)
        moved = jax.tree.map(
            lambda group, weight, move: weight - rates[group] * move, groups, parameters, direction
        )
        return moved, state

    def _groups(self, parameters: Any) -> Any:
        """The group of each parameter, in a tree of the parameters' shape."""
        names = sorted((group for group, _ in self.rates), key=len, reverse=True)

        def longest(path: str) -> str:
            return next(name for name in names if not name or f"{path}.".startswith(f"{name}."))

        return jax.tree.map(longest, _paths(parameters))


def _paths(parameters: Any) -> Any:
    """The dotted path of each parameter, in a tree of the parameters' shape."""

    def dotted(path, _) -> str:
        return jax.tree_util.keystr(path, simple=True, separator=".")

    return jax.tree_util.tree_map_with_path(dotted, parameters)
