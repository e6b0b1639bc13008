"""From what a cell emits to what is predicted."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float


class Linear(eqx.Module):
    """output = V emitted + D x + c, starting at zero.

    D, the direct path from the input, lets the readout use what needs no memory at once.

    Args:
        features: numbers that the cell emits.
        outputs: numbers to put out.
        direct: width of x for the direct path; 0 for none.
        dtype: of the parameters; JAX's default float if not given.
    """

    weight: Float[Array, "outputs features"]
    direct: Float[Array, "outputs m"] | None
    bias: Float[Array, " outputs"]

    def __init__(self, features: int, outputs: int, *, direct: int = 0, dtype=None):
        check_sizes(features=features, outputs=outputs)
        if direct:
            check_sizes(direct=direct)
        dtype = real_dtype(dtype)
        self.weight = jnp.zeros((outputs, features), dtype)
        self.direct = jnp.zeros((outputs, direct), dtype) if direct else None
        self.bias = jnp.zeros(outputs, dtype)

    def __call__(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " outputs"]:
        output = self.weight @ emitted + self.bias
        return output if self.direct is None else output + self.direct @ x


def persistent(readout: Linear) -> Linear:
    """The readout with the identity on the last inputs of its direct path: with the fed-back
    label there and a running scale, it starts by predicting that label again."""
    direct = readout.direct
    if direct is None:
        raise ValueError("Expected a readout with a direct path; got none. Try direct=width of x.")
    outputs = direct.shape[0]
    carried = direct.at[:, -outputs:].set(jnp.eye(outputs, dtype=direct.dtype))
    return eqx.tree_at(lambda linear: linear.direct, readout, carried)
