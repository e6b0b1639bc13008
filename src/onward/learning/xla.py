"""What we use of XLA and JAX that they do not promise to keep: tried first, and done without.

Each door is tried once in a process, before it is used. A door that is shut costs time and changes
no result; one line says so through the logger `onward`.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp

LOG = logging.getLogger("onward")

# XLA hands the kernels of a program to a pool of threads, one by one, where there are more than
# eight: some .2 µs each. What is called with these attributes it compiles as a whole instead.
KERNEL_ATTRIBUTES = {"inlineable": "false", "xla_cpu_small_call": "true"}
# For the program around it. Sums of many terms stay XLA's own, and do not go to a library that is
# out of a kernel's reach. Above level 2 small loops are unrolled, and then what a sum of products
# is rounded to depends on what stands around the kernel. XLA keeps to vectors of 256 bits where a
# CPU has wider ones: with those a dense cell's step takes .8 of the time.
KERNEL_OPTIONS = {
    "xla_cpu_experimental_ynn_fusion_type": "",
    "xla_backend_optimization_level": 2,
    "xla_cpu_prefer_vector_width": 512,
}
# What a program does outside of its kernels is done in turn: several threads cost more than they
# save, a half of the time of a step that compares a sample with a thousand.
IN_TURN_OPTIONS = {"xla_cpu_scheduler_type": "CPU_SCHEDULER_TYPE_MEMORY_OPTIMIZED"}
# For a program that runs once, so that compiling it is all that it costs.
QUICK_OPTIONS = {"xla_backend_optimization_level": 0}
SYNCHRONOUS = "jax_cpu_enable_async_dispatch"


def fast_dispatch() -> None:
    """Make each `Learner.step` on a CPU shorter, by a setting of JAX that holds for the process.

    JAX hands each computation to a thread of XLA's and returns at once. A step that the next one
    waits for has nothing to overlap with, and the hand-over takes longer than the step of a small
    network. After this call JAX computes on the caller's own thread (to .44 of the time of a
    `step` in docs/benchmarks.md; `run` and results are the same).

    Call it before anything has run on JAX, for JAX reads the setting when it starts on the CPU;
    later calls have no effect. It costs a program that does other work in Python while JAX
    computes: each call then waits for its result. GPUs and TPUs are not concerned. A JAX without
    the setting is left as it is, and one line is logged.
    """
    try:
        jax.config.update(SYNCHRONOUS, False)
    # Whatever a later JAX raises for a setting that it has given up.
    except Exception as error:
        _say_shut("the setting for synchronous dispatch", "a step from Python", error)


def mark_kernel(result: Any) -> Any:
    """An array of a jitted function's results, as a mark that its call is to be one kernel."""
    from jax.experimental.xla_metadata import set_xla_metadata

    return set_xla_metadata(result, **KERNEL_ATTRIBUTES)


@cache
def makes_kernels() -> bool:
    """Whether this XLA knows `KERNEL_OPTIONS` and heeds the attributes of a call."""
    try:
        marked = jax.jit(
            lambda x: mark_kernel(jax.jit(jnp.sin)(x)), compiler_options=KERNEL_OPTIONS
        )
        if " call(" in _compiled(marked):
            return True
        found: Any = "no call in the compiled program"
    # Whatever a later JAX raises: nothing of this is promised.
    except Exception as error:
        found = error
    _say_shut("small networks as one kernel", "learning", found)
    return False


@cache
def kernel_options() -> dict[str, Any]:
    """The options that a program with kernels in it is compiled with."""
    try:
        _compiled(jax.jit(jnp.sin, compiler_options=IN_TURN_OPTIONS))
    # As above.
    except Exception as error:
        _say_shut("one thread for what is around kernels", "keeping samples", error)
        return KERNEL_OPTIONS
    return {**KERNEL_OPTIONS, **IN_TURN_OPTIONS}


@cache
def compiles_quickly() -> bool:
    """Whether this XLA knows `QUICK_OPTIONS`."""
    try:
        _compiled(jax.jit(jnp.sin, compiler_options=QUICK_OPTIONS))
    # As above.
    except Exception as error:
        _say_shut("compiling without optimization", "making a learner", error)
        return False
    return True


def compiled_quickly(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that runs seldom, compiled without optimization where XLA lets us.

    It is computed at once, under `vmap` or `jit` too, and so takes no tracers.

    Args:
        function: of arrays; compiled once for arrays of the same shapes.
    """
    plain, quick = jax.jit(function), jax.jit(function, compiler_options=QUICK_OPTIONS)
    made: dict[Any, Any] = {}

    def call(*arguments: Any) -> Any:
        leaves, structure = jax.tree.flatten(arguments)
        shapes = structure, *((leaf.shape, leaf.dtype) for leaf in leaves)
        if shapes not in made:
            # Within `jax.ensure_compile_time_eval` JAX would also compile, one by one, what is
            # constant in the function.
            program = quick if compiles_quickly() else plain
            made[shapes] = program.lower(*arguments).compile()
        return made[shapes](*arguments)

    return call


def _compiled(program: Any) -> str:
    """The text of what XLA makes of a program of one number."""
    return program.lower(jax.ShapeDtypeStruct((), jnp.float32)).compile().as_text() or ""


def _say_shut(door: str, slower: str, found: object) -> None:
    reason = str(found).split("\n")[0]
    LOG.warning(
        "JAX %s does not offer %s (%s): %s takes longer, with the same results.",
        jax.__version__,
        door,
        reason,
        slower,
    )
