"""`onward reproduce`, from claims to verdicts, figures and pages."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
from small_claims import SMALL, Small

from cli.conftest import Command, as_for_a_user
from cli.test_refused import assert_refused
from papers.claims import CLAIMS
from papers.lab import Lab
from small_runs import files_in

__all__ = ["as_for_a_user"]

pytestmark = pytest.mark.xdist_group("cli")


@dataclass(frozen=True)
class Second(Small):
    """Another, on data that may be missing."""

    id: ClassVar[str] = "S2"
    data: str = "data"

    def missing(self) -> str | None:
        if Path(self.data).exists():
            return None
        return f"Expected data in {self.data}; got no such folder. Try a download."


@pytest.fixture(autouse=True)
def claims(monkeypatch: pytest.MonkeyPatch) -> dict[str, Small]:
    """Two small claims in place of the papers'."""
    found: dict[str, Small] = {"S1": Small(), "S2": Second()}
    monkeypatch.setattr("papers.run.CLAIMS", found)
    monkeypatch.setattr("papers.folder.CLAIMS", found)
    monkeypatch.setattr("papers.cli.CLAIMS", found)
    return found


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the figures, which take longer than such small claims."""
    monkeypatch.setattr("papers.report.pages.claim_figure", lambda path, content: None)


@pytest.fixture
def reproduce(onward: Command) -> Command:
    return lambda *arguments: onward("reproduce", *arguments, "--seeds", 2)


def test_a_folder_is_written_and_read(reproduce: Command, tmp_path: Path) -> None:
    Path("data").mkdir()
    result = reproduce("--out", "found")
    assert result.code == 0 and not result.err
    claims = [name for name in files_in(tmp_path / "found") if not name.startswith("runs/")]
    figures = [f"figures/S{number}.{kind}" for number in (1, 2) for kind in ("png", "svg")]
    pages = ["claims.html", "claims.md", "claims/S1.json", "claims/S2.json"]
    assert claims == [*pages, *figures, "readings.json", "summary.md"]
    for told in ("S1 holds", "S2 holds", "A small network | follows", "50 %", "claims.html"):
        assert told in result.out
    text = Path("found/claims.md").read_text("utf-8")
    assert "Holds: 2." in text and "`onward reproduce S1 --seeds 2`" in text
    assert "A small network \\| follows" in text and "Nothing to add." in text
    page = Path("found/claims.html").read_text("utf-8")
    assert page.count("figures/S2.svg") == 1 and "http" not in page.replace("http-equiv", "")


@pytest.mark.usefixtures("undrawn")
def test_a_claim_is_tested_alone_and_by_any_case(reproduce: Command) -> None:
    result = reproduce("s1", "S1", "--quick")
    assert result.code == 0 and result.out.count("S1 holds") == 1
    content = json.loads(Path("out/claims-quick/claims/S1.json").read_text("utf-8"))
    assert (content["id"], content["scale"], content["seeds"]) == ("S1", "quick", 2)
    assert (
        "`onward reproduce S1 --quick --seeds 2`" in Path("out/claims-quick/claims.md").read_text()
    )


@pytest.mark.usefixtures("undrawn")
def test_the_table_has_every_claim_that_the_folder_holds(reproduce: Command) -> None:
    Path("data").mkdir()
    for identity in ("S2", "S1"):
        assert reproduce(identity).code == 0
    text = Path("out/claims/claims.md").read_text("utf-8")
    assert "Holds: 2." in text and text.index("| S1 |") < text.index("| S2 |")


@pytest.mark.usefixtures("undrawn")
def test_what_is_finished_is_not_run_again(
    reproduce: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = reproduce("S1")
    before = Path("out/claims/claims/S1.json").read_bytes()

    def refuse(self: Lab, *_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(Lab, "remembered", refuse)
    again = reproduce("S1")
    assert first.code == again.code == 0 and "finished before" in again.out
    assert Path("out/claims/claims/S1.json").read_bytes() == before


@pytest.mark.study
@pytest.mark.usefixtures("undrawn")
def test_a_killed_run_goes_on_with_the_scores_it_had(
    reproduce: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reproduce("S1", "--out", "whole")
    kept, made = Lab.remembered, []

    def killed(self: Lab, what, doing, compute):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(doing)
        return kept(self, what, doing, compute)

    monkeypatch.setattr(Lab, "remembered", killed)
    assert reproduce("S1").code != 0 and not Path("out/claims/claims/S1.json").exists()
    counted: list[str] = []

    def count(self: Lab, what, doing, compute):
        return kept(self, what, doing, lambda: counted.append(doing) or compute())

    monkeypatch.setattr(Lab, "remembered", count)
    assert reproduce("S1").code == whole.code == 0
    assert len(counted) == 7 - 3, "seven scores, three of them remembered"
    texts = [Path(f"{folder}/claims/S1.json").read_bytes() for folder in ("out/claims", "whole")]
    assert texts[0] == texts[1], "no time, no order, nothing that differs"


@pytest.mark.usefixtures("undrawn")
def test_missing_data_stops_its_claim_alone(reproduce: Command) -> None:
    result = reproduce()
    assert result.code == 3
    assert "S1 holds" in result.out and "S2 not run Expected data in data; got no" in result.out
    assert not Path("out/claims/claims/S2.json").exists()


@pytest.mark.usefixtures("undrawn")
def test_an_unknown_claim_is_refused(onward: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_refused(onward("reproduce", "S3"), r"claims among S1, S2; got 'S3'\. Try S[12]")
    monkeypatch.setattr("papers.cli.CLAIMS", CLAIMS)
    assert_refused(onward("reproduce", "A01"), r"got 'A01'\. Try A1")


@pytest.mark.usefixtures("undrawn")
def test_results_made_in_another_way_are_refused(
    reproduce: Command, onward: Command, claims: dict[str, Small]
) -> None:
    assert reproduce("S1").code == 0
    path = Path("out/claims/claims/S1.json")
    for options, expected in (
        (("--seeds", 3), r"with seeds 3 in .*S1\.json; got seeds 2"),
        (
            ("--seeds", 2, "--quick", "--out", "out/claims"),
            r"with scale 'quick' in .*; got scale 'f",
        ),
    ):
        assert_refused(onward("reproduce", "S1", *options), expected)
    claims["S1"] = replace(Small(), setting=replace(SMALL, size=5))
    assert_refused(reproduce("S1"), r"with its present protocol in .*; got another")
    claims["S1"] = Small()
    path.write_text(path.read_text("utf-8").replace('"format": 1', '"format": 0'), "utf-8")
    assert_refused(reproduce("S1"), r"with format 1 in .*; got format 0")
    found = path.read_text("utf-8").replace('"format": 0', '"format": 1')
    assert '"onward": "0' in found
    path.write_text(found.replace('"onward": "0', '"onward": "9'), "utf-8")
    assert_refused(reproduce("S1"), r"with onward '0.*; got onward '9")
    path.write_text("{", "utf-8")
    assert_refused(reproduce("S1"), r"got something that is no JSON")


@pytest.mark.usefixtures("undrawn")
def test_a_folder_that_cannot_be_written_to_is_refused(reproduce: Command) -> None:
    Path("file").touch()
    assert_refused(reproduce("S1", "--out", "file"), r"a folder that can be written to; got file")
