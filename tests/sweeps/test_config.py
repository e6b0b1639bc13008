"""What a sweep's file may say, and what is said of what it may not."""

from pathlib import Path

import pytest

from onward.sweeps import SweepConfig, SweepError, read_config
from onward.sweeps.space import Choice, Span

WHOLE = """
stream = "sine"
target = "value"
learner = "network"
seed = 7

[sweep]
method = "random"
draws = 5
seeds = 2

[sweep.space]
cell = ["GRU", "lstm"]
size = { low = 4, high = 8 }
learning_rate = { low = 1e-4, high = 1e-2, log = true }
"""


def written(folder: Path, text: str, name: str = "sweep.toml") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_a_file_says_what_varies_and_what_does_not(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, WHOLE))
    assert (config.method, config.draws, config.seeds) == ("random", 5, 2)
    assert config.space == {
        "cell": Choice(("GRU", "lstm")),
        "size": Span(4, 8),
        "learning_rate": Span(1e-4, 1e-2, log=True),
    }
    run = config.config({"cell": "GRU", "size": 4}, seed=1)
    assert (run.cell, run.size, run.seed, run.target) == ("gru", 4, 8, ("value",))


def test_json_says_the_same(tmp_path: Path) -> None:
    text = '{"stream": "sine", "sweep": {"space": {"size": [4, 8]}}}'
    assert read_config(written(tmp_path, text, "sweep.json")) == SweepConfig(
        {"stream": "sine"}, {"size": Choice((4, 8))}
    )


SPACE = "[sweep.space]\nsize = [4]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stream = [", r"Expected TOML in .*; got what cannot be read"),
        ('stream = "sine"', r"Expected settings that vary in \[sweep.space\]; got none"),
        ("[sweep.space]\nsize = []", r"Expected values of size as a list.*; got no value"),
        ("[sweep.space]\nsize = 4", r"Expected values of size as a list.*; got 4"),
        ("[sweep.space]\nsize = {low = 8, high = 4}", r"a range of size with low < high"),
        ("[sweep.space]\nsize = {low = 0, high = 4, log = true}", r"low > 0 if its log is uniform"),
        ("[sweep.space]\nsise = [4]", r"Expected settings of a run among stream, .*; got 'sise'"),
        ("[sweep.space]\nseed = [4]", r"the number of seeds as seeds in \[sweep\]; got seed among"),
        (f"seeds = 2\n{SPACE}", r"seeds in \[sweep\]; got seeds among"),
        (f"[sweep]\nmethod = 'best'\n{SPACE}", r"method to be grid, random or optuna; got 'best'"),
        (f"[sweep]\ndraws = 2\n{SPACE}", r"no number of draws for a grid.*; got 2"),
        (f"[sweep]\nmethod = 'random'\ndraws = 0\n{SPACE}", r"draws to be a positive integer"),
        (f"[sweep]\nseeds = 0\n{SPACE}", r"seeds to be a positive integer; got 0"),
        (f"[sweep]\nsize = 2\n{SPACE}", r"method, draws, seeds and space in \[sweep\]; got 'size'"),
    ],
)
def test_what_cannot_be_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        read_config(written(tmp_path, text))


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=r"as .toml or .json; got sweep.yaml"):
        read_config(Path("sweep.yaml"))
    with pytest.raises(SweepError, match=r"Expected a file .*; got no such file"):
        read_config(tmp_path / "sweep.toml")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "gruu"}, r"Expected a cell among .*; got 'gruu'"),
        ({"rule": "rtrl:k=2"}, r"Expected options of rtrl"),
        ({"rule": "bptt"}, r"weights that move at each sample"),
        ({"size": "64"}, r"size to be a positive integer; got '64'"),
        ({"stream": "-"}, r"a stream that can be read again; got '-'"),
        ({"limit": 1}, r"Expected limit >= 2"),
    ],
)
def test_a_run_that_cannot_be_is_refused(settings: dict[str, object], message: str) -> None:
    config = SweepConfig({"stream": "sine"}, {name: Choice((v,)) for name, v in settings.items()})
    with pytest.raises(ValueError, match=message):
        config.config(dict(settings))
