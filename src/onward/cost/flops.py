"""Floating-point operations of a function, counted on its traced form; nothing is run."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax.extend.core import Jaxpr, JaxprEqn

from onward.cost.jaxprs import called

# They move numbers, or choose among them, and compute none.
MOVES = {
    "bitcast_convert_type",
    "broadcast_in_dim",
    "concatenate",
    "convert_element_type",
    "copy",
    "dynamic_slice",
    "dynamic_update_slice",
    "expand_dims",
    "gather",
    "optimization_barrier",
    "pad",
    "reduce_precision",
    "reshape",
    "rev",
    "scatter",
    "select_n",
    "slice",
    "sort",
    "split",
    "squeeze",
    "stop_gradient",
    "top_k",
    "transpose",
}


def flops(function: Callable[..., Any], *arguments: Any) -> int:
    """Operations of one call, an elementary function (exp, tanh, ...) counted as one.

    A product of matrices counts 2 for each multiply-add, a sum one for each term after the first,
    anything else one for each entry of a floating result (too little for a factorisation, such
    as an SVD). Moves, choices, integers and comparisons are free, and so is what no result
    needs. A loop counts once for each turn (a `while_loop`, whose turns are not known, for one
    of them), a branch as its dearest. Complex operations count as one. The same expression
    written twice counts twice; XLA may share it.

    Args:
        function: a pure function.
        arguments: trees of arrays, or of `jax.ShapeDtypeStruct` in their place.
    """
    traced, _, _ = eqx.filter_make_jaxpr(function)(*arguments)
    return _of_jaxpr(traced.jaxpr)


def _of_jaxpr(jaxpr: Jaxpr) -> int:
    return sum(_of_equation(equation) for equation in _needed(jaxpr))


def _needed(jaxpr: Jaxpr) -> Iterator[JaxprEqn]:
    """The equations that some result depends on, last first."""
    wanted = {id(variable) for variable in jaxpr.outvars}
    for equation in reversed(jaxpr.eqns):
        if equation.effects or any(id(variable) in wanted for variable in equation.outvars):
            wanted |= {id(variable) for variable in equation.invars}
            yield equation


def _of_equation(equation: JaxprEqn) -> int:
    name, params = equation.primitive.name, equation.params
    inner = [_of_jaxpr(jaxpr) for jaxpr in called(params)]
    if name == "cond":
        return max(inner)
    if name.startswith("scatter"):
        # Of an addition to some entries the inner function is the addition of two of them.
        return 0 if name in MOVES else _entries(equation.invars[2])
    if inner:
        return params.get("length", 1) * sum(inner)
    results = sum(_entries(variable) for variable in equation.outvars)
    if name in MOVES or not results:
        return 0
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        left: Any = equation.invars[0].aval
        return 2 * results * math.prod(left.shape[axis] for axis in contracted)
    if name.startswith("reduce_"):
        return sum(_entries(variable) for variable in equation.invars) - results
    return results


def _entries(variable: Any) -> int:
    """How many floating-point numbers a variable holds."""
    aval = variable.aval
    return math.prod(aval.shape) if jnp.issubdtype(aval.dtype, jnp.inexact) else 0
