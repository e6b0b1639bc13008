"""A small network's step as one kernel: on processors most of its time is hand-overs otherwise."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental.xla_metadata import set_xla_metadata
from jax.extend.core import Jaxpr, JaxprEqn

from onward.cost.jaxprs import called

# XLA hands the kernels of a program to a pool of threads, one by one, where there are more than
# eight: some .2 µs each. What is called with these attributes it compiles as a whole instead.
ATTRIBUTES = {"inlineable": "false", "xla_cpu_small_call": "true"}
# For the program around it. Sums of many terms stay XLA's own, and do not go to a library that is
# out of a kernel's reach. Above level 2 small loops are unrolled, and then what a sum of products
# is rounded to depends on what stands around the kernel. XLA keeps to vectors of 256 bits where a
# processor has wider ones: with those a dense cell's step takes .8 of the time.
OPTIONS = {
    "xla_cpu_experimental_ynn_fusion_type": "",
    "xla_backend_optimization_level": 2,
    "xla_cpu_prefer_vector_width": 512,
}
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
    if jax.default_backend() != "cpu" or numbers > MOST or not _understood():
        return False
    return _within(step.trace(*arguments).jaxpr.jaxpr)


def as_one_kernel(step: Any) -> Callable[..., Any]:
    """The same function as one kernel of a compiled program; results differ by rounding alone.

    The program has to be compiled with `OPTIONS`, and nothing may transform it further: `jax.vmap`
    would make writes at several places of one, and products of two matrices of one with a vector.

    Args:
        step: a pure function, within `jax.jit`, that `fits`.
    """

    def call(*arguments: Any) -> Any:
        (first, *others), structure = jax.tree.flatten(step(*arguments))
        # An attribute of any result is one of the call that made it.
        return jax.tree.unflatten(structure, [set_xla_metadata(first, **ATTRIBUTES), *others])

    return call


@cache
def _understood() -> bool:
    """Whether this XLA knows the options and heeds the attributes, which are no public promise."""
    program = jax.jit(as_one_kernel(jax.jit(jnp.sin)), compiler_options=OPTIONS)
    try:
        compiled = program.lower(jax.ShapeDtypeStruct((), jnp.float32)).compile()
    except (jax.errors.JaxRuntimeError, TypeError, ValueError):
        return False
    return " call(" in (compiled.as_text() or "")


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
