"""How long a decoder takes for a bin."""

import time
from typing import Any

import jax
import jax.numpy as jnp

from onward.decoders.learner import observed
from onward.learning.state import LearnerState
from onward.recordings import Session
from onward.serving import Latency

WARM, BINS = 200, 2_000


def latency_of(decoder: Any, state: LearnerState, session: Session) -> dict[str, Any]:
    """Seconds from a bin to its prediction and update, one bin at a time from Python.

    Args:
        decoder: a `Learner`, or what is around one.
        state: of it; kept.
        session: whose first bins are decoded.

    Returns:
        What `Latency.summary` tells, the load of the machine too.
    """
    rows = jax.tree.map(lambda leaf: leaf[: WARM + BINS], observed(session))
    state, waited = jax.tree.map(jnp.copy, state), Latency()
    for row in range(len(rows.x)):
        began = time.perf_counter()
        state, _ = decoder.step(state, rows.x[row], rows.y[row])
        if row >= WARM:
            waited.add(time.perf_counter() - began)
    return waited.summary()
