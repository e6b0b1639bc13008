"""From what a cell emits to what is predicted."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float
from onward.readouts.base import AbstractReadout


class Linear(AbstractReadout):
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
        # By NumPy, for which nothing is compiled.
        self.weight = jnp.asarray(np.zeros((outputs, features), dtype))
        self.direct = jnp.asarray(np.zeros((outputs, direct), dtype)) if direct else None
        self.bias = jnp.asarray(np.zeros(outputs, dtype))

    def __call__(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " outputs"]:
        output = self.weight @ emitted + self.bias
        return output if self.direct is None else output + self.direct @ x

    def persistent(self, repeating: np.ndarray) -> "Linear":
        """With the last inputs of the direct path, the fed-back label, as they make the outputs:
        with a running scale the readout starts by predicting that label again.

        Args:
            repeating: shape (outputs, width), ones and zeros; the identity for a prediction that
                is like the label.

        Raises:
            ValueError: there is no direct path.
        """
        if self.direct is None:
            raise ValueError(
                "Expected a readout with a direct path; got none. Try direct=width of x."
            )
        width = repeating.shape[1]
        if isinstance(self.direct, Tracer):
            carried = self.direct.at[:, -width:].set(jnp.asarray(repeating, self.direct.dtype))
        else:
            carried = np.array(self.direct)
            carried[:, -width:] = repeating
            carried = jnp.asarray(carried)
        return eqx.tree_at(lambda linear: linear.direct, self, carried)
