"""What is wrong with a run comes first; what to try next is told where it lost."""

import pytest

from onward.report import exit_code, verdict
from onward.report.next_steps import advise_command, next_steps


def counted(make_run, **counts):
    metrics = make_run().metrics
    metrics["counts"] |= counts
    return metrics


def test_a_run_that_is_in_order_has_no_verdict(make_run):
    assert verdict(make_run().metrics) == [] and exit_code([]) == 0


@pytest.mark.parametrize(
    ("counts", "severity", "words"),
    [
        ({"unlabelled": 400, "scored": 0}, "error", "no usable label in 'temperature"),
        ({"scored": 0, "skipped": 400}, "error", "not one of 396 labels has a prediction. 400 of"),
        ({"learnt": 0}, "error", "The network learnt nothing"),
        ({"scored": 197, "skipped": 200}, "error", "covers 197 of 396 labels only (50 %). 200 of"),
        ({"scored": 198, "skipped": 190}, "warning", "190 of 400 samples were skipped"),
    ],
)
def test_a_score_that_says_nothing_is_an_error(make_run, counts, severity, words):
    lines = verdict(counted(make_run, **counts))
    assert [line.severity for line in lines] == [severity]
    assert words in lines[0].sentence
    assert exit_code(lines) == (3 if severity == "error" else 0)


def test_predictions_that_ran_away_are_told(make_run):
    metrics = make_run().metrics
    metrics["learners"]["onward"]["overall"]["r2"] = -1e60
    assert "ran away" in verdict(metrics)[0].sentence


def test_a_network_that_blew_up_is_told_after_errors(make_run):
    lines = verdict(counted(make_run, restarts=2, scored=3))
    assert [line.severity for line in lines] == ["error", "warning"]
    assert "blew up 2 times" in lines[1].sentence


def test_it_is_told_who_blew_up_and_when(make_run):
    metrics = counted(make_run, restarts=2)
    metrics["restarts"] = [
        {"learner": "learner", "row": 1000, "rates": 0.1},
        {"learner": "learner", "row": 3000, "rates": 0.001},
    ]
    sentence = verdict(metrics)[0].sentence
    fell = "after 1,000, 3,000 rows; its rates fell to 0.001 of what they were"
    assert f"The network blew up 2 times ({fell})" in sentence
    metrics["counts"] |= {"skipped": 190, "scored": 198}
    assert "or what was learnt had blown up." in verdict(metrics)[0].sentence


def test_who_was_not_to_learn_did_not_fail(make_run):
    metrics = counted(make_run, learnt=0)
    metrics["config"]["rule"] = "frozen"
    assert verdict(metrics) == []


def ranked(make_run, **r2):
    metrics = make_run().metrics
    for name, value in r2.items():
        key = {"frozen": "frozen after warm-up", "linear": "linear (RLS)"}.get(name, name)
        metrics["learners"][key.replace("_", " ")]["overall"]["r2"] = value
    return metrics


@pytest.mark.parametrize(
    ("r2", "words"),
    [
        ({"onward": 0.9, "frozen": 0.5, "last_label": 0.8, "linear": 0.7}, []),
        (
            {"onward": 0.5, "frozen": 0.6, "last_label": 0.3, "linear": 0.2},
            ["Adaptation hurt here: the frozen copy is better, R² 0.600 against 0.500"],
        ),
        (
            {"onward": 0.5, "frozen": 0.5, "last_label": 0.9, "linear": 0.2},
            ["The baseline “last label” is better: R² 0.900 against 0.500. Labels change slowly"],
        ),
        (
            {"onward": 0.9, "frozen": 0.5, "last_label": 0.3, "linear": 0.902},
            ["The baseline “linear (RLS)” is as good: R² 0.902 against 0.900. What can be learnt"],
        ),
    ],
)
def test_who_lost_is_told_what_to_try(make_run, r2, words):
    steps = next_steps(ranked(make_run, **r2))
    assert len(steps) == len(words)
    assert all(step.startswith(start) for step, start in zip(steps, words, strict=True))


def test_the_command_asks_for_advice_on_the_same_stream(make_run):
    metrics = make_run().metrics
    metrics["config"] = {
        "stream": "my data.csv",
        "target": ["x (mm)", "y"],
        "features": None,
        "task": "regression",
        "weight": "w",
        "horizon": 24,
        "feedback": False,
        "cell": "lstm",
        "size": 64,
    }
    command = advise_command(metrics)
    assert command == (
        "onward advise 'my data.csv' --target 'x (mm),y' --task regression --weight w "
        "--horizon 24 --no-feedback --cell lstm"
    )
    metrics["config"].pop("stream")
    assert advise_command(metrics) is None
