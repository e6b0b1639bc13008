"""The members of a mixture, on the page and in the terminal; nothing of them for a network."""

import re
from typing import Any

import numpy as np
import pytest

from onward.report import exit_code, summary_sentence, verdict, write_report
from onward.report.figures.trust import areas_of, trust_figure
from onward.report.members import (
    NAMED,
    idle_sentence,
    leading,
    members_table,
    percent,
    regret_sentence,
    shares_of,
    trusted_sentence,
)
from onward.report.next_steps import next_steps
from onward.report.settings import settings
from onward.report.table import display_name

# Loss, trust in both stretches, and share of the time.
MEMBERS = {
    "network": (0.6, (0.5, 0.3), 0.4),
    "slow network": (0.7, (0.015, -0.015), 0.3),
    "line": (0.4, (0.6, 0.9), 0.2),
    "line with memory": (0.45, (-0.3, -0.3), 0.1),
    "last label": (0.9, (0.1, 0.05), None),
    "running mean": (8.0, (0.04, 0.02), None),
    "smoothing": (0.8, (0.03, 0.03), None),
    "Markov table": (0.8, (0.01, 0.01), None),
    "label 7 before": (0.8, (0.005, 0.005), None),
}
ROWS = (100, 400)


def mixture(**regret: Any) -> dict[str, Any]:
    """What metrics.json has of a mixture."""
    return {
        "learner": f"mixture of {len(MEMBERS)} · GRU(64) · immediate · rmsprop",
        "diagnostics": {},
        "members": [
            {
                "name": name,
                "kind": "forecaster" if seconds is None else "learner",
                "loss": loss,
                "trust": float(np.average(trust, weights=[100, 300])),
                "seconds_share": seconds,
            }
            for name, (loss, trust, seconds) in MEMBERS.items()
        ],
        "regret": {
            "labels": 396.0,
            "unit": "nats",
            "loss": 0.41,
            "best": "line",
            "lost_to_best": 0.01,
            "bound": None,
            **regret,
        },
        "trust": {
            "names": list(MEMBERS),
            "rows": list(ROWS),
            "values": np.transpose([trust for _, trust, _ in MEMBERS.values()]).tolist(),
        },
    }


def test_shares_are_the_positive_parts_and_the_most_trusted_are_named() -> None:
    metrics = mixture()
    names, ends, shares = shares_of(metrics)
    assert names == list(MEMBERS) and tuple(ends) == ROWS
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares[0, names.index("line")] == pytest.approx(0.6 / 1.3)
    assert not shares[:, names.index("line with memory")].any()
    first = ["line", "network", "last label", "smoothing", "running mean", "Markov table"]
    assert leading(metrics) == first and len(first) == NAMED
    areas = areas_of(metrics)
    assert [area.name for area in areas] == [*first, "3 others"]
    assert sorted(name for area in areas for name in area.members) == sorted(MEMBERS)
    assert len({area.colour for area in areas}) == len(areas)


def test_the_page_shows_whom_it_trusted_in_the_colours_of_the_page(make_run, tmp_path) -> None:
    run = make_run(**mixture(bound=0.02))
    path = tmp_path / "report.html"
    write_report(path, run.metrics, run.predictions)
    page = path.read_text("utf-8")
    assert page.index("Gain over") < page.index("Who was trusted when") < page.index("Scores over")
    for name in [*leading(run.metrics), "3 others", "the mixture"]:
        assert name in page
    # Both pages have a colour for every area.
    for area in areas_of(run.metrics):
        assert page.count(f"--{area.colour}: #") == 2 and f"fill: var(--{area.colour})" in page
    assert "that part is left out" in page and "slow network. They took 30 %" in page
    assert "mean network" not in page
    assert regret_sentence(run.metrics) in re.sub("&#3[49];", "'", page)


def test_of_a_network_alone_the_page_says_nothing(make_run, tmp_path) -> None:
    run = make_run()
    path = tmp_path / "report.html"
    write_report(path, run.metrics, run.predictions)
    assert "trusted" not in path.read_text("utf-8")
    assert trust_figure(run.metrics, "trust", (9, 3)) is None
    assert members_table(run.metrics) is None


def test_a_mixture_that_has_predicted_nothing_has_no_figure(make_run, tmp_path) -> None:
    told = mixture(labels=0.0, loss=None, best=None, lost_to_best=None)
    told["trust"] |= {"rows": [], "values": []}
    for member in told["members"]:
        member |= {"loss": None, "trust": None, "seconds_share": None}
    run = make_run(done=0, **told)
    write_report(tmp_path / "report.html", run.metrics, run.predictions)
    assert "Who was trusted" not in (tmp_path / "report.html").read_text("utf-8")
    sentences = (trusted_sentence, regret_sentence, idle_sentence)
    assert [sentence(run.metrics) for sentence in sentences] == [None] * 3


def test_the_table_begins_with_the_mixture_and_then_the_most_trusted() -> None:
    table = members_table(mixture())
    assert table.headers == ("", "loss in nats ↓", "trust", "time")
    assert [row.name for row in table.rows[:3]] == ["the mixture", "line", "network"]
    assert table.rows[-1].name == "line with memory"
    texts = [cell.text for cell in table.rows[1].cells]
    assert texts == ["0.400", "82 %", "20 %"] and table.rows[1].cells[0].best
    assert [cell.text for cell in table.rows[-1].cells] == ["0.450", "−30 %", "10 %"]
    assert not table.rows[0].cells[0].best


def test_sentences_for_the_terminal() -> None:
    assert trusted_sentence(mixture()) == "trusted most: line 82 %, network 35 %, last label 6.2 %"
    lost = "lost 0.01 nats a label to its best member in hindsight, “line”"
    assert regret_sentence(mixture()) == lost
    numbers = mixture(bound=0.02, unit="half squares of the usual error")
    assert regret_sentence(numbers) == (
        "lost 0.01 a label to its best member in hindsight, “line”, in half squares of the usual "
        "error; by theory at most 0.02 is lost where errors stay within it"
    )
    gained = "gained 0.0031 nats a label on its best member in hindsight, “line”"
    assert regret_sentence(mixture(lost_to_best=-0.0031)) == gained


def test_learners_that_cost_more_than_they_gave_are_named_by_the_size_of_their_trust() -> None:
    """A member that is counted against is used, and one trusted now and then for nothing is not."""
    told = idle_sentence(mixture())
    assert "less than 2 % of the prediction: slow network. They took 30 %" in told
    untimed = mixture()
    untimed["members"][1]["seconds_share"] = None
    assert "took" not in idle_sentence(untimed)
    busy = mixture()
    busy["trust"]["values"][1][1] = -0.5
    assert idle_sentence(busy) is None


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.5, "50 %"), (0.0995, "10 %"), (0.0412, "4.1 %"), (-0.3, "−30 %"), (-1e-5, "0 %")],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_a_mixture_is_not_called_a_network(make_run) -> None:
    run = make_run(learners=("onward", "last label"), **mixture())
    metrics = run.metrics
    words = dict(settings(metrics))["mixture"]
    assert "9 members, weighed by what they predict: 4 learners (network, slow network" in words
    assert "5 forecasters; networks are GRU(64) · immediate · rmsprop" in words
    assert display_name(metrics, "frozen after warm-up") == "frozen after warm-up (first network)"
    metrics["counts"]["restarts"] = 3
    assert "Learners of the mixture blew up 3 times. Each time one was" in told(metrics)
    metrics["given_up"] = True
    assert "mixture's learners have all given up learning: they blew up 3 times." in told(metrics)
    assert exit_code(verdict(metrics)) == 3
    metrics["counts"]["learnt"] = 0
    assert "The mixture learnt nothing" in told(metrics)


def test_a_frozen_first_network_that_is_better_is_named(make_run) -> None:
    metrics = make_run(**mixture()).metrics
    scores = metrics["learners"]
    scores["frozen after warm-up"]["overall"]["r2"] = 0.99
    assert "the first network, frozen, is better" in next_steps(metrics)[0]
    assert "; its first network, frozen after warm-up, reached 0.990" in summary_sentence(metrics)


def told(metrics: dict[str, Any]) -> str:
    return " ".join(line.sentence for line in verdict(metrics))
