"""The walk over a traced function."""

from collections.abc import Iterator
from typing import Any

from jax.extend.core import ClosedJaxpr, Jaxpr


def called(params: dict[str, Any]) -> Iterator[Jaxpr]:
    """The functions that an equation calls, from its parameters."""
    # `jax.extend.core.jaxprs_in_params` does the same, but not in the oldest JAX that we support.
    for value in params.values():
        for each in value if isinstance(value, tuple | list) else (value,):
            if isinstance(each, ClosedJaxpr):
                yield each.jaxpr
            elif isinstance(each, Jaxpr):
                yield each
