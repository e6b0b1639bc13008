"""Each door to what XLA and JAX do not promise: shut, it costs one log line and no result."""

import logging
from collections.abc import Iterator

import jax
import numpy as np
import pytest

import onward
from onward import GRU, Immediate, Learner, probe
from onward.learning import architecture, execution, xla

UNKNOWN = {"xla_no_such_option": 1}
WRONG = {"xla_cpu_use_fusion_emitters": 7}


@pytest.fixture(autouse=True)
def untried() -> Iterator[None]:
    """Doors that nobody has tried yet, before a test and after it."""
    doors = xla.makes_kernels, xla.compiles_quickly, xla.kernel_options
    for door in doors:
        door.cache_clear()
    yield
    for door in doors:
        door.cache_clear()


def learnt() -> tuple[Learner, list[np.ndarray]]:
    """A learner of single precision, and its predictions and weights after a few samples."""
    cell = GRU(3, 6, key=jax.random.key(0), dtype=np.float32)
    learner = Learner(cell, 2, rule=Immediate(), optimizer="rmsprop")
    random = np.random.default_rng(0)
    xs, ys = (random.normal(size=(20, size)).astype(np.float32) for size in (3, 2))
    state, info = learner.run(learner.init(jax.random.key(1)), xs[:19], ys[:19])
    state, last = learner.step(state, xs[19], ys[19])
    found = [info.prediction, last.prediction, *jax.tree.leaves(state.parameters)]
    return learner, [np.asarray(each) for each in found]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "onward"]


def without(name: str, patch: pytest.MonkeyPatch) -> None:
    """Shut the door to kernels in one of the ways in which a later JAX may."""
    if name == "no attributes":
        patch.setattr(xla, "mark_kernel", lambda result: result)
    elif name == "no module":
        patch.setitem(__import__("sys").modules, "jax.experimental.xla_metadata", None)
    else:
        patch.setattr(xla, "KERNEL_OPTIONS", UNKNOWN if name == "no such option" else WRONG)


@pytest.mark.parametrize("shut", ["no attributes", "no module", "no such option", "other type"])
def test_without_kernels_a_learner_learns_the_same(shut, monkeypatch, caplog) -> None:
    if not xla.makes_kernels():
        pytest.skip("this JAX offers no kernels: what is tested here is how it is")
    learner, expected = learnt()
    assert learner.in_one_kernel and lines(caplog) == []
    xla.makes_kernels.cache_clear()
    without(shut, monkeypatch)
    learner, found = learnt()
    assert not learner.in_one_kernel
    learnt()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)
    (line,) = lines(caplog)
    assert line.startswith(f"JAX {jax.__version__} does not offer small networks as one kernel (")
    assert line.endswith("): learning takes longer, with the same results.")


@pytest.mark.parametrize("options", [UNKNOWN, WRONG])
def test_a_program_that_runs_once_is_compiled_as_any_other(options, monkeypatch, caplog) -> None:
    # Jitted anew with the options, for the probe's own program was made at import.
    twice = lambda: xla.compiled_quickly(lambda x: 2 * x)(np.float32(3))  # noqa: E731
    assert twice() == 6 and lines(caplog) == []
    xla.compiles_quickly.cache_clear()
    monkeypatch.setattr(xla, "QUICK_OPTIONS", options)
    assert twice() == twice() == 6
    (line,) = lines(caplog)
    assert "does not offer compiling without optimization" in line and "\n" not in line


@pytest.mark.parametrize("options", [UNKNOWN, {"xla_cpu_scheduler_type": "NO_SUCH_TYPE"}])
def test_without_an_order_of_its_own_a_program_has_kernels_still(
    options, monkeypatch, caplog
) -> None:
    known = xla.kernel_options()
    assert xla.kernel_options() is known and set(known) > set(xla.KERNEL_OPTIONS)
    assert lines(caplog) == []
    xla.kernel_options.cache_clear()
    monkeypatch.setattr(xla, "IN_TURN_OPTIONS", options)
    twice = execution.Compiled(lambda parts, kernel, x: 2 * x, donated=False)
    assert twice(None, True, np.float32(3)) == twice(None, False, np.float32(3)) == 6
    assert xla.kernel_options() == xla.KERNEL_OPTIONS
    (line,) = lines(caplog)
    assert "does not offer one thread for what is around kernels (" in line and "\n" not in line
    assert line.endswith("): keeping samples takes longer, with the same results.")


def test_it_is_compiled_once_for_the_same_shapes() -> None:
    traced = []

    @xla.compiled_quickly
    def twice(x):
        traced.append(x.shape)
        return 2 * x

    shapes = [(2,), (2,), (3,), (2,)]
    for number, shape in enumerate(shapes):
        np.testing.assert_array_equal(
            twice(np.full(shape, number, np.float32)), [2 * number] * shape[0]
        )
    assert traced == [(2,), (3,)]


def test_a_kind_of_cell_is_probed_with_one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    probe(GRU(3, 7, key=jax.random.key(0)))
    monkeypatch.setattr("onward.learning.architecture._bypass", None)
    found = [probe(GRU(3, 7, key=jax.random.key(seed))) for seed in (1, 2)]
    assert found[0] == found[1]


@pytest.mark.matrix
def test_the_probe_finds_the_same_without_quick_compiling(monkeypatch) -> None:
    cell = GRU(3, 6, key=jax.random.key(0))
    expected = probe(cell)
    monkeypatch.setattr(xla, "compiles_quickly", lambda: False)
    architecture._measuring.cache_clear()
    np.testing.assert_allclose(probe(cell), expected, rtol=1e-5, atol=1e-7)


def test_a_jax_without_the_setting_of_its_dispatch_is_left_as_it_is(monkeypatch, caplog) -> None:
    monkeypatch.setattr(xla, "SYNCHRONOUS", "jax_no_such_setting")
    onward.fast_dispatch()
    (line,) = lines(caplog)
    assert "does not offer the setting for synchronous dispatch" in line


def test_what_is_shut_is_told_as_a_warning(monkeypatch, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(xla, "KERNEL_OPTIONS", UNKNOWN)
    assert not xla.makes_kernels() and not xla.makes_kernels()
    assert [record.levelname for record in caplog.records if record.name == "onward"] == ["WARNING"]
