"""Tables and the sentence, as the page and the terminal print them."""

import pytest

from onward.evaluate import metrics_of
from onward.report import overall_table, quarter_table, summary_sentence


def scores(**r2):
    """Metrics with the given R² and nothing else of interest."""
    names = {"ours": "onward", "frozen": "frozen after warm-up"}
    learners = {
        names.get(name, name.replace("_", " ")): {
            "overall": {"r2": value, "mae": 1.0, "rmse": None, "scored": 100},
            "quarters": [{"r2": value}] * 4,
        }
        for name, value in r2.items()
    }
    stream = {"task": "regression", "target_names": ["y"]}
    return {"learner": "GRU", "learners": learners, "stream": stream}


def test_the_learner_comes_first_then_its_frozen_twin():
    table = overall_table(scores(last_label=0.1, frozen=0.2, ours=0.3))
    assert [(row.name, row.kind) for row in table.rows] == [
        ("GRU", "learner"),
        ("frozen after warm-up", "frozen"),
        ("last label", "baseline"),
    ]
    assert table.headers == ("", "R² ↑", "MAE ↓", "RMSE ↓")


def test_the_best_value_of_each_column_is_marked_ties_as_they_read():
    table = overall_table(scores(ours=0.8, last_label=0.9001, other=0.9003))
    assert [row.cells[0].best for row in table.rows] == [False, True, True]
    assert all(row.cells[1].best for row in table.rows)
    assert not any(row.cells[2].best for row in table.rows)


def test_a_lower_error_is_better(make_run):
    metrics = make_run().metrics
    errors = {key: value["overall"]["mae"] for key, value in metrics["learners"].items()}
    table = overall_table(metrics)
    assert [row.key for row in table.rows if row.cells[1].best] == [min(errors, key=errors.get)]


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("r2", 0.91249, "0.912"),
        ("r2", -0.5, "−0.500"),
        ("r2", -0.0001, "0.000"),
        ("r2", -1.2e190, "−1.2e+190"),
        ("r2", None, "–"),
        ("mae", 0.00123456, "0.001235"),
        ("mae", 1234567.0, "1.235e+06"),
    ],
)
def test_numbers_read_well(key, value, text):
    metric = next(metric for metric in metrics_of("regression") if metric.key == key)
    assert metric.format(value) == text


def test_quarters_show_the_headline_metric(make_run):
    run = make_run("classification", ("no", "yes"), done=250)
    table = quarter_table(run.metrics)
    assert table.headers == ("", "Q1", "Q2", "Q3", "Q4")
    learner = run.metrics["learners"]["onward"]["quarters"]
    assert table.rows[0].cells[0].text == f"{learner[0]['accuracy']:.3f}"
    assert table.rows[0].cells[3].text == "–"
    assert table.notes == ("accuracy ↑ in each quarter of the stream's rows.",)


def test_a_learner_that_abstains_is_said_to():
    metrics = scores(ours=0.9, last_label=0.8)
    metrics["learners"]["onward"]["overall"]["scored"] = 60
    assert overall_table(metrics).notes == ("GRU made predictions for 60 of 100 labels only.",)


@pytest.mark.parametrize(
    ("r2", "sentence"),
    [
        (
            {"ours": 0.9, "last_label": 0.8, "running_mean": 0.0, "frozen": 0.5},
            "GRU reached R² 0.900 over 100 labels, ahead of the best baseline (last label, 0.800); "
            "frozen after warm-up it reached 0.500.",
        ),
        (
            {"ours": 0.7, "last_label": 0.8},
            "GRU reached R² 0.700 over 100 labels, behind the best baseline (last label, 0.800).",
        ),
        (
            {"ours": 0.802, "last_label": 0.8},
            "GRU reached R² 0.802 over 100 labels, "
            "level with the best baseline (last label, 0.800).",
        ),
        ({"ours": 0.7, "last_label": None}, "GRU reached R² 0.700 over 100 labels."),
        ({"ours": None, "last_label": 0.8}, "GRU has no R² on this stream."),
    ],
)
def test_the_sentence_is_honest(r2, sentence):
    assert summary_sentence(scores(**r2)) == sentence
