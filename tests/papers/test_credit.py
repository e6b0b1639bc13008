"""How the credit benchmark is judged, resumed, drawn and told, on made-up numbers."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from onward.jobs import AbstractPlace, Job, JobsError, Outcome
from papers.credit import judgement, protocol
from papers.credit.page import section
from papers.credit.protocol import EXACT, IMMEDIATE, READOUT, RULES, Protocol
from papers.credit.run import benchmark

TASKS = ("recall-1", "recall-2", "recall-4", "xor-1", "sine-8")
SMALL = Protocol(
    rows=90,
    seeds=2,
    cells=("rnn", "indrnn"),
    tasks=TASKS,
    advised=("recall-2", "sine-8"),
    advised_cells=("rnn", "indrnn"),
)


def row(**skills: float) -> dict[str, float]:
    return dict.fromkeys(RULES, 100.0) | {
        {"immediate": IMMEDIATE, "exact": EXACT, "readout": READOUT}[name]: value
        for name, value in skills.items()
    }


def made_up(job: Job) -> dict[str, Any]:
    """Immediate credit recalls one sample, everything else two, and nobody learns "xor"."""
    if job.name.startswith("advice"):
        needed = job.arguments["cell"] == "rnn"
        return {"needed": needed, "by_trials": False, "scores": {}, "recommended": EXACT}
    task, rule = job.arguments["task"], job.arguments["rule"]
    learns = not task.startswith("xor")
    if rule == IMMEDIATE:
        learns = task in ("recall-1", "sine-8")
    error = 0.1 if learns else 1.0
    if task == "recall-4" and rule != EXACT:
        error = 0.6
    return {
        "error": error + 0.02 * job.arguments["seed"],
        "trivial": 1.0,
        "labels": 30,
        "curve": [error] * 6,
        "rates": [error, 2.0, None],
    }


class MadeUp(AbstractPlace):
    """Gives made-up outcomes, and remembers for which jobs."""

    def __init__(self, fails: str = "") -> None:
        self.asked: list[str] = []
        self.fails = fails

    def outcomes(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        for job in jobs:
            self.asked.append(job.name)
            if job.name == self.fails:
                yield Outcome(job.name, error="ValueError: it broke")
            else:
                yield Outcome(job.name, made_up(job))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("credit")
    return out, benchmark(out, SMALL, "full", MadeUp())


def test_skill_is_pooled_and_bounded() -> None:
    assert judgement.skill(1.0, 1.0, 0.0) == 0 and judgement.skill(0.1, 1.0, 0.1) == 100
    assert judgement.skill(None, 1.0, 0.0) == judgement.skill(50.0, 1.0, 0.0) == -100


def test_a_rule_works_by_what_exact_credit_reaches() -> None:
    assert judgement.outcome(row(immediate=45, exact=60), IMMEDIATE) == "works"
    assert judgement.outcome(row(immediate=44, exact=60), IMMEDIATE) == "partly"
    assert judgement.outcome(row(immediate=14, exact=60), IMMEDIATE) == "fails"
    silent = row(immediate=90, exact=24.9)
    assert not judgement.tells(silent) and judgement.outcome(silent, IMMEDIATE) == ""
    assert judgement.cheapest(row(readout=10, immediate=80)) == IMMEDIATE
    assert judgement.cheapest(silent) is None


def test_a_rule_reaches_as_far_as_it_works_without_a_gap() -> None:
    works, fails = row(immediate=90), row(immediate=0)
    assert judgement.reach({1: works, 2: works, 4: fails, 8: works}, IMMEDIATE) == 2
    assert judgement.reach({1: fails, 2: works}, IMMEDIATE) is None


def test_propagation_is_needed_where_it_is_ahead_of_immediate_credit_alone() -> None:
    even = row(immediate=100 - judgement.MARGIN, readout=-50)
    assert not judgement.needs_propagation(even)
    assert judgement.needs_propagation({**even, IMMEDIATE: 94.9})
    assert judgement.gain(row(immediate=90, readout=300)) == 10, "the readout alone is no rival"


def test_results_are_means_and_spreads_and_exact_rules_are_not_run_twice(finished) -> None:
    _, content = finished
    found = content["scores"]["rnn"]["recall-1"][EXACT]
    assert found == {"skill": 89.0, "spread": 1.41, "error": 0.11}
    assert content["exact"]["rnn"] == [] and "eprop" in content["exact"]["indrnn"]
    names = [job.name for job in protocol.jobs(SMALL)]
    assert len(set(names)) == len(names)
    assert any("rnn_eprop" in name for name in names)
    assert not any("indrnn_eprop" in name for name in names)
    scores = content["scores"]["indrnn"]["recall-4"]
    assert scores["eprop"] == scores[EXACT]
    assert content["best_rates"] == {"0.0005": 16, "0.002": 0, "0.008": 0}


def test_a_finished_run_computes_nothing_again(finished) -> None:
    out, content = finished
    place = MadeUp()
    assert benchmark(out, SMALL, "full", place) == content
    assert not place.asked
    with pytest.raises(JobsError, match=r"Expected the protocol .* rows=90"):
        benchmark(out, Protocol(rows=60, tasks=TASKS), "full", place)


@pytest.mark.study
def test_a_failed_job_is_told_and_tried_again_alone(tmp_path: Path) -> None:
    broken = protocol.name_of("xor-1", "rnn", EXACT, 1)
    with pytest.raises(JobsError, match=f"1 jobs failed, the first of them {broken}: ValueError"):
        benchmark(tmp_path, SMALL, "full", MadeUp(fails=broken))
    assert not (tmp_path / "credit.json").exists()
    place = MadeUp()
    benchmark(tmp_path, SMALL, "full", place)
    assert place.asked == [broken]


def test_figures_and_page_come_from_the_file_alone(finished, tmp_path: Path) -> None:
    from papers.credit.figures import draw

    out, content = finished
    read = json.loads((out / "credit.json").read_text("utf-8"))
    drawn = draw(tmp_path, read)
    names = {"recall", "xor", "others", "advice"}
    assert {path.name for path in drawn} == {f"credit-{name}.png" for name in names}
    for path in drawn:
        assert path.read_bytes() == (out / "figures" / path.name).read_bytes()
    text = section(read)
    assert "| rnn | 4 | 1 | – | – | – | – | 4 |" not in text
    assert "| rnn | 2 | 1 | 2 | 2 | 2 | 2 | 4 |" in text, "the reach in recall, by rule"
    assert "| indrnn | 2 | 1 | 4 | 4 | 4 | 2 | 4 |" in text, "where rules are exact they reach on"
    assert "rnn on xor-1, indrnn on xor-1" in text, "rows that say nothing are named"
    assert "| immediate | 4 | 2 | 2 |" in text
    assert content["tasks"]["recall-2"]["about"] == "the sign of 2 samples ago"


def test_advice_is_judged_by_the_whole_stream(finished) -> None:
    _, content = finished
    judged = {(one["cell"], one["task"]): one for one in judgement.judged_advice(content)}
    assert judged["rnn", "recall-2"]["truth"] and judged["rnn", "recall-2"]["right"]
    assert judged["rnn", "recall-2"]["gain"] == pytest.approx(90.0)
    assert not judged["rnn", "sine-8"]["truth"] and not judged["rnn", "sine-8"]["right"]
    assert judged["indrnn", "sine-8"]["right"] and not judged["indrnn", "recall-2"]["right"]
    text = section(content)
    wrong = "Wrong: rnn on sine-8 (said propagate, true gain 0), indrnn on recall-2 (said not, "
    assert wrong in text and "it had never been run: indrnn." in text
    assert "| indrnn | new to it | 2 | 1 (50 %) | 1 (50 %) |" in text
