"""What is asked for on the command line is what is run."""

import shlex
from dataclasses import fields, replace
from pathlib import Path

import pytest

from onward.advice.command import words_of
from onward.runs import RunConfig

from .conftest import Command

pytestmark = pytest.mark.xdist_group("cli")

# No setting is what it is by default, but for the two that are of a pass.
GIVEN = RunConfig(
    stream=("no 1.csv", "no 2.csv"),
    target=("a,b c",),
    features=("d",),
    task="regression",
    start="trial",
    weight="w",
    series="shop",
    phases="day",
    valid="ok",
    gap="1h",
    calendar=True,
    missing_codes=("-200", "?"),
    separator="tab",
    decimal=",",
    header=False,
    reverse=True,
    horizon="24h",
    feedback=False,
    missing="last",
    mask=True,
    weights="own",
    learner="network",
    cell="lru",
    size=8,
    rule="rtrl",
    loss="huber",
    optimizer="sgd",
    learning_rate=0.01,
    seed=3,
    one_series=True,
    seeds=2,
)


def test_the_words_of_a_configuration_make_the_same_one(
    onward: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    monkeypatch.setattr("onward.cli.passing.pass_over", lambda config, *_: taken.append(config))
    for name in ("no 1.csv", "no 2.csv"):
        (tmp_path / name).touch()
    usual = RunConfig("no 1.csv")
    changed = {f.name for f in fields(GIVEN) if getattr(GIVEN, f.name) != getattr(usual, f.name)}
    assert changed == {field.name for field in fields(GIVEN)} - {
        *("warmup", "limit", "classes", "warm_start")
    }
    for config in (GIVEN, usual, replace(usual, horizon=2, target=("a",))):
        result = onward("run", *words_of(config))
        assert result.code == 0, result.err
        assert taken.pop() == config
    assert words_of(replace(GIVEN, target=("a", "b c"))) == words_of(GIVEN)


def test_only_what_is_not_usual_is_said() -> None:
    assert shlex.join(words_of(RunConfig("sine", limit=60, warmup=2))) == (
        "sine --cell gru --size 64 --rule immediate --optimizer auto --seed 0"
    )
