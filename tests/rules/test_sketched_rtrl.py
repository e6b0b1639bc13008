"""A sketch of the influence: the best of its rank at each step, and never worse than it says."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, make_cell, state_size
from learning.examples import learner_of, start, stream
from matrix import by_structure, left, on
from onward import AbstractCell, SketchedRTRL
from onward.rules.sketched_rtrl import Sketch
from oracles import Case, case_of, jit, linearise, rows, task_for

from .walk import walk_of

LONG = 60
FULL = [on(cell, "sketch all", rule="sketch all") for cell in CELLS]
# Rank 3 is looked at above, on every structure.
RANKS = [1, pytest.param(3, marks=pytest.mark.matrix)]


@partial(jit, static_argnums=0)
def walked(rule: SketchedRTRL, cell: AbstractCell, past):
    """The carries and the reports; cells with other weights share what is compiled."""

    def step(carry, sample):
        carry = rule.advance(cell, carry, *sample)
        return carry, (carry, rule.report(carry))

    start, x = cell.init_state(), jnp.zeros_like(past[1][0])
    return jax.lax.scan(step, rule.init(cell, start, x, jax.random.key(0)), past)[1]


def sketches(rule: SketchedRTRL, case: Case) -> tuple[np.ndarray, Sketch, np.ndarray]:
    """P̂_t, (T, N, p), with its carry and what it reports, at each step."""
    carries, reports = walked(rule, case.cell, (case.linear.states_prev, case.task.xs))
    steps, _, rank = carries.columns.shape
    flat = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), carries.rows)
    factors = rows(flat, steps * rank).reshape(steps, rank, -1).astype(float)
    return np.asarray(carries.columns, float) @ factors, carries, np.asarray(reports)


@cache
def long_case(name: str, seed: int, dtype=np.float64) -> Case:
    """Random weights over many random samples."""
    cell = make_cell(name, seed, dtype)
    task = jax.tree.map(lambda leaf: leaf.astype(dtype), task_for(cell, LONG))
    return Case(cell, task, linearise(cell, task), np.zeros(0))


def error(case: Case, found: np.ndarray) -> np.ndarray:
    """P_t - P̂_t at each step, in double precision."""
    linear = case.linear._replace(
        jacobian=case.linear.jacobian.astype(float), immediate=case.linear.immediate.astype(float)
    )
    return linear.propagated(linear.jacobian) - found


def norms(matrices: np.ndarray) -> np.ndarray:
    return np.linalg.norm(matrices, axis=(1, 2))


@by_structure()
def test_no_sketch_of_its_rank_is_closer_and_its_certificate_is_not_violated(name: str) -> None:
    case, rank = case_of(name), 3
    found, carries, reported = sketches(SketchedRTRL(rank), case)
    before = np.concatenate([np.zeros_like(found[:1]), found[:-1]])
    wanted = case.linear.jacobian @ before + case.linear.immediate
    least = np.linalg.svd(wanted, compute_uv=False)[:, rank:]
    np.testing.assert_allclose(
        norms(wanted - found), np.linalg.norm(least, axis=1), rtol=1e-7, atol=1e-9
    )
    products = np.einsum("tir,tis->trs", carries.columns, carries.columns)
    np.testing.assert_allclose(products, np.broadcast_to(np.eye(rank), products.shape), atol=1e-12)
    # At full rank it reports 0, and rounding is all that is left.
    assert (norms(error(case, found)) <= (1 + 1e-9) * reported[:, 0] + 1e-13).all()


@pytest.mark.parametrize(("name", "rule"), FULL)
def test_the_certificate_is_tight_at_full_rank(name: str, rule: str) -> None:
    """It says that nothing is wrong, and nothing is: `test_laws` compares the credit."""
    carries = walk_of(name, rule).carries
    assert carries.columns.shape[-1] == state_size(make_cell(name))
    report = SketchedRTRL(state_size(make_cell(name))).report
    assert not np.any(jax.vmap(report)(carries))


@pytest.mark.parametrize("seed", [0, left(1)])
@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("name", [left("rnn"), "gru", left("lstm"), left("lru")])
def test_the_certificate_is_never_violated(name: str, rank: int, seed: int) -> None:
    case = long_case(name, seed)
    found, carries, reported = sketches(SketchedRTRL(rank), case)
    wrong = error(case, found)
    within = 1 + 1e-9
    assert (norms(wrong) <= within * reported[:, 0]).all()
    # The bound is of the size of the error, not of the products of the Jacobians' norms.
    assert (reported[:, 0] < 10 * norms(wrong)).all()
    products = np.einsum("tip,tjp->tij", wrong, wrong)
    slack = np.linalg.eigvalsh(np.asarray(carries.doubt) - products)
    assert (slack > -1e-9 * np.trace(products, axis1=1, axis2=2)[:, None]).all()
    lengths = np.linalg.norm(case.linear.signal, axis=1)
    assert (np.linalg.norm(case.linear.credit(wrong), axis=1) <= lengths * reported[:, 0]).all()


def test_a_certificate_that_forgets_the_errors_before_would_be_violated() -> None:
    case = long_case("rnn", 0)
    found = sketches(SketchedRTRL(2), case)[0]
    before = np.concatenate([np.zeros_like(found[:1]), found[:-1]])
    cut = case.linear.jacobian @ before + case.linear.immediate - found
    assert (norms(error(case, found)) > 1.01 * norms(cut)).any()


@pytest.mark.parametrize("name", ["rnn", pytest.param("lstm", marks=pytest.mark.matrix)])
def test_the_certificate_holds_in_single_precision(name: str) -> None:
    """Also where next to nothing is cut off, and rounding is what is left."""
    case = long_case(name, 0, np.float32)
    for rank in (2, state_size(case.cell) - 1):
        found, _, reported = sketches(SketchedRTRL(rank), case)
        assert reported.dtype == np.float32
        assert (norms(error(case, found)) <= (1 + 1e-5) * reported[:, 0]).all()


@pytest.mark.parametrize("rank", [0, 9])
def test_at_full_rank_nothing_is_cut_off(rank: int) -> None:
    case = case_of("rnn")
    found, _, reported = sketches(SketchedRTRL(state_size(case.cell) + rank), case)
    assert (reported == 0).all()
    assert norms(error(case, found)).max() < 1e-12
    assert SketchedRTRL(state_size(case.cell) + rank).exactness(case.cell) == "exact"
    assert SketchedRTRL(state_size(case.cell) - 1).exactness(case.cell) == "biased"


def test_a_learner_reports_the_bound_at_each_step() -> None:
    learner = learner_of(rule=SketchedRTRL(2))
    xs, ys = stream(8)
    ys[4] = np.nan
    bounds = learner.run(start(learner), xs, ys)[1].diagnostics
    assert bounds.shape == (8, 1)
    assert (bounds > 1e-3).all()


def test_a_rank_that_is_no_positive_integer_is_refused(untyped) -> None:
    for wrong in (0, -1, True, 2.5):
        with pytest.raises(
            ValueError, match=r"^Expected rank to be a positive integer; got .*8\.$"
        ):
            SketchedRTRL(wrong)
