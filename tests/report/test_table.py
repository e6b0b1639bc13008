"""Tables and the sentence, as the page and the terminal print them."""

import numpy as np
import pytest

from onward.evaluate import metrics_of
from onward.report import overall_table, phase_table, series_table, summary_sentence


def scores(**r2):
    """Metrics with the given R² and nothing else of interest."""
    names = {"ours": "onward", "frozen": "frozen after warm-up"}
    learners = {
        names.get(name, name.replace("_", " ")): {
            "overall": {"r2": value, "mae": 1.0, "rmse": None, "scored": 100},
            "phases": [{"r2": value}] * 4,
        }
        for name, value in r2.items()
    }
    stream = {"task": "regression", "target_names": ["y"], "class_names": []}
    phases = {"by": "quarter", "names": ["Q1", "Q2", "Q3", "Q4"]}
    return {"learner": "GRU", "learners": learners, "stream": stream, "phases": phases}


def test_the_learner_comes_first_then_its_frozen_twin():
    table = overall_table(scores(last_label=0.1, frozen=0.2, ours=0.3))
    assert [(row.name, row.kind) for row in table.rows] == [
        ("GRU", "learner"),
        ("frozen after warm-up", "frozen"),
        ("last label", "baseline"),
    ]
    assert table.headers == ("", "R² ↑", "MAE ↓")  # nobody has an RMSE or SMAPE


def test_the_best_value_of_each_column_is_marked_ties_as_they_read():
    table = overall_table(scores(ours=0.8, last_label=0.9001, other=0.9003))
    assert [row.cells[0].best for row in table.rows] == [False, True, True]
    assert all(row.cells[1].best for row in table.rows)


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
    table = phase_table(run.metrics)
    assert table.headers == ("", "Q1", "Q2", "Q3", "Q4")
    learner = run.metrics["learners"]["onward"]["quarters"]
    texts = [cell.text for cell in table.rows[0].cells]
    assert texts == [f"{phase['accuracy']:.3f}" for phase in learner]
    assert table.notes == ("accuracy ↑ in each quarter of the rows.",)


def test_a_few_phases_are_columns_and_many_are_rows(make_run):
    few = make_run(phases=("rest", "")).metrics
    few["stream"]["phase_name"] = "task"
    table = phase_table(few)
    assert table.headers == ("", "rest", "(none)") and len(table.rows) == 4
    assert table.notes == ("R² ↑ in each task, compared with the mean of that task.",)
    many = make_run(phases=tuple(f"day {i}" for i in range(70))).metrics
    table = phase_table(many)
    assert table.headers == (
        "",
        *(many["learner"], "frozen after warm-up", "last label", "linear (RLS)"),
    )
    assert [row.name for row in table.rows] == [f"day {i}" for i in range(60)]
    for row, index in zip(table.rows, range(60), strict=True):
        scores = [s["phases"][index]["r2"] for s in many["learners"].values()]
        assert [cell.text for cell in row.cells] == [f"{r2:.3f}".replace("-", "−") for r2 in scores]
        assert row.cells[int(np.argmax(scores))].best
    assert table.notes[1] == "The first 60 of 70; metrics.json has all."


def test_f1_is_named_and_with_two_classes_also_that_of_the_rarer_one(make_run):
    metrics = make_run("classification", ("attack", "ok")).metrics
    table = overall_table(metrics)
    overall = metrics["learners"]["onward"]["overall"]
    labels = overall["by_class"]["labels"]
    rarer = labels.index(min(labels))
    name = ("attack", "ok")[rarer]
    assert table.headers[3:5] == ("macro F1 ↑", f"F1 of ‘{name}’ ↑")
    assert table.rows[0].cells[3].text == f"{overall['by_class']['f1'][rarer]:.3f}"
    # Labels decide, and the first class as well as the second.
    for scores in metrics["learners"].values():
        scores["overall"]["by_class"]["labels"].reverse()
    other = overall_table(metrics)
    assert other.headers[4] == f"F1 of ‘{('attack', 'ok')[1 - rarer]}’ ↑"
    three = overall_table(make_run("classification", ("a", "b", "c")).metrics)
    assert three.headers == ("", "accuracy ↑", "log loss ↓", "macro F1 ↑", "κ ↑")


def test_several_seeds_are_a_mean_and_a_spread():
    metrics = scores(ours=0.9, last_label=0.7)
    told = {"r2": {"mean": 0.65, "std": 0.02}, "mae": {"mean": 2.0, "std": 0.012345}}
    metrics["seeds"] = {"seeds": [0, 1, 2], "learners": {"onward": {"overall": told}}, "gain": []}
    table = overall_table(metrics)
    assert [cell.text for cell in table.rows[0].cells] == ["0.650 ± 0.020", "2 ± 0.012"]
    assert [row.cells[0].best for row in table.rows] == [False, True]
    assert table.notes == ("± is the standard deviation over 3 seeds.",)
    assert "reached R² 0.650 over 100 labels, behind" in summary_sentence(metrics)


def test_series_come_worst_gain_first():
    metrics = scores(ours=0.9, last_label=0.7)
    assert series_table(metrics) is None
    count = 40
    metrics["series"] = {
        "names": [f"shop {i}" for i in range(count)],
        "learners": {"onward": [i / 100 for i in range(count)], "last label": [0.2] * count},
    }
    metrics["series"]["learners"]["onward"][0] = None
    table = series_table(metrics)
    assert [row.name for row in table.rows] == [f"shop {i}" for i in range(1, 31)]
    assert [cell.best for cell in table.rows[0].cells] == [False, True]
    assert "worst beside “last label”" in table.notes[0]
    assert table.notes[1] == "30 of 40 series; metrics.json has all."


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
            "level with (within 0.005 of) the best baseline (last label, 0.800).",
        ),
        ({"ours": 0.7, "last_label": None}, "GRU reached R² 0.700 over 100 labels."),
        ({"ours": None, "last_label": 0.8}, "GRU has no R² on this stream."),
    ],
)
def test_the_sentence_is_honest(r2, sentence):
    assert summary_sentence(scores(**r2)) == sentence
