"""Faults, a few of each: killed, full, read-only, mutated, silent, swapped, and long."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.faults import files, killed, signals, soak
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.run import OF_FILES, SMALL

HOW = [name for name in OF_FILES if name != "killed"]


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes, and promoting as JAX does by itself."""


def assert_nothing_lost(outcome: Outcome) -> None:
    assert outcome.tried and outcome.lost == 0, outcome


@pytest.mark.long
@pytest.mark.first
def test_a_run_that_is_killed_again_and_again_ends_as_one_in_peace(tmp_path: Path) -> None:
    assert_nothing_lost(killed.killed(tmp_path / "run", 2))


@pytest.mark.parametrize("name", HOW)
def test_nothing_is_lost_to_disks_folders_clocks_and_bytes(name: str) -> None:
    fault, _, few = OF_FILES[name]
    # Not in a folder of pytest's, into which only its owner sees.
    with tempfile.TemporaryDirectory() as folder:
        assert_nothing_lost(fault(Path(folder), few))


# The control of the test above.
@pytest.mark.matrix
def test_what_a_store_without_checksums_would_load_is_counted_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = lambda *_: "of anything"  # noqa: E731
    monkeypatch.setattr("onward.storing.store.checksum", same)
    assert files.mutated(tmp_path, 100).lost > 5


def test_faults_of_signals_leave_every_decoder_finite() -> None:
    found = signals.outcomes(SMALL, list(signals.FAULTS)[-1:], 4)
    assert len(found) == 1 and found[0].tried == 3 and "nan" not in found[0].told


@pytest.mark.parametrize("fault", signals.FAULTS)
def test_each_fault_changes_what_it_names_and_nothing_else(fault: str) -> None:
    clean, truth = signals.counts(60)
    xs, ys = clean.copy(), truth.copy()
    signals.FAULTS[fault](xs, ys, slice(20, 40))
    np.testing.assert_array_equal(xs[:20], clean[:20])
    np.testing.assert_array_equal(ys[:20], truth[:20])
    lasting = "from then on" in fault
    assert lasting or (np.array_equal(xs[40:], clean[40:]) and np.array_equal(ys[40:], truth[40:]))
    labels = "label" in fault
    assert np.array_equal(ys, truth) != labels
    assert np.array_equal(xs, clean, equal_nan=True) == labels


def test_a_soak_says_what_it_found() -> None:
    outcome = soak.soak(2_000, parts=2, pieces=2)
    assert outcome.tried == 1 and "no NaN" in outcome.told
