"""Optimizers by name, on optax. The learning rate stays outside, so that it can be swept."""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from onward._checks import check_kind, is_real
from onward._trees import dotted
from onward._typing import Array, Float


def inverse_root(values: Float[Array, "..."]) -> Float[Array, "..."]:
    """1/√v of positive, normal numbers; relative error below 1e-6 in float32.

    There without a root or a division, which on CPUs take longer than the rest of an update: a
    first guess from halving the exponent, then two steps of Newton's, y (3 - v y²)/2, the first
    with coefficients that make its largest error least, 7e-4 (Kadlec 2010).
    """
    if values.dtype != jnp.float32:
        return jax.lax.rsqrt(values)
    bits = jax.lax.bitcast_convert_type(values, jnp.int32)
    guess = jnp.int32(0x5F1FFFF9) - jax.lax.shift_right_arithmetic(bits, jnp.int32(1))
    root = jax.lax.bitcast_convert_type(guess, jnp.float32)
    root = 0.703952253 * root * (2.38924456 - values * root * root)
    return root * (1.5 - 0.5 * values * root * root)


def _scale_by_rms(decay: float, floor: float) -> optax.GradientTransformation:
    """v ← decay v + (1 - decay) g²;  direction g / √(v + floor): optax's, with `inverse_root`."""

    def init(params: Any) -> optax.ScaleByRmsState:
        return optax.ScaleByRmsState(jax.tree.map(jnp.zeros_like, params))

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, optax.ScaleByRmsState]:
        del params
        squares = jax.tree.map(
            lambda gradient, square: (1 - decay) * gradient**2 + decay * square, updates, state.nu
        )
        direction = jax.tree.map(
            lambda gradient, square: gradient * inverse_root(square + floor), updates, squares
        )
        return direction, optax.ScaleByRmsState(squares)

    return optax.GradientTransformation(init, update)


# Second-moment normalisation without bias correction: the first updates are about 1/√(1-β2)
# times larger, which finds the scale of a new stream within tens of samples. The square root's
# guard is far below float32 gradients of interest, else small recurrent gradients (claim B4:
# a hundredth of the readout's) would not be normalised.
_DIRECTIONS: dict[str, tuple[float, Callable[[], optax.GradientTransformation]]] = {
    "sgd": (2e-3, optax.identity),
    "momentum": (2e-4, lambda: optax.trace(decay=0.9)),
    "rmsprop": (1e-3, lambda: _scale_by_rms(decay=0.999, floor=1e-16)),
    # As Adam without its momentum: the first updates are no larger than the later ones.
    "rmsprop-corrected": (
        1e-3,
        lambda: optax.scale_by_rms(decay=0.999, eps=1e-8, eps_in_sqrt=False, bias_correction=True),
    ),
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
            check_kind("a learning-rate group", group, str, "'cell'")
            if not (is_real(rate) and rate >= 0):
                where = f" of group {group!r}" if group else ""
                raise ValueError(
                    f"Expected a finite learning rate >= 0{where}; got {rate!r}. Try {default}."
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

    return jax.tree_util.tree_map_with_path(lambda path, _: dotted(path), parameters)
