"""The published values: tasks in closed form, a trainer beside plain autodiff, flags of rows."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from onward import RTRL, TBPTT, UORO, Immediate
from papers.published import (
    averages,
    chunked,
    figures,
    models,
    page,
    parts,
    run,
    tasks,
    trainer,
    variants,
)

EXACT = 1e-10


@pytest.fixture(autouse=True)
def _as_for_a_user() -> None:
    """Not here: gradients are compared in double precision."""


def double(task):
    """The same task in double precision."""
    return dataclasses.replace(task, xs=np.float64(task.xs), ys=np.float64(task.ys))


def test_copy_asks_for_what_it_showed() -> None:
    task = tasks.copy(120, 3, 0)
    assert task.xs.shape == (3, 50, 3, 10) and list(np.flatnonzero(task.labelled)) == [
        *range(45, 50)
    ]
    assert (task.ys[:, 45:] == task.xs[:, :5, :, :8]).all() and not task.ys[:, :45].any()
    assert (task.xs.sum(-1) == 1).all()
    assert (task.xs[:, 5:45, :, 8] == 1).all() and (task.xs[:, 45:, :, 9] == 1).all()


def test_adding_asks_for_the_sum_of_the_marked() -> None:
    task = tasks.adding(200, 3, 0)
    values, marks = np.moveaxis(np.float64(task.xs), -1, 0)
    assert list(np.flatnonzero(task.labelled)) == [99]
    for half in (marks[:, :50], marks[:, 50:]):
        assert (half.sum(1) == 1).all()
    np.testing.assert_allclose(task.ys[:, -1, :, 0], (values * marks).sum(1), rtol=1e-6)


def test_add_depends_on_the_bits_four_and_six_before() -> None:
    task = tasks.add(40, 2, 0)
    bits, labels = task.xs[0, ..., 0], task.ys[0, ..., 0]
    for t in range(6, 40):
        np.testing.assert_array_equal(labels[t], 0.5 + 0.5 * bits[t - 4] - 0.25 * bits[t - 6])
    assert (task.xs.sum(-1) == 1).all() and (task.ys.sum(-1) == 1).all() and task.labelled.all()


def test_series_follow_their_equations() -> None:
    x = tasks.henon(30, 2, 0)
    np.testing.assert_allclose(x[2:], 1 - 1.4 * x[1:-1] ** 2 + 0.3 * x[:-2])
    v = tasks.mackey_glass(60, 2, 0)
    late = v[23:-17]
    np.testing.assert_allclose(v[40:], 0.9 * v[39:-1] + 0.2 * late / (1 + late**10))
    state, found = 1 + 0.1 * np.random.default_rng(3).standard_normal((3, 1)), []
    for _ in range(120):
        x, y, z = state
        flow = np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])
        state = state + flow / 100
        found.append(state[0, 0])
    np.testing.assert_allclose(tasks.lorenz(10, 1, 3)[:, 0], found[100::2])
    task = tasks.series(tasks.henon)(400, 2, 0)
    assert task.xs.shape == (2, 200, 2, 1)
    np.testing.assert_array_equal(task.ys[:, :-1], task.xs[:, 1:])


@pytest.fixture(scope="module")
def small():
    """Two short sequences, a label at the last two steps, and a network for them."""
    task = double(tasks.copy(100, 2, 0))
    task = dataclasses.replace(
        task, xs=task.xs[:, 40:], ys=task.ys[:, 40:], labelled=np.arange(10) > 7
    )
    return task, models.uniform(task, 3, 0, jnp.float64)


@pytest.mark.study
def test_rules_stand_beside_the_exact_gradient(small) -> None:
    task, model = small
    rules = (RTRL(), TBPTT(10), Immediate())
    whole = models.one_matrix(model)
    _, record = trainer.follow(model, task, rules, 0, optax.sgd(0.0), 0)
    _, same = trainer.follow(whole, task, rules, 0, optax.sgd(0.0), 0)
    assert record.cosine.shape == (4, 4, 3)
    np.testing.assert_allclose(record.cosine[..., :2], 1, atol=EXACT)
    assert (record.cosine[:, 0, 2] < 0.999).all()
    # All parameters in one matrix are another layout of the same network.
    kinds = [0, 2, 3]
    np.testing.assert_allclose(record.cosine[:, kinds], same.cosine[:, kinds], atol=EXACT)
    np.testing.assert_allclose(record.size, same.size, atol=EXACT)


@pytest.mark.study
def test_what_teaches_is_the_gradient_of_the_mean_over_lanes(small) -> None:
    task, model = small
    task = dataclasses.replace(task, xs=task.xs[:1], ys=task.ys[:1], labelled=np.arange(10) == 9)

    def loss(model):
        total = 0.0
        for lane in range(2):
            state = model.cell.init_state()
            for x in jnp.asarray(task.xs[0, :, lane]):
                cell = model.cell
                state = jnp.tanh(cell.recurrent @ state + cell.input @ x + cell.bias)
            output = model.readout.weight @ state + model.readout.bias
            chances = jnp.exp(output) / jnp.sum(jnp.exp(output))
            total -= jnp.log(chances[int(task.ys[0, -1, lane].argmax())]) / 2
        return total

    rules = (Immediate(), RTRL())
    after, record = trainer.follow(model, task, rules, 1, optax.sgd(0.5), 0)
    gradient = jax.jit(jax.grad(loss))(model)
    expected = jax.tree.map(lambda weight, slope: weight - 0.5 * slope, model, gradient)
    for ours, plain in zip(*map(jax.tree.leaves, (after, expected)), strict=True):
        np.testing.assert_allclose(ours, plain, atol=EXACT)
    np.testing.assert_allclose(record.loss, loss(model), atol=EXACT)


@pytest.mark.study
def test_windows_see_the_same_losses_where_nothing_is_learnt() -> None:
    task = double(tasks.series(tasks.henon)(400, 2, 0))
    model = models.uniform(task, 3, 0, jnp.float64)
    still = optax.sgd(0.0)
    _, record = trainer.follow(model, task, (Immediate(),), 0, still, 0)
    losses = chunked.chunked(model, task, still)
    np.testing.assert_allclose(losses, record.loss, atol=EXACT)
    assert (chunked.chunked(model, task, optax.sgd(0.1))[25:] != losses[25:]).any()


@pytest.mark.study
def test_dni_with_labels_matches_a_plain_loop() -> None:
    task = double(tasks.add(12, 1, 0))
    labels = dataclasses.replace(task, xs=np.concatenate([task.xs, task.ys], -1))
    model = models.orthogonal(task, 3, 0, jnp.float64)
    cell = models.one_matrix(model, 2).cell
    rule = variants.LabelDNI(0.1, 2)
    carry = rule.init(cell, cell.init_state(), labels.xs[0, 0, 0], jax.random.key(0))
    A = older = np.array(carry.predictor)
    R, signals = np.array(model.cell.recurrent), np.random.default_rng(0).standard_normal((12, 3))
    state, before = np.zeros(3), np.zeros(3)
    seen_before = np.r_[state, labels.xs[0, 0, 0, 2:], 1.0]
    for t, (x, signal) in enumerate(zip(labels.xs[0, :, 0], signals, strict=True)):
        after = np.tanh(np.array(cell.matrix) @ np.r_[state, x[:2], 1.0])
        seen, slope = np.r_[after, x[2:], 1.0], 1 - after**2
        carry = rule.advance(cell, carry, jnp.asarray(state), jnp.asarray(x))
        given = rule.credit(cell, carry, jnp.asarray(signal)).matrix.materialise()
        np.testing.assert_allclose(given, np.outer(A @ seen * slope, np.r_[state, x[:2], 1.0]))
        target = before + (slope[:, None] * R).T @ (older @ seen)
        A = A - 0.1 * np.outer(A @ seen_before - target, seen_before)
        older = A if (t + 1) % 5 == 0 else older
        carry = rule.adapt(cell, carry, carry, jnp.asarray(signal))
        np.testing.assert_allclose(carry.predictor, A, atol=EXACT)
        state, before, seen_before = after, signal, seen


def test_records_are_means_of_the_last_labels() -> None:
    labelled = np.arange(2_000) % 4 == 3
    values = np.random.default_rng(0).standard_normal(500)
    found, seen = [], []
    for step in range(2_000):
        if labelled[step]:
            seen.append(values[len(seen)])
        if step % 250 == 0 and seen:
            found.append(np.mean(seen[-200:]))
    np.testing.assert_allclose(averages.records(values, labelled), found)
    expected = np.mean(found[-1:])  # a fifth of seven records
    assert averages.tail(values, labelled) == pytest.approx(expected)
    assert averages.last_labels(values) == pytest.approx(values[400:].mean())


def test_rows_flag_what_is_more_than_a_tenth_apart() -> None:
    Row = figures.Row
    near, far = Row("copy", "RFLO", "", [0.4, 0.46]), Row("copy", "RFLO", "", [0.45])
    assert (near.difference, far.difference) == pytest.approx((0.09, 0.11))
    assert near.close and far.close is False
    assert near.cells()[-1] == "within .1" and far.cells()[-1] == "more than .1"
    assert Row("copy", "BPTT", "", [1.0]).close is None
    assert Row("henon", "UORO", "", [2.0]).close is None
    text = page.markdown({"copy": [near, Row("copy", "UORO", "", [0.5])]})
    assert "1 of 2 cosines" in text
    assert "| copy | UORO |  | 0.04 | 0.50 |  | 1 | 0.46 | more than .1 |" in text


def test_rows_are_read_as_they_were_written(tmp_path) -> None:
    kept, written = tmp_path / "published.json", tmp_path / "published.md"
    rows = {"copy": [figures.Row("copy", "UORO", "lane by lane", [0.5])]}
    assert run.read(kept) == {}
    run.write(kept, written, rows)
    assert run.read(kept) == rows and "lane by lane" in written.read_text()


def test_a_part_gives_its_rows() -> None:
    make = tasks.series(tasks.henon)
    with jax.numpy_dtype_promotion("standard"):  # optax's Adam raises a float to an integer
        (row,) = parts.exact_errors(make, "henon", 400, range(1), width=3)
    assert row.published == 0.0052 and len(row.values) == 1 and 0 < row.ours < 3
    assert set(parts.LOCAL) == set(figures.COSINES["copy"])


@pytest.mark.parametrize("name", parts.PARTS)
def test_a_run_draws_its_task_its_network_and_its_rules_by_its_seed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple] = []

    def follow(model, task, rules, teacher, optimizer, seed, start=None):
        asked.append((model, task, seed))
        raise InterruptedError

    monkeypatch.setattr(parts, "follow", follow)
    *_, measure = parts.PARTS[name]
    for seed in (7, 8):
        with pytest.raises(InterruptedError):
            measure(400, [seed])
    (first, shown, one), (second, others, two) = asked
    assert (one, two) == (7, 8)
    # The source starts Hénon's map always at the same place.
    assert (shown.xs != others.xs).any() or name.startswith("henon")
    assert (first.readout.weight != second.readout.weight).any()


def test_rules_that_draw_do_so_by_the_seed(small) -> None:
    task, model = small
    step = optax.sgd(0.1)
    first, again, other = (
        trainer.follow(model, task, (UORO(),), 0, step, seed)[1].loss for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    # The loss of the first label was found before anything was learnt.
    assert (first[1:] != other[1:]).all()
