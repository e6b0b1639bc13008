"""The nonlinearities that a cell may be given by name."""

from typing import Literal, get_args

import jax
import jax.numpy as jnp

from onward._typing import Array, Float

Activation = Literal["tanh", "relu"]


def check_activation(name: str) -> None:
    """Raise ValueError unless the activation is one of those known."""
    if name not in get_args(Activation):
        raise ValueError(
            f"Expected activation to be one of {', '.join(get_args(Activation))}; got {name!r}. "
            "Try activation='tanh'."
        )


def activate(name: Activation, value: Float[Array, " n"]) -> Float[Array, " n"]:
    """The activation of each number."""
    return jnp.tanh(value) if name == "tanh" else jax.nn.relu(value)


def slope_at(name: Activation, activated: Float[Array, " n"]) -> Float[Array, " n"]:
    """The activation's derivative, read off its value: 1 - y², or y > 0.

    At the kink of relu it is 0, as autodiff has it.
    """
    return 1 - activated**2 if name == "tanh" else (activated > 0).astype(activated.dtype)
