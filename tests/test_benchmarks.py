"""The benchmarks at small sizes: each part runs and gives its rows; what is made of rows."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

HERE = Path(__file__).parent
BENCHMARKS = HERE.parent / "benchmarks"
SOURCE = HERE.parent / "src"
SECOND = "compilations in second calls, all pairs"
ROUNDED = "influence in bfloat16 / in float32, n=8"
EXACT = {  # rows that are counted, not timed, and hold at any load
    "held by immediate + RMSprop / parameters, n=1024",
    "held by exact RTRL / n · parameters, n=1024",
    "carried by shared support k=4 / (k + 1) · parameters, n=1024",
    ROUNDED,
    "exact RTRL not refused with too little memory, n=1024",
    SECOND,
}
ROWS = {
    "influence": 10,
    "structures": 2,
    "held": 4,
    "blocks": 3,
    "guards": 4,
    "many": 3,
    "compiling": 3,
}


# What is counted in seconds; the others run in `make test-all`. That second calls compile nothing
# is tested with the learner.
COUNTED = ("held",)


@pytest.fixture(scope="module", params=["counted", pytest.param("all", marks=pytest.mark.long)])
def small(request: pytest.FixtureRequest) -> dict:
    """What the benchmarks find at small sizes."""
    parts = COUNTED if request.param == "counted" else ()
    paths = os.pathsep.join([str(SOURCE), str(BENCHMARKS)])
    done = subprocess.run(
        [sys.executable, str(HERE / "benchmarks_small.py"), *parts],
        env={
            **os.environ,
            "PYTHONPATH": paths,
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles faster, and speed says nothing here
        },
        timeout=600,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.first
@pytest.mark.xdist_group("benchmarks")
def test_each_part_gives_its_rows(small) -> None:
    counted = {part: len(rows) for part, rows in small["rows"].items()}
    expected = ROWS if "many" in counted else {part: ROWS[part] for part in COUNTED}
    optional = {"braintrace": 3, "updates": 7}
    assert counted == expected | {part: optional[part] for part in counted if part in optional}
    rows = [row for found in small["rows"].values() for row in found]
    assert len({row["name"] for row in rows}) == len(rows)
    for row in rows:
        assert math.isfinite(row["value"]) and row["value"] >= 0
        if row["ours"] is not None:
            assert row["ours"] > 0 and row["other"] > 0 and row["unit"]
    median, late = small["latency"]
    assert 0 < median <= late < 1e6


@pytest.mark.xdist_group("benchmarks")
def test_what_is_counted_reaches_its_goals(small) -> None:
    rows = {row["name"]: row for found in small["rows"].values() for row in found}
    expected = EXACT if "influence" in small["rows"] else EXACT - {ROUNDED, SECOND}
    assert set(rows) >= expected
    for name in expected:
        assert rows[name]["value"] <= rows[name]["limit"], name


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch):
    """The module of rows, from beside the benchmarks."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import rows

    return rows


def test_a_ratio_is_the_median_over_paired_rounds(rows) -> None:
    seconds = {"ours": [1e-6, 9e-6, 3e-6], "other": [1e-6, 3e-6, 6e-6]}
    row = rows.time_row("ours / other", seconds, "ours", "other", 1.0)
    assert (row.value, row.ours, row.other) == pytest.approx((1.0, 3.0, 3.0))
    assert row.met and not rows.time_row("", seconds, "ours", "other", 0.99).met
    assert rows.time_row("", seconds, "ours", "other").met is None


def test_noise_is_the_standard_error_of_the_median(rows) -> None:
    generator = np.random.default_rng(0)
    drawn = generator.normal(1.0, 0.1, (400, 25))
    found = np.mean([rows.timing.error_of_median(list(each)) for each in drawn])
    assert found == pytest.approx(np.median(drawn, axis=1).std(), rel=0.15)


@pytest.mark.parametrize(
    ("value", "noise", "worse"),
    [(1.2, 0.01, True), (1.09, 0.0, False), (1.2, 0.05, False), (0.5, 0.0, False)],
)
def test_worse_is_more_than_noise_and_a_tenth(rows, value, noise, worse) -> None:
    last = rows.Row("a / b", 1.0, noise=0.02)
    assert rows.Row("a / b", value, noise=noise).worse(last) is worse
    assert not rows.Row("a / b", value, noise=noise).worse(None)


def test_what_is_counted_is_worse_as_soon_as_it_grows(rows) -> None:
    assert rows.Row("bytes", 1.001).worse(rows.Row("bytes", 1.0))
    assert not rows.Row("bytes", 1.0).worse(rows.Row("bytes", 1.0))


def test_the_page_holds_the_machine_and_every_row_beside_its_last_value(rows) -> None:
    found = [rows.Row("a / b", 0.5, 0.4, 2.0, 4.0, "µs", 0.01), rows.Row("new", 1234.0)]
    last = {"a / b": rows.Row("a / b", 0.25, noise=0.01)}
    lines = rows.markdown({"CPU": "one"}, {"part": found}, last).splitlines()
    assert "- CPU: one" in lines
    assert "| a / b | 2 | 4 | µs | 0.5 | 0.25 | 0.4 | missed, worse |" in lines
    assert "| new |  |  |  | 1,234 |  |  |  |" in lines
    assert "## part" in lines


def test_the_machine_is_named_with_its_cpu_and_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import machine

    found = machine.describe("make bench")
    assert found["command"] == "make bench"
    assert f"{os.cpu_count()} CPUs" in found["CPU"]
    assert f"jax {jax.__version__}" in found["versions"]
