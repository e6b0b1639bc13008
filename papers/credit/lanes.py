"""A network that learns at several rates side by side, whose predictions a mixture weighs."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward.cells import derive
from onward.learning import execution
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.losses import Squared
from onward.mixing import Mixing
from onward.mixtures import mixture_programs, together
from onward.mixtures.table import Table, initial
from onward.readouts import Linear
from onward.runs import CELLS, parse_rule
from onward.scales import Unscaled
from papers.credit.tasks import WIDTH

# Of Adam; more than a decade, so that none of them has to suit a task.
RATES = (5e-4, 2e-3, 8e-3)
# Units of each cell, such that the state is 24 numbers; the LSTM's is 32.
CELL_SIZES = {"rnn": 24, "ctrnn": 24, "gru": 24, "lstm": 16, "indrnn": 24, "lru": 12, "rtu": 12}


def make_learner(cell: str, rule: str, rate: float, seed: int) -> Learner:
    """The learner of a seed at one rate: a linear readout, and numbers as they are."""
    network = CELLS[cell](WIDTH, CELL_SIZES[cell], key=jax.random.key(seed))
    return Learner(
        network,
        1,
        rule=parse_rule(rule),
        optimizer="adam",
        learning_rate=rate,
        readout=Linear(derive.emitted_size(network), 1, dtype=network.dtype),
        scale=Unscaled(),
    )


def lanes(cell: str, rule: str, seed: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What the same network predicts at each rate, every sample before it is learnt from.

    It does what `Learner.run` does at each of them; side by side they cost little more than one.

    Args:
        cell: the name of a cell.
        rule: as `onward run --rule` takes it.
        seed: of the weights, and of what the rule draws.
        x: shape (rows, WIDTH).
        y: shape (rows, 1); NaN where there is no label.

    Returns:
        Shape (rates, rows, 1); NaN where a network has none.
    """
    learner = make_learner(cell, rule, RATES[0], seed)
    state = learner.init(jax.random.key(seed))
    states = jax.tree.map(lambda leaf: jnp.stack([leaf] * len(RATES)), state)
    groups = {
        group: jnp.asarray(RATES, held.dtype) for group, held in states.learning_rates.items()
    }
    return np.asarray(_passing(cell, rule)(states.replace(learning_rates=groups), x, y))


@cache
def _passing(cell: str, rule: str) -> Callable[..., Any]:
    """Compiled once for all tasks and seeds: weights and rates are in the state."""
    learner = make_learner(cell, rule, RATES[0], 0)

    def one(state: LearnerState, x: Any, y: Any) -> Any:
        return learner.run(state, x, y)[1].prediction

    return jax.jit(jax.vmap(one, in_axes=(0, None, None)))


def mixed(predictions: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What a mixture of members makes of their predictions, as `onward.Mixture` does.

    Args:
        predictions: shape (members, rows, 1).
        y: shape (rows, 1); NaN where there is no label.

    Returns:
        Shape (rows, 1): each made before its label was learnt from.
    """
    table = Table((), Mixing(), Squared(), 1, 0, True)
    around = LearnerState(initial(table, len(predictions), jnp.dtype(np.float32)))
    # Of the inputs a mixture sees nothing; their number stands in the shapes alone.
    seen = Observation(np.zeros((len(y), 1), np.float32), y, None, None)
    heard = together.heard_rows(seen, list(predictions))
    take = partial(mixture_programs.run_around, table, False)
    _, packed = execution.in_pieces(take, around, heard)
    return np.asarray(packed)[:, :1]
