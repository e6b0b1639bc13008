"""Which entries of the Jacobian a sparse rule keeps, and what it stores of the influence."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, RULES, SPARSE, UNITS, make_cell, rules_on
from onward import LRU, LSTM, RNN, SparseRTRL
from onward.rules.sparse_rtrl import SparseCarry
from oracles import case_of

from .walk import kept, walk_of

CHOSEN = [
    pytest.param(cell, rule, marks=pytest.mark.xdist_group(cell), id=f"{cell}-{rule}")
    for cell in CELLS
    for rule in SPARSE
    if rule in rules_on(cell) and cell not in SPARSE[rule].exact_on
]
BY_VALUE = [pair for pair in CHOSEN if "random" not in pair.id]


def support_of(cell: str, name: str) -> tuple[SparseRTRL, np.ndarray]:
    rule = RULES[name].make(case_of(cell).cell)
    return rule, np.asarray(walk_of(cell, name).carries.support)


def admitted(cell: str, rule: SparseRTRL) -> np.ndarray:
    """The entries that may be kept, (N, N): a shared support wants columns that most rows read."""
    made = case_of(cell).cell
    pattern = np.asarray(made.jacobian(made.init_state(), jnp.zeros(INPUTS)).pattern())
    if rule.support == "row":
        return pattern
    readers = pattern.sum(axis=0)
    return np.broadcast_to(readers == readers.max(), pattern.shape)


@pytest.mark.parametrize(("cell", "name"), CHOSEN)
def test_a_row_keeps_k_different_entries_of_those_that_its_structure_admits(cell, name) -> None:
    rule, support = support_of(cell, name)
    size = CELLS[cell].state_size
    assert support.shape[1:] == ((size, rule.k) if rule.support == "row" else (rule.k,))
    masks = kept(rule, walk_of(cell, name).carries, size)
    assert (masks.sum(axis=2) == rule.k).all()
    assert (masks <= admitted(cell, rule)).all()


@pytest.mark.parametrize(("cell", "name"), CHOSEN)
def test_the_support_changes_only_if_it_is_resampled(cell, name) -> None:
    rule, support = support_of(cell, name)
    if not rule.resample:
        assert (support == support[0]).all()
    elif rule.selection == "random":
        assert any((later != support[0]).any() for later in support)


@pytest.mark.parametrize(("cell", "name"), BY_VALUE)
def test_the_largest_or_smallest_entries_are_kept(cell, name) -> None:
    """Of J_t if resampled, of J_1 if not; of a shared support, the sums over the columns."""
    rule, support = support_of(cell, name)
    magnitude = np.abs(case_of(cell).linear.jacobian)
    if rule.support == "shared":
        magnitude = np.broadcast_to(magnitude.sum(1, keepdims=True), magnitude.shape)
    allowed = admitted(cell, rule)
    for t in range(len(magnitude)):
        now = magnitude[t if rule.resample else 0]
        for row in range(len(now)):
            found = now[row, support[t, row] if rule.support == "row" else support[t]]
            order = np.sort(now[row, allowed[row]])
            best = order[-rule.k :] if rule.selection == "largest" else order[: rule.k]
            np.testing.assert_allclose(np.sort(found), best, rtol=1e-10)


@pytest.mark.parametrize("support", ["row", "shared"])
def test_random_supports_differ_by_key(support) -> None:
    cell, rule = make_cell("rnn"), SparseRTRL(2, support=support)
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    supports = {
        np.asarray(rule.init(cell, state, x, jax.random.key(seed)).support).tobytes()
        for seed in (0, 1, 2, 3, 0)
    }
    assert 2 <= len(supports) <= 4


def test_a_random_support_reaches_every_entry() -> None:
    cell, rule = make_cell("rnn"), SparseRTRL(2)
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    draw = jax.jit(jax.vmap(lambda key: rule.init(cell, state, x, key).support))
    support = np.asarray(draw(jax.random.split(jax.random.key(0), 200)))
    counts = np.stack([(support == column).sum(axis=(0, 2)) for column in range(UNITS)])
    assert counts.sum() == 200 * UNITS * 2
    assert (np.abs(counts - 80) < 30).all()


def elements(cell, rule) -> int:
    state, x = cell.init_state(), jnp.zeros(cell.input_size)
    carry = jax.eval_shape(lambda key: rule.init(cell, state, x, key), jax.random.key(0))
    return sum(leaf.size for leaf in jax.tree.leaves(carry))


def parameters(cell) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(cell.parameters()))


def test_a_fixed_shared_support_carries_credit_for_the_parameters_of_its_units_alone() -> None:
    """Nothing else moves a kept component; a support that is drawn anew reaches other units."""
    reached = {}
    for resample in ("", " resampled"):
        carries = walk_of("rnn", f"sparse shared random{resample}").carries
        kept_rows = np.asarray(carries.influence.leaves.recurrent)[-1]
        reached[resample] = set(np.flatnonzero(kept_rows.any(axis=(0, 2))))
        if not resample:
            assert reached[resample] == set(np.asarray(carries.support)[-1])
    assert len(reached[" resampled"]) > len(reached[""])


@pytest.mark.parametrize("k", [1, 4])
def test_a_shared_support_stores_k_rows_of_the_influence(k) -> None:
    cell = RNN(3, 20, key=jax.random.key(0))
    count = elements(cell, SparseRTRL(k, support="shared"))
    assert count <= (k + 1) * parameters(cell) + 20 * k + k + 3
    assert elements(cell, SparseRTRL(k)) >= 20 * parameters(cell)


def test_all_that_a_row_has_is_run_as_exact() -> None:
    lru, lstm = LRU(2, 4, key=jax.random.key(0)), LSTM(2, 4, key=jax.random.key(0))
    assert SparseRTRL(1).exactness(lru) == "biased"
    assert SparseRTRL(2).exactness(lru) == "exact"
    assert SparseRTRL(4).exactness(lstm) == "biased"
    assert SparseRTRL(5).exactness(lstm) == "exact"
    assert elements(lru, SparseRTRL(2)) <= 2 * parameters(lru)


def test_the_carry_before_the_first_sample_holds_no_credit() -> None:
    cell = make_cell("rnn")
    carry = SparseRTRL(2).init(cell, cell.init_state(), jnp.zeros(INPUTS), jax.random.key(0))
    assert isinstance(carry, SparseCarry)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(carry.influence))


def test_wrong_settings_are_refused(untyped) -> None:
    for k in (-1, True, 1.0):
        with pytest.raises(ValueError, match=r"^Expected k to be an integer >= 0; got .*Try k=4"):
            SparseRTRL(k)
    with pytest.raises(
        ValueError,
        match=r"^Expected selection to be one of .*; got 'biggest'\. Try selection='random'\.$",
    ):
        SparseRTRL(selection="biggest")
    with pytest.raises(
        ValueError, match=r"^Expected support to be one of .*; got 'column'\. Try support='row'\.$"
    ):
        SparseRTRL(support="column")
    cell = make_cell("rnn")
    message = r"^Expected k <= 5, the size of the state; got k=6\. Try k=4\.$"
    with pytest.raises(ValueError, match=message):
        SparseRTRL(6).init(cell, cell.init_state(), jnp.zeros(INPUTS), jax.random.key(0))
