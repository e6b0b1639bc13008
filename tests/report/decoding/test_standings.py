"""What is computed from the scores, against numbers by hand."""

import numpy as np
import pytest

from onward.report.decoding import decode_verdict, summary_rows
from onward.report.decoding.parts import ablation_bars
from onward.report.decoding.standings import clock, grid, mean, over_seeds, standings
from onward.report.decoding.tables import axes_table, decoders_table, sessions_table


@pytest.fixture
def told(make_study):
    """A study of three sessions and two seeds with F20 put in by hand."""

    def make(ours, frozen, **opponents):
        study = make_study(opponents=())
        scores = {"decoder": ours, "frozen": frozen}
        scores |= {name.replace("_", " "): [values] for name, values in opponents.items()}
        results = study.results
        results["scores"] = {
            name: {f"day{place}": [_score(seed[place]) for seed in seeds] for place in range(3)}
            for name, seeds in scores.items()
        }
        return results

    return make


def _score(value):
    told = {"mean": value, "per_target": [value, None], "scored": 9}
    return {"f20": told, "prequential": None, "worst": {"first": 1_250, "rows": 1200, "r2": -0.5}}


OURS = [[0.5, 0.7, 0.3], [0.6, 0.6, 0.4]]
FROZEN = [[0.4, 0.68, 0.31], [0.4, 0.6, 0.3]]


def test_rows_of_text_are_in_order_with_wins_against_ours(told):
    results = told(OURS, FROZEN, ridge=[0.1, 0.2, 0.3], wiener=[0.6, 0.1, 0.36])
    assert summary_rows(results) == [
        ("ours (gru 64, bptt)", "0.517 ± 0.024", "–", "–", "day2 (0.350)"),
        ("its frozen copy", "0.448 ± 0.021", "–", "0 of 3", "day2 (0.305)"),
        ("wiener", "0.353", "–", "2 of 3", "day1 (0.100)"),
        ("ridge", "0.200", "–", "0 of 3", "day0 (0.100)"),
    ]


def test_the_verdict_says_whether_it_is_better_by_how_much_and_where_not(told):
    found = decode_verdict(told(OURS, FROZEN, wiener=[0.6, 0.1, 0.36]))
    assert found.answer == "Adapting pays, and no opponent is as good." and found.shortfalls == ()
    assert found.sentences == (
        "The decoder has a mean F20 of 0.517 ± 0.024 over 3 sessions and 2 seeds.",
        "Against its frozen copy it wins 3 of 3 sessions and is 0.068 above in the mean.",
        "Against “wiener”, the only opponent, it wins 1 of 3 sessions and is 0.163 above in the "
        "mean.",
        "Its worst session is day2: 0.350.",
        "In no session, with no seed, is it more than 0.02 below its frozen copy.",
    )


@pytest.mark.parametrize(
    ("frozen", "wiener", "answer"),
    [
        (0.6, 0.3, "Adapting does harm, but no opponent is as good."),
        (0.6, 0.7, "Adapting does harm, and “wiener” is better."),
        (0.4, 0.7, "Adapting pays, but “wiener” is better."),
        (0.4, 0.501, "Adapting pays, but “wiener” is as good."),
        (0.499, 0.3, "Adapting makes no difference, but no opponent is as good."),
    ],
)
def test_the_answer_in_few_words(told, frozen, wiener, answer):
    found = decode_verdict(told([[0.5] * 3], [[frozen] * 3], wiener=[wiener] * 3))
    assert found.answer == answer


def test_where_it_falls_short_is_told_by_session_and_seed_the_worst_first(told):
    frozen = [[0.4, 0.75, 0.2], [0.4, 0.4, 0.5]]
    results = told(OURS, frozen, **{"ridge,_refitted_daily": [0.1, 0.1, 0.45]})
    results["config"]["seed"] = 7
    assert decode_verdict(results).shortfalls == (
        "It is more than 0.02 below its frozen copy: day2 with seed 8 (−0.100), "
        "day1 with seed 7 (−0.050).",
        "It is more than 0.02 below ridge, refitted daily: day2 with seed 7 (−0.150), "
        "day2 with seed 8 (−0.050).",
    )
    # What is lost within the margin is none.
    near = told(OURS, [[value + 0.019 for value in seed] for seed in OURS])
    assert decode_verdict(near).shortfalls == ()


def test_without_adapting_and_without_opponents_nothing_is_compared(make_study):
    found = decode_verdict(make_study(adapt=False, opponents=()).results)
    assert found.answer == "The decoder does not adapt, and nothing stands beside it."
    assert not any("frozen" in sentence for sentence in found.sentences)


def test_missing_scores_count_for_nobody(told):
    results = told([[0.5, None, 0.3]], [[0.4, 0.9, None]])
    ours, frozen = standings(results)
    assert ours.won(frozen) == (1, 1) and ours.mean == pytest.approx(0.4)
    np.testing.assert_array_equal(grid(results, "decoder", "f20", 0), [[0.5, np.nan, 0.3]])
    assert np.isnan(grid(results, "decoder", "f20", 1)).all()
    assert np.isnan(mean(np.array([np.nan]))) and over_seeds(np.full((2, 3), np.nan))[1] is None


def test_a_tie_is_won_by_nobody(told):
    ours, frozen = standings(told([[0.5, 0.5, 0.5]], [[0.5, 0.4, 0.6]]))
    assert ours.won(frozen) == (1, 3) and frozen.won(ours) == (1, 3)


def test_a_mean_and_a_deviation_over_seeds():
    middle, spread = over_seeds(np.array([[0.5, 0.7], [0.6, 0.8], [0.1, np.nan]]))
    assert middle == pytest.approx(np.mean([0.6, 0.7, 0.1]))
    assert spread == pytest.approx(np.std([0.6, 0.7, 0.1], ddof=1))
    assert over_seeds(np.array([[0.5, 0.7]]))[1] is None


def test_tables_have_a_row_for_each_decoder_session_and_seed(told):
    results = told(OURS, FROZEN, wiener=[0.6, 0.1, 0.36])
    rows = {row.key: [cell.text for cell in row.cells] for row in decoders_table(results).rows}
    assert rows["wiener"] == ["0.353", "–", "1 of 3", "day0 (−0.050)", "0.100 (day1)"]
    day0, *_ = sessions_table(results).rows
    texts = ["0.550", "0.400", "0.600", "+0.150", "–", "1:02 (−0.500)"]
    assert [cell.text for cell in day0.cells][:-1] == texts
    assert [cell.best for cell in day0.cells[:3]] == [False, False, True]
    table = axes_table(results)
    assert [row.name for row in table.rows][:2] == ["day0, seed 0", "day0, seed 1"]
    assert table.rows[1].cells[0].text == "0.600" and table.rows[1].cells[1].text == "–"


def test_the_ablation_is_beside_the_first_seed(told):
    results = told(OURS, FROZEN)
    results["ablation"] = {
        "worse": {"day0": 0.4, "day1": 0.5, "day2": None},
        "better": {"day0": 0.5, "day1": 0.72, "day2": 0.35},
    }
    worse, better = ablation_bars(results)
    assert (worse.f20, worse.lost, worse.sessions) == ("0.450", "−0.150", "2 of 2")
    assert worse.helps and worse.width == 100
    assert (better.lost, better.sessions, better.helps) == ("+0.023", "0 of 3", False)
    assert better.width == pytest.approx(100 * 0.07 / 3 / 0.15)


def test_a_time_of_a_session():
    assert [clock(seconds) for seconds in (0, 59.99, 60, 3_725)] == [
        "0:00",
        "0:59",
        "1:00",
        "62:05",
    ]
