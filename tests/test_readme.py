"""The README's Python blocks run as they stand."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import onward
from onward.cells import derive
from onward.runs import Run, RunConfig
from small_runs import single_precision

__all__ = ["single_precision"]

BLOCKS = re.findall(
    r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text("utf-8"), re.DOTALL
)


TRAINED, EXAMPLE, CELL = BLOCKS


def test_a_trained_stream_learner_goes_on_from_python(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    single_precision: None,
) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    columns = {"a": random.normal(size=200), "b": random.normal(size=200)}
    pd.DataFrame({**columns, "price": 10 + columns["a"]}).to_csv("data.csv", index=False)
    run = Run(
        RunConfig("data.csv", target=("price",), learner="network", size=8), Path("runs", "data-1")
    )
    run()
    scope: dict = {"__name__": "readme"}
    exec(compile(TRAINED, "README.md", "exec"), scope)
    printed = float(capsys.readouterr().out.strip("[]\n"))
    np.testing.assert_allclose(printed, scope["info"].prediction, rtol=1e-5)
    np.testing.assert_allclose(printed, 10.3, atol=1)
    assert int(scope["state"].counters.samples) == 201


def test_the_example_learns_as_it_says() -> None:
    script = EXAMPLE.replace("length=6_000", "length=3_000")
    assert script != EXAMPLE
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    errors = [float(line.split()[1]) for line in done.stdout.splitlines() if "error" in line]
    assert len(errors) == 3
    assert max(errors) < 6  # cm/s; the running mean is wrong by 10


def test_the_cell_that_it_defines_takes_every_rule_exactly() -> None:
    scope: dict = {"__name__": "readme"}
    exec(compile(CELL, "README.md", "exec"), scope)
    keys = jax.random.split(jax.random.key(0))
    cell = scope["LeakyCell"](
        jax.random.normal(keys[0], (4, 4)), jax.random.normal(keys[1], (4, 2)), input_size=2
    )
    state, x = jnp.linspace(-1, 1, 4), jnp.ones(2)
    found = jax.eval_shape(cell.jacobian, state, x)
    dense = jax.eval_shape(partial(derive.dense_jacobian, cell), state, x)
    assert isinstance(found, type(dense))
    learner = onward.Learner(cell, 1, rule=onward.RTRL(), optimizer="rmsprop")
    # The first label tells the scale, and there is nothing to learn from it.
    _, info = learner.run(learner.init(jax.random.key(0)), [[1.0, 2.0]] * 2, [[3.0], [4.0]])
    assert list(info.learnt) == [False, True]
