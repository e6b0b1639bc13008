"""The committed results are those of the claims as they stand."""

import json
from pathlib import Path
from typing import Any

import pytest

from papers.claims import CLAIMS
from papers.credit.page import section
from papers.credit.tasks import held_out
from papers.folder import ResultsFolder
from papers.multiverse.reading import readings
from papers.multiverse.study import Measured, described, file_of
from papers.multiverse.world import AbstractWorld
from papers.multiverse.worlds import WORLDS
from papers.report.pages import PAGES, write_claims
from papers.result import Row, Table

RESULTS = Path(__file__).parents[2] / "results"


def column(values: list[float | None]) -> tuple[float, ...]:
    """None stands for a number that was not finite."""
    return tuple(float("inf") if value is None else value for value in values)


def table_of(content: dict[str, Any]) -> Table:
    rows = (
        Row(row["name"], tuple(map(column, row["values"])), row["note"]) for row in content["rows"]
    )
    return Table(content["title"], tuple(content["columns"]), tuple(rows))


@pytest.mark.parametrize("identity", CLAIMS)
def test_a_claim_was_run_by_the_protocol_that_stands_here(identity: str) -> None:
    """`finished` refuses another protocol, scale, version or number of seeds."""
    claim = CLAIMS[identity]
    content = ResultsFolder(RESULTS).finished(claim, "full", 5)
    assert content is not None
    tables = tuple(map(table_of, content["tables"]))
    # A coefficient of variation is one number of all seeds, and bytes depend on none; where spreads
    # are asked for there are twenty seeds.
    found = {len(values) for table in tables for row in table for values in row.values}
    assert found <= {1, 5, 20}
    assert json.loads(json.dumps(vars(claim.judge(tables)))) == content["verdict"]
    assert (RESULTS / "figures" / f"{identity}.svg").is_file()


@pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
def test_draws_are_of_the_space_that_stands_here(world: AbstractWorld) -> None:
    """Further draws may be run later."""
    found = Measured(file_of(RESULTS, world.name))
    count = len(found.draws)
    assert found.world == {**described(world), "draws": count} and count <= world.draws
    protocols = world.protocols()
    for draw in [*found.draws, *found.points.values()]:
        assert draw.protocol == json.loads(json.dumps(protocols[draw.name]))
        assert draw.hopeless or {len(errors) for errors in draw.errors.values()} == {world.seeds}


def test_the_section_on_credit_is_that_of_its_results() -> None:
    content = json.loads((RESULTS / "credit.json").read_text("utf-8"))
    assert section(content) == (RESULTS / "credit.md").read_text("utf-8")
    for task, one in content["tasks"].items():
        assert one["held_out"] == (task in held_out())


@pytest.mark.long
def test_the_page_is_that_of_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("papers.report.pages.claim_figure", lambda path, content: None)
    contents = ResultsFolder(RESULTS).all()
    assert [one["id"] for one in contents] == list(CLAIMS)
    monkeypatch.setattr("papers.report.pages.curve_figure", lambda path, title, one, world: None)
    monkeypatch.setattr("papers.report.pages.Measured", lambda path: None)
    found = readings(CLAIMS.values(), RESULTS)
    assert json.loads(json.dumps(found)) == json.loads(
        (RESULTS / "readings.json").read_text("utf-8")
    )
    write_claims(tmp_path, contents, found)
    for page in PAGES:
        assert (tmp_path / page).read_text("utf-8") == (RESULTS / page).read_text("utf-8")
