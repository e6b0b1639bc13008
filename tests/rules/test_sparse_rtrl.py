"""Which entries of the Jacobian a sparse rule keeps, and what it stores of the influence."""

from functools import cache, partial
from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, SPARSE, THOROUGH, UNITS, make_cell
from onward import LRU, LSTM, RNN, ImpossiblePairError, SparseRTRL
from onward.rules.sparse_rtrl import SparseCarry
from oracles import case_of, jit

from .walk import walk_of

# A support is read off J alone: one cell for each structure that a J may have.
STRUCTURES = sorted(THOROUGH | {"wired"})
# On these every rule is walked by `test_laws`. What a rule makes of the magnitudes of J, and that a
# draw is kept, is the same on the others, of which the largest entries and new draws are looked at.
WALKED = ("lru", "rnn")


def beside(cell: str, rule: str) -> bool:
    drawn_once = "random" in rule and not SPARSE[rule].make(make_cell(cell)).resample
    return cell not in WALKED and ("smallest" in rule or drawn_once)


def chosen(cell: str, rule: str):
    marks = [pytest.mark.xdist_group(cell)]
    if beside(cell, rule):
        marks.append(pytest.mark.matrix)
    return pytest.param(cell, rule, marks=marks, id=f"{cell}-{rule}")


CHOSEN = [
    chosen(cell, rule)
    for cell in STRUCTURES
    for rule in SPARSE
    if cell not in SPARSE[rule].exact_on
]
BY_VALUE = [pair for pair in CHOSEN if "random" not in pair.id]
# Of a row that admits other columns than all others none can keep theirs.
APART = [pair for pair in CHOSEN if "row random" in pair.id and "wired" not in pair.id]


@cache
def supports_on(cell: str, left: bool) -> dict[str, np.ndarray]:
    """The supports of sparse rules along a cell's trajectory, (T, k) or (T, N, k).

    Of those of `make test` or of those that are left to `make test-all`.
    """
    case = case_of(cell)
    made, rules = case.cell, {name: row.make(case.cell) for name, row in SPARSE.items()}
    chosen = {
        name: rules[name]
        for name in rules
        if cell not in SPARSE[name].exact_on and beside(cell, name) == left
    }

    @jit
    def go(states_prev, key):
        def step(carries, sample):
            after = {
                name: rule.advance(made, carries[name], *sample) for name, rule in chosen.items()
            }
            return after, {name: carry.support for name, carry in after.items()}

        state, x = made.init_state(), jnp.zeros(INPUTS)
        first = {name: rule.init(made, state, x, key) for name, rule in chosen.items()}
        return jax.lax.scan(step, first, (states_prev, case.task.xs))[1]

    found = go(case.linear.states_prev, jax.random.key(0))
    return {name: np.asarray(support) for name, support in found.items()}


def support_of(cell: str, name: str) -> tuple[SparseRTRL, np.ndarray]:
    rule = SPARSE[name].make(case_of(cell).cell)
    if cell in WALKED:
        return rule, np.asarray(walk_of(cell, name).carries.support)
    return rule, supports_on(cell, beside(cell, name))[name]


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
    size, allowed = CELLS[cell].state_size, admitted(cell, rule)
    assert support.shape[1:] == ((size, rule.k) if rule.support == "row" else (rule.k,))
    for now in support:
        for row in range(size):
            columns = now[row] if rule.support == "row" else now
            assert len(set(columns.tolist())) == rule.k
            assert allowed[row, columns].all()


@pytest.mark.parametrize(("cell", "name"), APART)
def test_each_row_draws_columns_of_its_own(cell, name) -> None:
    """Also beside rows whose structure admits the same ones."""
    rule, support = support_of(cell, name)
    allowed = admitted(cell, rule)
    pairs = combinations(range(support.shape[1]), 2)
    alike = [(one, other) for one, other in pairs if (allowed[one] == allowed[other]).all()]
    same = [(support[:, one] == support[:, other]).all() for one, other in alike]
    assert len(alike) > 0
    assert not all(same)


def test_rows_that_are_drawn_apart_agree_as_often_as_chance_has_it() -> None:
    """Two of five columns, ten pairs of them: any two rows draw the same pair one time in ten."""
    cell, rule = make_cell("rnn"), SparseRTRL(2)
    support = np.sort(supports(cell, rule, 2000), axis=-1)
    for row, other in combinations(range(UNITS), 2):
        same = (support[:, row] == support[:, other]).all(axis=1).mean()
        assert abs(same - 0.1) < 5 * np.sqrt(0.1 * 0.9 / 2000)


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


def supports(cell, rule, count: int) -> np.ndarray:
    """What so many keys draw."""
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    draw = jax.jit(jax.vmap(lambda key: rule.init(cell, state, x, key).support))
    return np.asarray(draw(jax.random.split(jax.random.key(0), count)))


@pytest.mark.parametrize("support", ["row", "shared"])
def test_random_supports_differ_by_key_and_reach_every_entry(support) -> None:
    drawn = supports(make_cell("rnn"), SparseRTRL(2, support=support), 200)
    assert len({one.tobytes() for one in drawn}) > 5
    counts = np.stack([(drawn == column).sum(axis=(0, -1)) for column in range(UNITS)])
    assert counts.sum(axis=0) == pytest.approx(400)
    assert (np.abs(counts - 80) < 35).all()


def test_a_support_that_is_resampled_is_drawn_anew_at_each_step() -> None:
    """The draws of successive steps are as different as those of two keys: no key is used twice."""
    for support in ("row", "shared"):
        rule = SparseRTRL(2, resample=True, support=support)
        cell = make_cell("rnn")
        state, x = cell.init_state(), jnp.zeros(INPUTS)

        @jax.jit
        def go(carry, rule=rule, cell=cell, state=state, x=x):
            def step(carry, _):
                carry = rule.advance(cell, carry, state, x)
                return carry, (carry.support, carry.key)

            return jax.lax.scan(step, carry, None, length=400)[1]

        drawn, keys = map(np.asarray, go(rule.init(cell, state, x, jax.random.key(3))))
        assert len({key.tobytes() for key in keys}) == 400
        drawn = np.sort(drawn.reshape(400, -1, 2), axis=-1)
        same = (drawn[1:] == drawn[:-1]).all(axis=-1).mean()
        assert abs(same - 0.1) < 0.06


def elements(cell, rule) -> int:
    state, x = cell.init_state(), jnp.zeros(cell.input_size)
    carry = jax.eval_shape(lambda key: rule.init(cell, state, x, key), jax.random.key(0))
    return sum(leaf.size for leaf in jax.tree.leaves(carry))


def parameters(cell) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(cell.parameters()))


def test_a_fixed_shared_support_carries_credit_for_the_parameters_of_its_units_alone() -> None:
    """Nothing else moves a kept component; a support that is drawn anew reaches other units."""
    cell, reached = make_cell("rnn"), {}
    for resample in (False, True):
        rule = SparseRTRL(1, resample=resample, support="shared")
        carry = rule.init(cell, cell.init_state(), jnp.zeros(INPUTS), jax.random.key(0))
        advance = jax.jit(partial(rule.advance, cell))
        for x in case_of("rnn").task.xs:
            carry = advance(carry, cell.init_state() + 0.5, x)
        kept_rows = np.asarray(carry.influence.leaves.recurrent)
        reached[resample] = set(np.flatnonzero(kept_rows.any(axis=(0, 2))))
        if not resample:
            assert reached[resample] == set(np.asarray(carry.support))
    assert len(reached[True]) > len(reached[False])


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
    with pytest.raises(ImpossiblePairError, match=message):
        SparseRTRL(6).refuse(cell)
