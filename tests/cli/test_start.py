"""What the command line does before a command: little, and it says its version."""

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

from onward import __version__
from onward.cli.entry import MADE_BETWEEN, SEARCHES_BETWEEN
from onward.cli.options import known_rule, known_stream
from onward.cli.passing import free_folder
from onward.streams import StreamError

from .conftest import Command

# What is read when it is needed, and not before: the first takes a second.
HEAVY = ("jax", "pandas", "pyarrow", "matplotlib", "jinja2", "river", "sklearn")
IMPORTED = f"""
import io, sys
from contextlib import redirect_stderr, redirect_stdout
from onward.cli import main
def call(*arguments):
    sys.argv = ["onward", *arguments]
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            main()
    except SystemExit as ended:
        code = ended.code or 0
    else:
        code = 0
    return code, [name for name in {HEAVY} if name in sys.modules]
"""
AT_ONCE = {
    ("--version",): 0,
    ("--help",): 0,
    ("run", "--help"): 0,
    ("advise", "--help"): 0,
    ("decode", "--help"): 0,
    ("streams",): 0,
    ("rnu",): 2,
    ("run", "sine", "--sise", "4"): 2,
    ("run", "no.csv"): 2,
    ("run", "sinus"): 2,
    ("run", "sine", "--cell", "gur"): 2,
    ("run", "sine", "--rule", "imediate:k=3"): 2,
    ("run", "sine", "--loss", "squred"): 2,
    ("run", "sine", "--optimizer", "adm"): 2,
    ("run", "sine", "--resume"): 2,
    ("advise", "sinus"): 2,
    ("advise", "sine", "--cell", "gur"): 2,
    ("advise", "sine", "--budget", "soon"): 2,
    ("info", "gur"): 2,
}


def printed(*lines: str) -> list[str]:
    """What a process prints whose first statements are above."""
    command = [sys.executable, "-c", "\n".join([IMPORTED, *lines])]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_nothing_heavy_is_read_before_it_is_needed() -> None:
    found = printed(*(f"print(call{arguments!r})" for arguments in AT_ONCE))
    assert found == [str((code, [])) for code in AT_ONCE.values()]


def test_facts_are_shipped_and_a_run_dispatches_at_once() -> None:
    """Lists read the cells and rules, for what they say of themselves, and no learner."""
    found = printed(
        "print(call('info'), call('info', 'gru'), 'onward.learning' in sys.modules)",
        "print(call('run', 'sine', '--size', '0')[0])",
        "import jax",
        "print(jax.config.read('jax_cpu_enable_async_dispatch'))",
        "print(call('run', 'sine', '--rule', 'tbptt:k=3', '--out', 'out')[0])",
        "print(jax.config.read('jax_cpu_enable_async_dispatch'))",
    )
    assert found == ["(0, ['jax']) (0, ['jax']) False", "2", "True", "2", "False"]


def test_garbage_is_looked_for_rarely(onward: Command) -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        onward("--version")
        assert gc.get_threshold() == (MADE_BETWEEN, SEARCHES_BETWEEN, 10)
    finally:
        gc.set_threshold(*before)


def test_it_tells_its_version(onward: Command) -> None:
    found = onward("--version")
    assert (found.code, found.out, found.err) == (0, f"onward {__version__}\n", "")


@pytest.mark.parametrize("absent", ["typer", "jinja2"])
def test_without_a_package_of_the_extra_it_says_what_to_install(
    absent: str, onward: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "onward.streams.installed.find_spec", lambda name: None if name == absent else object()
    )
    found = onward("streams")
    assert (found.code, found.out) == (2, "")
    expected = (
        "error Expected typer, rich, pandas, pyarrow, matplotlib, jinja2 for the command line; got "
        f"a Python without {absent}; try pip install {absent}.\n"
    )
    assert found.err == expected


def test_names_are_found_as_they_are_usually_written(tmp_path: Path) -> None:
    assert (known_stream(["Mackey_Glass"]), known_stream(["sine"])) == ("mackey-glass", "sine")
    assert known_rule("Sparse_RTRL:k=8") == "sparse-rtrl:k=8"
    assert known_rule("Shadowed:rule=(RTRL)") == "shadowed:rule=(RTRL)"
    made = tmp_path / "SINE"
    made.touch()
    assert known_stream([str(made)]) == str(made), "a path is a path"


def test_files_are_paths_folders_and_patterns_and_standard_input(tmp_path: Path) -> None:
    for name in ("day1.csv", "day2.csv"):
        (tmp_path / name).touch()
    one, two, pattern = (str(tmp_path / name) for name in ("day1.csv", "day2.csv", "day*.csv"))
    for text in ("-", str(tmp_path), pattern):
        assert known_stream([text]) == text
    assert known_stream([two, one]) == (two, one)
    for wrong in ([str(tmp_path / "week*.csv")], [one, str(tmp_path / "dya2.csv")], [one, one]):
        with pytest.raises(StreamError):
            known_stream(wrong)


@pytest.mark.parametrize(
    ("stream", "folder"),
    [
        ("sine", "sine-1"),
        (".", "my-data-1"),
        ("../my data/", "my-data-1"),
        ("day*.csv", "day-1"),
        ("a.csv.gz", "a-1"),
        (("b.csv", "a.csv"), "b-1"),
        (".hidden.csv", "hidden-1"),
        ("-", "stdin-1"),
        ("*", "stream-1"),
    ],
)
def test_results_have_a_name_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str, folder: str
) -> None:
    here = tmp_path / "my data"
    here.mkdir()
    monkeypatch.chdir(here)
    assert free_folder(stream) == Path("runs", folder)


def test_what_a_run_writes_down_are_the_names_in_the_lists(run: Command, tmp_path: Path) -> None:
    options = ("--cell", "RNN", "--rule", "TBPTT:window=2", "--loss", "mse", "--optimizer", "SGD")
    assert run("Sine", *options, "--limit", 100, "--warmup", 50, "--out", "out").code == 0
    config = json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8"))["config"]
    found = [config[name] for name in ("stream", "cell", "rule", "loss", "optimizer")]
    assert found == ["sine", "rnn", "tbptt:window=2", "squared", "sgd"]
