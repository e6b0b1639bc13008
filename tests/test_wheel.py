"""The wheel: what is in it, and that it alone, with what it asks for, does what the README says."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# It holds some 500 files; each takes 150 bytes of names besides what is in it.
LARGEST = 900_000
README = (ROOT / "README.md").read_text("utf-8")
(EXAMPLE,) = (
    block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "Cortex" in block
)
# What our environment asks pip for is not what a user has.
OURS = ("PIP_CONSTRAINT", "PYTHONPATH")
PLAIN = {name: value for name, value in os.environ.items() if name not in OURS}

pytestmark = pytest.mark.xdist_group("wheel")

EXTRAS = ("typer", "rich", "pandas", "pyarrow", "matplotlib", "jinja2", "river", "sklearn")
EXTRAS += ("pynwb", "h5py")
WITHOUT_EXTRAS = f"import sys\nsys.modules.update(dict.fromkeys({EXTRAS}))\n"

CORE_ONLY = """
import onward, onward.diagnose, onward.recordings, onward.streams, onward.testing
import jax, tempfile, pathlib
stream = onward.streams.Sine(length=40)
features, targets = len(stream.info.feature_names), len(stream.info.target_names)
learner = onward.Learner(onward.RNN(features, 4, key=jax.random.key(0)), targets)
state = learner.init(jax.random.key(1))
for chunk in stream.chunks(20):
    state, info = learner.run(state, chunk.x, chunk.y)
path = pathlib.Path(tempfile.mkdtemp()) / "learner.safetensors"
onward.save(path, learner, state)
twin, again = onward.load(path)
assert twin == learner
assert (twin.predict(again, chunk.x[0]) == learner.predict(state, chunk.x[0])).all()
pathlib.Path("made.csv").write_text("a,b\\n1,2\\n3,4\\n")
try:
    onward.streams.open_stream("made.csv", target="b")
except onward.streams.StreamError as error:
    print(error)
"""


def call(command: Sequence[object], folder: Path) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, env=PLAIN, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as an installer would, but by the hatchling that is here, so without an index."""
    folder = tmp_path_factory.mktemp("wheel")
    done = call([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], ROOT)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module", params=["ours", pytest.param("newest", marks=pytest.mark.matrix)])
def python(
    wheel: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A fresh environment with the wheel and its core dependencies, ours or the newest.

    Where there is no index they are ours too.
    """
    folder = tmp_path_factory.mktemp("fresh")
    newest = request.param == "newest"
    pip = [] if newest else ["--without-pip"]
    subprocess.run([sys.executable, "-m", "venv", *pip, folder], check=True)
    made = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [made, "-m", "pip", "install", "--quiet", "--retries", "0", "--only-binary", ":all:"]
    if not newest or call([*pip, wheel], folder).returncode:
        site = Path(sysconfig.get_path("purelib", vars={"base": folder, "platbase": folder}))
        # As an installer does, but for the command.
        with zipfile.ZipFile(wheel) as file:
            file.extractall(site)
        Path(site, "zz_ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


def test_it_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= LARGEST


def test_it_holds_the_package_alone(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    files = {
        path.relative_to(source).as_posix()
        for path in source.joinpath("onward").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in held if ".dist-info/" not in name} == files
    assert "onward/py.typed" in held and any(name.endswith(".j2") for name in held)
    assert not [name for name in held if name.startswith(("/", ".")) or ".." in name]


def test_nothing_in_it_names_a_place_outside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        for name in file.namelist():
            found = re.search(r"\.\./shared|/(?:home|root|tmp|work)/", file.read(name).decode())
            assert found is None, f"{name} names {found and found.group()}"


def test_it_asks_for_little_and_offers_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (metadata,) = (name for name in file.namelist() if name.endswith("METADATA"))
        asked = re.findall(r"^Requires-Dist: (.*)$", file.read(metadata).decode(), re.M)
        (commands,) = (name for name in file.namelist() if name.endswith("entry_points.txt"))
        assert "onward = onward.cli:main" in file.read(commands).decode().splitlines()
    core = {re.split(r"\W", line)[0] for line in asked if "extra ==" not in line}
    assert core == {
        "equinox",
        "jax",
        "jaxtyping",
        "numpy",
        "optax",
        "psutil",
        "safetensors",
        "scipy",
    }


@pytest.mark.matrix
def test_the_readmes_example_runs_with_the_core_alone(python: Path, tmp_path: Path) -> None:
    script = EXAMPLE.replace("length=6_000", "length=2_000")
    assert script != EXAMPLE
    done = call([python, "-c", WITHOUT_EXTRAS + script], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("error") == 2


def test_the_core_learns_saves_and_says_what_files_need(python: Path, tmp_path: Path) -> None:
    done = call([python, "-c", WITHOUT_EXTRAS + CORE_ONLY], tmp_path)
    assert done.returncode == 0, done.stderr
    expected = (
        "Expected pandas, pyarrow for reading made.csv; got a Python without pandas, pyarrow; "
        "try pip install pandas pyarrow.\n"
    )
    assert done.stdout == expected


def test_the_command_without_its_extra_says_what_to_install(python: Path, tmp_path: Path) -> None:
    command = python.with_name("onward")
    script = WITHOUT_EXTRAS + "from onward.cli import main; main()"
    called = [command] if command.exists() else [python, "-c", script]
    done = call([*called, "--help"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error Expected typer, rich, ") and done.stderr.count("\n") == 1
    assert done.stderr.endswith("; try pip install typer rich pandas pyarrow matplotlib jinja2.\n")
