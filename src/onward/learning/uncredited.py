"""Refuses cells with a parameter that would get a zero gradient in silence."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._trees import names
from onward._typing import Array, Bool, State
from onward.algebra import materialise
from onward.cells import AbstractCell
from onward.cells.derive import immediate_gradient, read_parameters
from onward.learning.architecture import drawn

# Up to here weights are drawn and tried within a second or so; beyond, a cell is taken on trust.
MOST_PARAMETERS = 10_000_000


def refuse_unread(cell: AbstractCell) -> None:
    """Raise ValueError where neither the step nor the output reads some parameter.

    At trace time, for nothing.
    """

    def shapes() -> tuple[State, Array]:
        return cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)

    read: list[bool] = []
    jax.eval_shape(lambda given: read.extend(read_parameters(cell, *given)), jax.eval_shape(shapes))
    unread = [path for path, found in zip(_paths(cell), read, strict=True) if not found]
    if unread:
        raise ValueError(
            f"Expected every parameter of {type(cell).__name__} to be read by __call__ or emit; "
            f"got {', '.join(unread)}, read by neither. Try using it there, or removing it."
        )


def refuse_uncredited(cell: AbstractCell, seed: int = 0) -> None:
    """Raise ValueError where a declared `immediate_gradient` forgets a parameter.

    Forgotten is one whose gradient is zero at random weights, state and signal, and by autodiff
    is not. Compiled once per kind of cell; a cell that declares nothing has nothing to check.
    """
    declared = type(cell).immediate_gradient is not AbstractCell.immediate_gradient
    count = sum(leaf.size for leaf in jax.tree.leaves(cell.parameters()))
    if not declared or count > MOST_PARAMETERS:
        return
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    state = eqx.filter_eval_shape(cell.init_state)
    x = jax.ShapeDtypeStruct((cell.input_size,), cell.dtype)
    with jax.ensure_compile_time_eval():
        forgotten = np.asarray(_forgotten(rest, *drawn((arrays, state, x, state), seed)))
    names = [path for path, found in zip(_paths(cell), forgotten, strict=True) if found]
    if names:
        raise ValueError(
            f"Expected immediate_gradient of {type(cell).__name__} to credit every parameter that "
            f"moves the state; got zero for {', '.join(names)}, and autodiff does not. Try "
            "leaving it to AbstractCell, which takes it from autodiff."
        )


def of_the_library(cell: AbstractCell) -> bool:
    """Whether all modules in a cell are the library's own, which its tests have tried."""
    kinds: list[type] = []

    def goes_on(node: Any) -> bool:
        kinds.append(type(node))
        return False

    jax.tree.leaves(cell.parameters(), is_leaf=goes_on)
    modules = {kind.__module__ for kind in kinds if issubclass(kind, eqx.Module)}
    return all(name.startswith("onward.") for name in modules)


@eqx.filter_jit
def _forgotten(
    rest: AbstractCell, weights: AbstractCell, state_prev: State, x: Array, signal: State
) -> Bool[Array, " leaves"]:
    """For each parameter whether only autodiff finds a gradient."""
    cell = eqx.combine(weights, rest)
    declared = _sizes(materialise(cell.immediate_gradient(state_prev, x, signal)))
    true = _sizes(immediate_gradient(cell, state_prev, x, signal))
    # What rounding leaves of a derivative that is zero is not one.
    felt = true > 1e3 * jnp.finfo(true.dtype).eps * jnp.max(true)
    return felt & (declared == 0)


def _sizes(gradients: Any) -> Array:
    return jnp.stack([jnp.max(jnp.abs(leaf), initial=0) for leaf in jax.tree.leaves(gradients)])


def _paths(cell: AbstractCell) -> list[str]:
    """The dotted path of each parameter, as the groups of learning rates are written."""
    return [f"cell.{name}" for name in names(cell.parameters())]
