"""A small network's step as one kernel: on a CPU most of its time is hand-overs otherwise."""

import math
from collections.abc import Callable
from typing import Any

import jax
from jax.extend.core import Jaxpr, JaxprEqn

from onward.cost.jaxprs import called
from onward.learning import xla

# Numbers in a state, beyond which a second thread saves more than the hand-overs cost.
MOST = 600_000
# What XLA can compile within a kernel, and well: factorisations, sorting and writing at several
# places are out of its reach there, and a product of two matrices takes up to ninety times as long.
WITHIN = """
    abs add add_any and argmax argmin bitcast_convert_type broadcast_in_dim complex concatenate
    cond convert_element_type copy cos cumsum custom_jvp_call custom_vjp_call div dynamic_slice
    dynamic_update_slice eq erf_inv erfc exp expand_dims expm1 floor gather ge gt imag
    integer_pow iota is_finite jit le log log1p logistic lt max min mul ne neg not or pad
    platform_index pow random_bits random_fold_in random_seed random_split random_unwrap
    random_wrap real reduce_and reduce_max reduce_min reduce_or reduce_prod reduce_sum rem
    reshape rev rsqrt scan select_n shift_left shift_right_arithmetic shift_right_logical sign
    sin slice split sqrt square squeeze stack stop_gradient sub tanh tile transpose unstack
    while xor
"""


def fits(step: Any, *arguments: Any) -> bool:
    """Whether a step is better one kernel, here, and XLA able to make it one.

    Args:
        step: a pure function, within `jax.jit`.
        arguments: trees of arrays, or of `jax.ShapeDtypeStruct` in their place.
    """
    numbers = sum(leaf.size for leaf in jax.tree.leaves(arguments))
    if jax.default_backend() != "cpu" or numbers > MOST:
        return False
    if not xla.makes_kernels():
        return False
    jaxpr = step.trace(*arguments).jaxpr.jaxpr
    # XLA aborts where a kernel hands out an array of no numbers.
    return all(0 not in made.aval.shape for made in jaxpr.outvars) and _within(jaxpr)


def as_one_kernel(step: Any) -> Callable[..., Any]:
    """The same function as one kernel of a compiled program; results differ by rounding alone.

    The program has to be compiled with `xla.kernel_options`, and nothing may transform it further:
    `jax.vmap` would make writes at several places of one, and products of two matrices of one with
    a vector.

    Args:
        step: a pure function, within `jax.jit`, that `fits`.
    """

    def call(*arguments: Any) -> Any:
        (first, *others), structure = jax.tree.flatten(step(*arguments))
        # A mark on any result is one on the call that made it.
        return jax.tree.unflatten(structure, [xla.mark_kernel(first), *others])

    return call


def _within(jaxpr: Jaxpr) -> bool:
    return all(
        _simple(equation) and all(map(_within, called(equation.params))) for equation in jaxpr.eqns
    )


def _simple(equation: JaxprEqn) -> bool:
    name = equation.primitive.name
    shapes = [getattr(variable.aval, "shape", ()) for variable in equation.invars]
    if name == "dot_general":
        # A matrix and a vector, or two vectors.
        contracted, batched = equation.params["dimension_numbers"]
        free = (
            math.prod(size for axis, size in enumerate(shape) if axis not in (*summed, *shared))
            for shape, summed, shared in zip(shapes, contracted, batched, strict=True)
        )
        depth = math.prod(shapes[0][axis] for axis in contracted[0])
        return min(*free, depth) == 1
    if name == "scatter":
        # At one place; at several it is a loop.
        return math.prod(shapes[1][:-1]) == 1
    return name in WITHIN.split()
