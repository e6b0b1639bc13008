"""A5: the recurrent Jacobian's singular values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from onward import diagnose
from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from papers.adaptation import Network, follow, untrained
from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP
from papers.claims.b2 import WIDE_NEXT_STEP
from papers.inspection import inspect
from papers.lab import Lab
from papers.multiverse.jacobian import CONDITION
from papers.multiverse.universe import Universe
from papers.result import Figure, Row, Table, Verdict, shown
from papers.setting import Method, Setting, Training
from papers.tasks import SineShift

# Of the largest singular value: what is below counts as lost, in float32.
LOST = 1e-6
# The deviation of input and readout weights beside an orthogonal start.
SMALL_WEIGHTS = 0.1
ISOTROPIC = 10.0
COLUMNS = (
    "condition number of J",
    "rank of J, % of n",
    "effective rank of J, % of n",
    "condition number of the weights",
    "condition number of the slopes",
)


def measured(learner: Learner, state: LearnerState, xs: Any, ys: Any) -> Sequence[float]:
    """Medians over 16 samples. J = D R: its rows are the weights' times a unit's slope."""
    spectrum = diagnose.spectrum(learner, state, xs, ys, lengths=(1,))
    values = spectrum.singular_values[:, 0]
    energy = values**2
    weights = np.asarray(state.parameters["cell"].recurrent, np.float64)
    rows = diagnose.record(learner, state, xs, ys).states
    slopes = 1 - np.asarray(rows, np.float64)[spectrum.steps] ** 2
    with np.errstate(divide="ignore"):
        uneven = np.median(slopes.max(1) / slopes.min(1))
    return (
        float(np.median(spectrum.condition_number)),
        100 * float(np.median(np.mean(values > LOST * values[:, :1], axis=1))),
        100 * float(np.median(energy.sum(1) ** 2 / (energy**2).sum(1))) / values.shape[1],
        float(np.linalg.cond(weights)),
        float(uneven),
    )


def untrained_networks(lab: Lab, setting: Setting) -> Sequence[Network]:
    """As they start."""
    scaled = lab.scaled(setting)
    return [untrained(scaled, seed) for seed in lab.seeds]


def orthogonal_networks(lab: Lab, setting: Setting) -> Sequence[Network]:
    """Pre-trained as the others, but from the orthogonal matrix nearest to their start."""
    scaled, training = lab.scaled(setting), setting.training
    starts = []
    for network in untrained_networks(lab, setting):
        cell = network.parameters["cell"]
        left, _, right = np.linalg.svd(np.asarray(cell.recurrent))
        cell = eqx.tree_at(lambda cell: cell.recurrent, cell, jnp.asarray(left @ right))
        parameters = {**network.parameters, "cell": cell}
        starts.append((network._replace(parameters=parameters), training.rate))
    phases = [scaled.task.before(seed) for seed in lab.seeds]
    return follow(scaled, training.method, starts, phases, lab.threads)[0]


def small_orthogonal_networks(lab: Lab, setting: Setting) -> Sequence[Network]:
    """Pre-trained from orthogonal recurrent weights, with input and readout of .1·N(0, 1)."""
    scaled, training = lab.scaled(setting), setting.training
    starts = [(_small_orthogonal(one), training.rate) for one in untrained_networks(lab, setting)]
    phases = [scaled.task.before(seed) for seed in lab.seeds]
    return follow(scaled, training.method, starts, phases, lab.threads)[0]


def _small_orthogonal(network: Network) -> Network:
    draws = np.random.default_rng(network.seed)
    cell, readout = network.parameters["cell"], network.parameters["readout"]
    turned, upper = np.linalg.qr(draws.normal(size=cell.recurrent.shape))
    # The signs make it uniform over all orthogonal matrices.
    turned = turned * np.sign(np.diag(upper))
    inward, outward = (
        SMALL_WEIGHTS * draws.normal(size=one.shape) for one in (cell.input, readout.weight)
    )
    drawn = [jnp.asarray(one, cell.recurrent.dtype) for one in (turned, inward, outward)]
    parameters = {
        "cell": eqx.tree_at(lambda cell: (cell.recurrent, cell.input), cell, tuple(drawn[:2])),
        "readout": eqx.tree_at(lambda readout: readout.weight, readout, drawn[2]),
    }
    return network._replace(parameters={**network.parameters, **parameters})


KINDS = {
    "Pre-trained from ±1/√n": Lab.networks,
    "Pre-trained from orthogonal weights": orthogonal_networks,
    "Before any training": untrained_networks,
}
SHORTLY = Training(Method("immediate", "adam"))


@dataclass(frozen=True)
class A5(AbstractClaim):
    """Judged for each kind of pre-trained network, from each start, by means over seeds: every
    direction kept (singular values above a millionth of the largest), and a condition number of
    at most 10."""

    id: ClassVar[str] = "A5"
    statement: ClassVar[str] = "The recurrent Jacobian is of full rank and nearly isotropic"
    paper: ClassVar[str] = "condition number 2.6 to 6.5"
    notes: ClassVar[tuple[str, ...]] = (
        "J = D R: the slopes of the units times the recurrent weights. A square matrix of "
        "independent random weights has a condition number of about its size, so a J like the "
        "paper's needs weights that were orthogonal to begin with, which a table tries.",
        "The effective rank is (Σσ²)²/Σσ⁴: n where all directions are kept alike, n/2 for "
        "independent random weights.",
        "Condition numbers differ by orders of magnitude between networks, so that a mean is that "
        "of the worst. They grow in training, as units saturate: a slope of exactly 0 in float32 "
        "makes them infinite.",
        "The paper's start is not known. Its figures are met from an orthogonal recurrent matrix "
        "with input and readout weights of .1·N(0, 1) after a short pre-training by immediate "
        "derivatives with Adam at 1e-3 (the last table): small inputs saturate no unit, and a "
        "short training turns the weights little.",
    )

    settings: tuple[Setting, ...] = (NEXT_STEP, WIDE_NEXT_STEP, AHEAD)
    # Samples of pre-training beside the last start.
    short: tuple[int, ...] = (500, 1000, 2000)
    shortly: Training = SHORTLY

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "the median over the networks of the condition number of J, before adaptation, is at "
            "most 10",
            lambda draw: bool(np.median(draw.numbers[CONDITION]) <= ISOTROPIC),
            lambda draw: float(np.median(draw.numbers[CONDITION])),
            (2.6, 6.5),
            "condition number of J",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        tables = []
        for title, networks in KINDS.items():
            rows = []
            for setting, task in zip(
                self.settings, ("next step", "next step", "ten ahead"), strict=True
            ):
                found = inspect(lab, setting, "singular values of J", measured, networks)
                rows.append(Row.of(f"n={lab.scaled(setting).size}, {task}", *found))
            tables.append(Table(title, COLUMNS, tuple(rows)))
        return (*tables, self._small(lab))

    def _small(self, lab: Lab) -> Table:
        """From the start that the paper's figures point to, after so many samples."""
        rows = []
        for samples in self.short:
            setting = Setting(SineShift(pretraining=samples), training=self.shortly)
            found = inspect(
                lab, setting, "singular values of J", measured, small_orthogonal_networks
            )
            rows.append(Row.of(f"next step, {samples} samples", *found))
        size = lab.scaled(self.settings[0]).size
        title = f"Pre-trained shortly from orthogonal weights, others .1·N(0, 1), n={size}"
        return Table(title, COLUMNS, tuple(rows))

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        judged = {
            "±1/√n": tables[0],
            "orthogonal start": tables[1],
            "orthogonal start, others small": tables[3],
        }
        rows = [row for table in judged.values() for row in table]
        where = [f"{row.name}, {start}" for start, table in judged.items() for row in table]
        small = ", ".join(f"{row.mean():.1f}" for row in tables[3])
        return held_in(
            [row.mean(1) >= 100 and row.mean(0) <= ISOTROPIC for row in rows],
            where,
            ours=f"condition number {small} from an orthogonal start with small inputs, "
            f"{shown(rows[0])} from ±1/√n",
            reason="condition numbers "
            + ", ".join(f"{shown(row)} ({name})" for row, name in zip(rows, where, strict=True))
            + f"; ranks {', '.join(f'{row.mean(1):.0f}' for row in rows)} % of n",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Condition number of the recurrent Jacobian",
            ylabel="largest by smallest singular value",
            tables=(0, 1, 2, 3),
            reference=6.5,
            logarithmic="y",
        )
