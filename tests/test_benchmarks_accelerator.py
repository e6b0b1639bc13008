"""The accelerator's benchmark in small, on a CPU; what it writes, and the section of the page."""

import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

HERE = Path(__file__).parent
BENCHMARKS = HERE.parent / "benchmarks"
ROWS = {
    "memory": ["state: exact RTRL / immediate, n=8"],
    "exact": ["exact RTRL / its GEMM alone, n=8"],
    "step": [
        "step with its prediction read, median, n=8",
        "step with its prediction read, 99 %, n=8",
        "step without reading back / with, n=8",
        "a sample of run / step without reading back, n=8",
    ],
    "fleets": [
        "fleet of 1 / one learner, each sample, n=8",
        "fleet of 2 / one learner, each sample, n=8",
        "fleet of 2 on threads / at once, each sample, n=8",
    ],
    "agreement": [
        "exact RTRL: largest distance from a CPU's predictions, 4 steps, n=8",
        "fleet of 2: largest distance from each learner alone, 4 steps, n=8",
    ],
}


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the benchmarks, by its name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.mark.long
@pytest.mark.xdist_group("benchmarks")
def test_the_small_run_measures_every_part_on_a_cpu(tmp_path: Path) -> None:
    path = tmp_path / "new" / "found.json"
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "accelerator.py"), "--small", "--out", str(path)],
        env={
            **os.environ,
            "PYTHONPATH": str(HERE.parent / "src"),
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles faster; speed says nothing here
        },
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    found = json.loads(path.read_text())
    assert list(found) == ["place", "machine", "seconds", "rows", "failed"]
    assert found["place"] == {"backend": "cpu", "device": "1 × cpu", "runtime": "cpu"}
    assert found["failed"] == {} and set(found["seconds"]) == set(ROWS)
    assert "jax " in found["machine"]["versions"] and found["machine"]["command"]
    assert {part: [row["name"] for row in rows] for part, rows in found["rows"].items()} == ROWS
    rows = {row["name"]: row for rows in found["rows"].values() for row in rows}
    for name, row in rows.items():
        assert math.isfinite(row["value"]) and row["value"] >= 0
        assert (row["unit"] in ("µs", "bytes")) == ("distance" not in name)
        assert f"| {name} |" in done.stdout
    assert all(rows[name]["value"] < 1e-5 for name in ROWS["agreement"])
    # 8 · 8 + 8 · 8 + 8 weights of the cell, in float32, for each of eight units.
    assert rows[ROWS["memory"][0]]["ours"] - rows[ROWS["memory"][0]]["other"] >= 8 * 136 * 4


def test_without_an_accelerator_only_the_small_run_is_made(
    module, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    accelerator = module("accelerator")
    monkeypatch.setattr(accelerator, "fast_dispatch", lambda: None)
    monkeypatch.setattr(sys, "argv", ["accelerator.py"])
    with pytest.raises(SystemExit):
        accelerator.main()
    message = "Expected JAX on an accelerator; got JAX on CPUs alone. Try --small, or install JAX"
    assert message in " ".join(capsys.readouterr().err.split())


def test_on_an_accelerator_results_and_page_are_kept(
    module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    accelerator, rows = module("accelerator"), module("rows")
    page, kept = tmp_path / "page.md", tmp_path / "accelerator.json"
    page.write_text("# Benchmarks\n")
    parts = {"exact": lambda: [rows.Row("a / b", 1.5)]}
    for name, value in {
        "fast_dispatch": lambda: None,
        "FULL": parts,
        "PAGE": page,
        "ACCELERATOR": kept,
    }.items():
        monkeypatch.setattr(accelerator, name, value)
    monkeypatch.setattr(accelerator.jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(sys, "argv", ["accelerator.py"])
    assert accelerator.main() == 0
    assert json.loads(kept.read_text())["machine"]["command"] == "make bench-gpu"
    assert "- backend: gpu\n" in page.read_text() and "| a / b |" in page.read_text()


def test_a_part_that_fails_is_named_and_the_others_are_kept(
    module, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    accelerator, rows = module("accelerator"), module("rows")
    written = []

    def fails() -> list:
        raise MemoryError("out of memory\nand much more")

    parts = {"first": fails, "second": lambda: [rows.Row("a / b", 0.5)]}
    write = lambda found: written.append(json.loads(json.dumps(found)))  # noqa: E731
    found = accelerator.measured(parts, write, "python")
    assert found["failed"] == {"first": "MemoryError: out of memory"}
    assert list(found["rows"]) == ["second"] and len(written) == 2 and written[0]["rows"] == {}
    monkeypatch.setattr(accelerator, "LATEST", -1.0)
    found = accelerator.measured(parts, written.append, "python")
    assert set(found["failed"]) == set(parts) and "not begun" in found["failed"]["second"]
    assert "| a / b |" in capsys.readouterr().out


def test_the_peak_is_what_the_device_tells(module, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = module("device_parts")
    assert parts.peak(SimpleNamespace(memory_stats=lambda: None)) is None
    assert parts.peak(SimpleNamespace(memory_stats=lambda: {"peak_bytes_in_use": 7})) == 7
    told = iter([100, 700])
    monkeypatch.setattr(parts, "peak", lambda device: next(told))
    state, peak = parts.memory(8)
    assert peak.name == "peak of memory: exact RTRL / immediate, n=8"
    assert (peak.value, peak.ours, peak.other) == (7.0, 700, 100)
    assert state.ours > state.other


def test_predictions_of_another_place_are_compared_and_not_only_where_there_are_numbers(
    module,
) -> None:
    parts, nan = module("device_parts"), math.nan
    np = parts.np
    assert parts.distance(np.array([nan, 1.0, -2.5]), np.array([nan, 1.5, -2.0])) == 0.25
    with pytest.raises(AssertionError):
        parts.distance(np.array([nan, 1.0]), np.array([1.0, 1.0]))


def test_the_page_holds_what_was_found_on_an_accelerator_or_that_nothing_was(module) -> None:
    page_of: ModuleType = module("accelerator_page")
    page = (HERE.parent / "docs" / "benchmarks.md").read_text()
    assert page == page_of.with_accelerator(page)
    assert page.count(page_of.TITLE) == 1
    if page_of.kept() is None:
        assert page_of.NOTHING_YET in page


def test_the_section_has_the_device_every_row_and_what_failed(module) -> None:
    page_of = module("accelerator_page")
    row = {"name": "a / b", "value": 0.5, "ours": 1.0, "other": 2.0, "unit": "µs"}
    found = {
        "place": {"backend": "gpu", "device": "1 × NVIDIA H200", "driver": "580.1"},
        "machine": {"versions": "jax 0.11.2"},
        "rows": {"exact": [row]},
        "failed": {"fleets": "not begun within 240 s"},
    }
    once = page_of.with_accelerator("# Benchmarks\n\n- one\n", found)
    lines = once.splitlines()
    for line in (
        "- device: 1 × NVIDIA H200",
        "- driver: 580.1",
        "- versions: jax 0.11.2",
        "- not measured: fleets: not begun within 240 s",
        "### exact",
        "| a / b | 1 | 2 | µs | 0.5 |  |  |  |",
    ):
        assert line in lines
    assert lines[:5] == ["# Benchmarks", "", "- one", "", page_of.TITLE]
    assert page_of.with_accelerator(once, found) == once
    assert page_of.NOTHING_YET not in once
