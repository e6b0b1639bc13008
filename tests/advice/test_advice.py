"""What advice is drawn from measured scores, and that the scores are what a learner reaches."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jax
import jaxtyping
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, r2_score

from matrix import left
from onward import GRU, LRU, LSTM, RNN, TBPTT, CrossEntropy, Immediate, Learner, Observation
from onward.advice import Advice, advise, explain, write_advice
from onward.advice.advice import RACE, SHADOW, is_level, noise, recommend
from onward.advice.candidates import candidates
from onward.advice.contest import Contest
from onward.advice.diagnoses import diagnose
from onward.advice.race import GAIN, Race, race, racers
from onward.advice.trials import Trial, Trials, best_of
from onward.runs import RunConfig
from onward.runs.plan import Plan
from small_runs import example, write

# What two fixtures measure takes long.
pytestmark = pytest.mark.xdist_group("advice")
RULES = ("immediate", "tbptt:window=20", "rtrl")


def trial(rule: str, work: int, *scores: float) -> Trial:
    simple = rule in ("readout-only", "immediate")
    return Trial(rule, not simple, rule != "readout-only", work, "sgd", 0.1, (), scores)


def test_the_cheapest_level_rule_is_recommended() -> None:
    trials = [
        trial("readout-only", 0, 0.9, 0.9, 0.9),
        trial("immediate", 1, 0.895, 0.895, 0.895),
        trial("rtrl", 99, 0.905, 0.905, 0.905),
    ]
    assert best_of(trials) is trials[2]
    assert recommend(trials) is trials[1], "a control that is only level is not"
    worse = [*trials[:1], trial("immediate", 1, 0.89, 0.89, 0.89), *trials[2:]]
    assert recommend(worse) is worse[2]


def test_the_readout_alone_is_recommended_only_where_it_is_clearly_better() -> None:
    control = trial("readout-only", 0, 0.9, 0.9, 0.9)
    assert recommend([control, trial("immediate", 1, 0.8, 0.8, 0.8)]) is control


def test_noise_is_the_uncertainty_of_the_best() -> None:
    steady, wild = trial("rtrl", 9, 0.5, 0.5, 0.5), trial("rtrl", 9, 0.4, 0.5, 0.6)
    assert noise(steady) == 0.01
    assert noise(wild) == pytest.approx(2.92 * 0.1 / 3**0.5)
    other = trial("immediate", 1, 0.4, 0.4, 0.4)
    assert is_level(other, wild) and not is_level(other, steady)
    flaky = trial("immediate", 1, -1.0, 0.5, 0.5)
    assert not is_level(flaky, steady), "its own spread does not make it an equal"


def test_a_rule_that_was_stopped_after_one_seed_is_not_the_best() -> None:
    stopped, whole = trial("rtrl", 9, 0.51), trial("immediate", 1, 0.5, 0.5, 0.5)
    assert best_of([whole, stopped]) is whole
    assert recommend([whole, stopped]) is whole and stopped.spread is None


@pytest.mark.parametrize(("kind", "slots"), [left(RNN, 1), left(GRU, 1), (LSTM, 2)])
def test_candidates_come_cheapest_first(kind, slots: int) -> None:
    found = candidates(kind(3, 8, key=jax.random.key(0)))
    work = {one.name: one.work for one in found}
    assert list(work.values()) == sorted(work.values())
    assert (work["readout-only"], work["immediate"], work["tbptt:window=20"]) == (0, 1, 20)
    assert work["eligibility-trace:decay=0.5"] == slots
    assert work["sparse-rtrl:k=4"] == 4 * 8 * slots
    assert work["rtrl"] == (8 + slots - 1) * 8 * slots


def test_where_exact_credit_is_cheap_nothing_sparse_is_tried() -> None:
    work = {one.name: one.work for one in candidates(LRU(3, 8, key=jax.random.key(0)))}
    assert work["rtrl"] == 4 < work["tbptt:window=20"]
    assert not any(name.startswith("sparse") for name in work)


def trials_of(folder: Path, target: str, **options) -> Trials:
    roles = {"trial": np.arange(240) // 30, "w": np.arange(240) % 3}
    write(folder / "made.npz", {**example(240), **roles})
    options = {"features": tuple("abcuv".replace(target, ""))} | options
    config = RunConfig(str(folder / "made.npz"), target=(target,), size=4, **options)
    stream = config.open()
    rows = next(iter(stream.chunks(240)))
    return Trials(Plan.of(config, stream.info), rows)


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_a_score_is_that_of_the_second_half(tmp_path: Path, horizon: int) -> None:
    trials = trials_of(tmp_path, "u", cell="rnn", horizon=horizon)
    found = trials.score(TBPTT(3), "rmsprop", 3e-3, 7)
    cell = RNN(trials.rows.x.shape[1] + 1, 4, key=jax.random.key(7))
    options = {"rule": TBPTT(3), "optimizer": "rmsprop", "learning_rate": 3e-3}
    learner = Learner(cell, 1, delay=horizon, feedback=True, **options)
    _, info = learner.run(learner.init(jax.random.key(7)), trials.rows.x, trials.rows.y)
    made = np.asarray(info.prediction)[120 - horizon : 240 - horizon]
    assert found == pytest.approx(r2_score(np.float64(trials.rows.y[120:]), made), rel=1e-6)
    assert found != pytest.approx(trials.score(TBPTT(3), "rmsprop", 1e-2, 7), rel=1e-3)
    assert found != pytest.approx(trials.score(TBPTT(3), "rmsprop", 3e-3, 8), rel=1e-3)


@pytest.mark.parametrize("horizon", [pytest.param(0, marks=pytest.mark.matrix), 3])
def test_practice_is_of_the_first_half_alone(tmp_path: Path, horizon: int) -> None:
    trials = trials_of(tmp_path, "u", cell="rnn", horizon=horizon)
    found = trials.practised(TBPTT(3), "adam", 3e-3, 7, 3)
    cell = RNN(trials.rows.x.shape[1] + 1, 4, key=jax.random.key(7))
    options = {"rule": TBPTT(3), "optimizer": "adam", "learning_rate": 3e-3}
    learner = Learner(cell, 1, delay=horizon, feedback=True, **options)
    state, begins = learner.init(jax.random.key(7)), np.arange(240) == 0
    y = trials.rows.y.copy()
    y[:horizon] = np.nan
    for rows in (120, 120, 240):
        state, info = learner.run(
            state, Observation(trials.rows.x[:rows], y[:rows], None, begins[:rows])
        )
    made = np.asarray(info.prediction)[120 - horizon : 240 - horizon]
    assert found == pytest.approx(r2_score(np.float64(trials.rows.y[120:]), made), rel=1e-5)
    assert found != pytest.approx(trials.practised(TBPTT(3), "adam", 3e-3, 7, 1), rel=1e-3)


def test_a_race_takes_the_best_rate_of_each_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = trials_of(tmp_path, "u", cell="rnn")
    pair = racers({one.name: one for one in candidates(trials.cell)})
    assert [one.name for one in pair] == ["immediate", "rtrl"]
    score = {5e-4: (0.5, 0.0, 0.0), 2e-3: (0.2, 0.3, 0.2), 8e-3: (0.0, 0.1, 0.4)}

    def practised(rule, optimizer, rate, seed, laps):
        return score[rate][seed] + 0.2 * rule.propagates

    monkeypatch.setattr(trials, "practised", practised)
    found = race(trials, pair, lambda doing: None)
    assert found.scores[0] == (0.5, 0.3, 0.4) and found.rates == (2e-3, 2e-3)
    assert found.gain == pytest.approx(0.2) and found.needed
    assert not replace(found, scores=((0.5,), (0.5 + GAIN / 2,))).needed


def test_without_exact_credit_backpropagation_races_and_without_either_nobody(
    tmp_path: Path,
) -> None:
    every = {one.name: one for one in candidates(RNN(3, 8, key=jax.random.key(0)))}
    del every["rtrl"]
    assert [one.name for one in racers(every)] == ["immediate", "tbptt:window=20"]
    del every["tbptt:window=20"]
    assert racers(every, "sparse-rtrl:k=4") == ()


def test_the_best_trial_that_propagates_races_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that leaves out much of the credit may learn before exact credit does."""
    trials = trials_of(tmp_path, "u", cell="rnn")
    every = {one.name: one for one in candidates(RNN(3, 8, key=jax.random.key(0)))}
    three = racers(every, "sparse-rtrl:k=4")
    assert [one.name for one in three] == ["immediate", "rtrl", "sparse-rtrl:k=4"]
    assert racers(every, "rtrl") == racers(every) == three[:2]
    means = dict(zip((one.rule for one in three), (0.2, 0.1, 0.7), strict=True))
    monkeypatch.setattr(trials, "practised", lambda rule, *others: means[rule])
    found = race(trials, three, lambda doing: None)
    assert found.gain == pytest.approx(0.5) and found.rules[found.ahead] == "sparse-rtrl:k=4"
    contest = Contest(trials, None, lambda *_: None)
    contest.found = [
        trial("immediate", 1, 0.1, 0.1, 0.1),
        trial("eligibility-trace:decay=0.5", 1, 0.2, 0.2, 0.2),
        trial("tbptt:window=20", 20, 0.3, 0.3, 0.3),
        trial("rtrl", 99, 0.9),
    ]
    assert [one.name for one in contest._entered][1:] == ["rtrl", "tbptt:window=20"]


def test_a_learner_is_told_starts_and_weights(tmp_path: Path) -> None:
    trials = trials_of(tmp_path, "u", cell="rnn", feedback=False, start="trial", weight="w")
    options = {"rule": TBPTT(3), "optimizer": "rmsprop", "learning_rate": 3e-3}
    learner = Learner(RNN(trials.rows.x.shape[1], 4, key=jax.random.key(7)), 1, **options)
    rows = np.arange(240)
    seen = Observation(trials.rows.x, trials.rows.y, rows % 3, rows % 30 == 0)
    for told in (seen, seen._replace(weight=1), seen._replace(start=False)):
        _, info = learner.run(learner.init(jax.random.key(7)), told)
        expected = r2_score(np.float64(trials.rows.y[120:]), info.prediction[120:])
        same = trials.score(TBPTT(3), "rmsprop", 3e-3, 7) == pytest.approx(expected, rel=1e-6)
        assert same == (told is seen)


def test_classes_are_scored_by_accuracy(tmp_path: Path) -> None:
    trials = trials_of(tmp_path, "kind", cell="rnn", feedback=False)
    found = trials.score(Immediate(), "rmsprop", 1e-2, 0)
    cell = RNN(trials.rows.x.shape[1], 4, key=jax.random.key(0))
    options = {"rule": Immediate(), "optimizer": "rmsprop", "learning_rate": 1e-2}
    learner = Learner(cell, 1, loss=CrossEntropy(3), **options)
    _, info = learner.run(learner.init(jax.random.key(0)), trials.rows.x, trials.rows.y)
    chosen = np.argmax(info.prediction, axis=1)[120:]
    assert trials.metric == "accuracy"
    assert found == pytest.approx(accuracy_score(trials.rows.y[120:, 0], chosen))


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_opponents_see_the_same_rows_and_nobody_is_scored_on_skipped_ones(
    tmp_path: Path, horizon: int
) -> None:
    trials = trials_of(tmp_path, "u", cell="rnn", horizon=horizon)
    y = np.float64(trials.rows.y[:, 0])
    found = trials.opponents()["last label"]
    last = pd.Series(y).ffill().shift(max(1, horizon)).to_numpy()
    assert found == pytest.approx(r2_score(y[120:], last[120:]))
    trials.rows.x[200, 0] = np.nan
    skipping = Trials(trials.plan, trials.rows)
    kept = np.delete(np.arange(120, 240), 200 + horizon - 120)
    assert skipping.opponents()["last label"] == pytest.approx(r2_score(y[kept], last[kept]))
    assert skipping.score(Immediate(), "sgd", 1e-3, 0) > -1.0


def test_a_learner_that_diverges_is_scored_as_useless(tmp_path: Path) -> None:
    assert trials_of(tmp_path, "u", cell="rnn").score(Immediate(), "sgd", 1e4, 0) == -1.0


def few(cell):
    return tuple(one for one in candidates(cell) if one.name in ("readout-only", *RULES))


@pytest.fixture(scope="module")
def few_settings() -> Iterator[None]:
    """Few settings, rules that compile fast, and numbers as a user has them."""
    with pytest.MonkeyPatch.context() as patch, jax.enable_x64(False):
        before = jaxtyping.config.jaxtyping_disable
        jaxtyping.config.update("jaxtyping_disable", True)
        patch.setattr("onward.advice.contest.SETTINGS", {"rmsprop": (1e-3, 3e-3)})
        patch.setattr("onward.advice.contest.candidates", few)
        patch.setattr("onward.advice.diagnoses.candidates", few)
        patch.setattr("onward.advice.race.RATES", (2e-3,))
        yield
        jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture(scope="module")
def recall(few_settings: None, tmp_path_factory: pytest.TempPathFactory) -> Advice:
    """Signs that must be repeated three samples later."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], 2403)
    path = write(
        tmp_path_factory.mktemp("recall") / "recall.npz",
        {"shown": signs[3:], "asked": signs[:2400]},
    )
    options = {"task": "regression", "horizon": 0, "cell": "rnn", "size": 16}
    return advise(RunConfig(str(path), target=("asked",), **options))


@pytest.fixture(scope="module")
def sine(few_settings: None) -> Advice:
    return advise(RunConfig("sine", cell="rnn", size=16, limit=1200))


@pytest.fixture
def flat(recall: Advice) -> Advice:
    """The same advice without its race, the scores of immediate raised to those of the best."""
    raised = tuple(
        replace(one, scores=recall.best.scores) if one.rule == "immediate" else one
        for one in recall.trials
    )
    return replace(recall, trials=raised, race=None)


def test_a_delayed_recall_needs_propagation(recall: Advice) -> None:
    assert recall.propagation_is_needed
    assert recall.race is not None and recall.race.needed
    assert recall.recommended.rule in ("tbptt:window=20", "rtrl")
    scores = {one.rule: one.score for one in recall.trials}
    assert scores["tbptt:window=20"] > max(scores["immediate"], scores["readout-only"]) + 0.2
    sentences = explain(recall)
    assert sentences[0].startswith("Propagation is needed: ")
    assert sentences[1].startswith(f"Use {recall.recommended.rule} with rmsprop at ")
    assert not any("readout alone" in sentence for sentence in sentences)


@pytest.mark.long
def test_a_sine_does_not(sine: Advice) -> None:
    assert not sine.propagation_is_needed
    assert sine.recommended.rule == "immediate"
    sentences = explain(sine)
    assert sentences[0].startswith("Propagation is not needed: ")
    assert sentences[1].startswith("Use immediate with rmsprop at ")


def test_the_verdict_follows_the_scores(flat: Advice) -> None:
    assert not flat.trials_need_propagation
    assert not flat.propagation_is_needed


def test_a_race_may_say_what_trials_do_not_show(flat: Advice) -> None:
    ahead = Race(("immediate", "rtrl"), (5e-4, 8e-3), ((0.1, 0.1, 0.1), (0.8, 0.9, 0.7)))
    late = replace(flat, race=ahead)
    assert late.propagation_is_needed and not late.trials_need_propagation
    chosen = late.recommended
    assert (chosen.rule, chosen.optimizer, chosen.learning_rate) == ("rtrl", "adam", 8e-3)
    assert "--rule rtrl" in late.command and "--optimizer adam" in late.command
    sentences = explain(late)
    assert sentences[0].startswith("Propagation is needed: on these 2,400 rows alone it does not")
    assert (
        "rtrl reaches R² 0.800 on the rest, which it had not seen, and immediate R² 0.100."
        in (sentences[0])
    )
    assert sentences[1].startswith("Use rtrl with adam at 0.008: it is ahead with more practice")
    behind = replace(ahead, scores=ahead.scores[::-1])
    for said in (replace(flat, race=behind), replace(flat, race=None)):
        assert not said.propagation_is_needed and said.recommended == flat.recommended
    assert late.as_dict()["race"]["gain"] == pytest.approx(0.7)
    alone = [trial("readout-only", 0, 0.9, 0.9, 0.9), trial("immediate", 1, 0.5, 0.5, 0.5)]
    frozen = replace(late, trials=(*alone, trial("rtrl", 99, 0.5, 0.5, 0.5)))
    assert recommend(frozen.trials) is alone[0]
    assert frozen.recommended.rule == "rtrl", "in place of the readout alone too"


def test_a_lead_that_practice_makes_up_for_needs_no_propagation(recall: Advice) -> None:
    level = Race(("immediate", "rtrl"), (5e-4, 8e-3), ((0.9, 0.9, 0.9), (0.95, 0.9, 0.91)))
    sooner = replace(recall, race=level)
    assert sooner.trials_need_propagation and not sooner.propagation_is_needed
    chosen = sooner.recommended
    assert (chosen.rule, chosen.optimizer, chosen.learning_rate) == ("immediate", "adam", 5e-4)
    assert chosen.scores == level.scores[0]
    assert "--rule immediate" in sooner.command and "--optimizer adam" in sooner.command
    sentences = explain(sooner)
    assert sentences[0].startswith(
        f"Propagation is not needed: on these 2,400 rows alone {recall.best.rule} is ahead (R² "
    )
    assert sentences[0].endswith(
        "immediate reaches R² 0.900 on the rest, which it had not seen, and rtrl R² 0.920."
    )
    assert sentences[1].startswith("Use immediate with adam at 0.0005: it is level with more ")


@pytest.mark.long
def test_both_examples_were_raced(recall: Advice, sine: Advice) -> None:
    assert recall.race is not None and recall.race.needed
    assert sine.race is not None and not sine.race.needed
    assert RACE not in recall.not_tried


def test_the_network_within_is_described(recall: Advice) -> None:
    text = " ".join(explain(recall))
    diagnoses = recall.diagnoses
    assert (diagnoses.first, diagnoses.last) == (2000, 2400)
    assert f"mean diagonal of the Jacobian is {diagnoses.self_propagation.mean:.3f}" in text
    assert diagnoses.credit_horizon is not None and diagnoses.alignments is not None
    assert list(diagnoses.alignments) == list(RULES)
    assert diagnoses.alignments["rtrl"].overall_cosine == pytest.approx(1, abs=1e-6)
    assert f"a window of {diagnoses.credit_horizon.reach()} gives" in text
    assert diagnoses.credit_horizon.cosine[0] < 0.99


SCORES = {"readout-only": 0.1, "immediate": 0.2, "tbptt:window=20": 0.5, "rtrl": 0.5}


def contest_of(folder: Path, monkeypatch: pytest.MonkeyPatch, **limits: float):
    """A contest of a network of 40 parameters over 240 rows, whose scores are made up."""
    trials, run = trials_of(folder, "u", cell="rnn", horizon=0), []
    assert sum(leaf.size for leaf in jax.tree.leaves(trials.cell.parameters())) == 40
    names = {one.rule: one.name for one in few(trials.cell)}

    def score(rule, optimizer, rate, seed):
        run.append((names[rule], seed))
        # The larger rate is lucky with the first seed, and fails with the next.
        luck = (0.02 if seed == 0 else -0.05) * (rate == 1e-3)
        return SCORES[names[rule]] - 0.02 * (optimizer == "sgd") - rate + luck

    monkeypatch.setattr(trials, "score", score)
    monkeypatch.setattr("onward.advice.contest.candidates", few)
    settings = {"sgd": (1e-3,), "rmsprop": (1e-3, 3e-4)}
    monkeypatch.setattr("onward.advice.contest.SETTINGS", settings)
    for name, limit in limits.items():
        monkeypatch.setattr(f"onward.advice.contest.{name}", limit * 40 * 240)
    return (*Contest(trials, None, lambda *_: None)()[:2], run)


def test_every_rule_is_scored_at_the_setting_that_was_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials, left_out, run = contest_of(tmp_path, monkeypatch)
    assert [one.rule for one in trials] == ["readout-only", "immediate", "rtrl", "tbptt:window=20"]
    for one in trials:
        assert (one.optimizer, one.learning_rate, len(one.search)) == ("rmsprop", 3e-4, 3)
        assert len(one.scores) == 3
        chosen = [run.count((one.rule, seed)) for seed in range(6)]
        assert chosen == [3, 3, 3, 1, 1, 1], "a seed that chooses is none that scores"
    assert not left_out


def test_what_is_expensive_takes_anothers_setting_and_stops_where_it_gains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials, left_out, run = contest_of(tmp_path, monkeypatch, SEARCHED=17)
    assert trials[-1].rule == "tbptt:window=20" and trials[-1].search == ()
    assert run.count(("tbptt:window=20", 3)) == 1 and len(trials[-1].scores) == 1
    assert trials[-1].learning_rate == 3e-4 and not left_out
    monkeypatch.setitem(SCORES, "tbptt:window=20", 0.52)
    trials, _, _ = contest_of(tmp_path, monkeypatch, SEARCHED=17)
    assert len(trials[-1].scores) == 3, "ahead by more than a trifle"


def test_what_is_too_large_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trials, left_out, run = contest_of(tmp_path, monkeypatch, SEARCHED=2, AFFORDABLE=17)
    assert left_out == ("tbptt:window=20",)
    assert "tbptt:window=20" not in {name for name, _ in run}
    assert [one.rule for one in trials] == ["readout-only", "immediate", "rtrl"]


def test_what_was_not_measured_is_said(recall: Advice) -> None:
    bare = recall.diagnoses._replace(alignments=None, credit_horizon=None)
    text = " ".join(explain(replace(recall, diagnoses=bare, left_out=("rtrl",))))
    assert "No exact shadow" in text and text.endswith("take too long: rtrl.")
    text = " ".join(explain(replace(recall, diagnoses=bare, not_tried=("rtrl", SHADOW))))
    assert "No exact shadow" not in text
    assert "Not tried, because the budget was spent: rtrl, the exact shadow. " in text


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        (-0.1, "The rules beat the simple opponents: the best of these, linear, reaches R² "),
        (0.0, "No rule clearly beats linear here: it reaches R² "),
        (0.1, "No rule beats linear here: it reaches R² "),
    ],
)
def test_the_best_opponent_is_named(recall: Advice, above: float, expected: str) -> None:
    assert list(recall.opponents) == ["last label", "running mean", "linear (RLS)"]
    score = recall.best.score + above
    told = explain(replace(recall, opponents={"last label": -0.5, "linear": score}))
    (sentence,) = (one for one in told if one.startswith(expected))
    assert f"R² {score:.3f}" in sentence
    assert not any(one.startswith(expected) for one in explain(replace(recall, opponents={})))


def test_what_is_written_is_plain_and_whole(recall: Advice, tmp_path: Path) -> None:
    write_advice(tmp_path, recall)
    found = json.loads((tmp_path / "advice.json").read_text("utf-8"))
    assert found["recommended"] == recall.recommended.rule and found["propagation_is_needed"]
    assert found["sentences"] == list(explain(recall)) and found["command"] == recall.command
    measured = recall.diagnoses.spectrum.singular_values
    np.testing.assert_allclose(found["diagnoses"]["spectrum"]["singular_values"], measured)
    assert [one["rule"] for one in found["trials"]] == ["readout-only", *RULES]


def test_a_prefix_that_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"at least 204 samples to judge rules by; got 150\. Try"):
        advise(RunConfig("sine", limit=150))
    write(tmp_path / "still.npz", {"a": np.arange(300.0), "b": np.ones(300)})
    options = {"task": "regression", "cell": "rnn", "size": 4}
    with pytest.raises(ValueError, match=r"vary in the second half of 300 samples; got none"):
        advise(RunConfig(str(tmp_path / "still.npz"), target=("b",), **options))


def test_a_network_that_nothing_taught_is_not_measured(tmp_path: Path) -> None:
    trials = trials_of(tmp_path, "u", cell="rnn")
    trials.rows.y[:230] = np.nan
    with pytest.raises(ValueError, match=r"^Expected labels among the first 180 of 240 samples, "):
        diagnose(trials, trial("immediate", 1, 0.5))
