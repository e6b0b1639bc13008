"""`onward reproduce` finds the studies of a checkout and hands over; tests/papers has the rest."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from onward.cli import reproduce

from .conftest import Command
from .test_refused import assert_refused

pytestmark = pytest.mark.xdist_group("cli")

STUDIES = """
import json

def reproduce(ids, **options):
    print(json.dumps([ids, options], default=str))
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from a wheel, where nothing lies beside the package."""
    place = tmp_path / "lib" / "python3" / "site-packages" / "onward" / "cli" / "reproduce.py"
    monkeypatch.setattr(reproduce, "__file__", str(place))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Other studies in the current folder, and none imported yet."""
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "__init__.py").touch()
    (tmp_path / "papers" / "cli.py").write_text(STUDIES, "utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    kept = forgotten()
    yield
    forgotten()
    sys.modules.update(kept)


def forgotten() -> dict[str, ModuleType]:
    """What was imported of the studies, and no longer is."""
    names = [name for name in sys.modules if name.split(".")[0] == "papers"]
    return {name: sys.modules.pop(name) for name in names}


def test_without_a_checkout_it_says_where_the_studies_are(
    onward: Command, installed: None, tmp_path: Path
) -> None:
    (tmp_path / "papers").mkdir()  # of other papers
    result = onward("reproduce", "A1")
    assert_refused(result, r"in papers/ of a checkout.*; got onward installed without them.*Try ")
    assert str(tmp_path) in result.err and "pip install -e ." in result.err
    assert not (tmp_path / "out").exists()


def test_the_studies_of_the_current_folder_are_used(
    onward: Command, installed: None, elsewhere: None
) -> None:
    # The real studies would refuse the first claim, and not run for hours.
    given = ("A01", "B2", "--quick", "--seeds", 3, "--out", "there", "--jobs", 2)
    others = {"quick": True, "seeds": 3, "out": "there", "jobs": 2, "dask": None, "draws": None}
    assert json.loads(onward("reproduce", *given).out) == [["A01", "B2"], others]
    usual = {"quick": False, "seeds": 5, "out": None, "jobs": None, "dask": None, "draws": None}
    assert json.loads(onward("reproduce").out) == [[], usual]


def test_the_studies_beside_the_package_come_first(onward: Command, elsewhere: None) -> None:
    assert_refused(onward("reproduce", "A01"), r"got 'A01'\. Try A1")
