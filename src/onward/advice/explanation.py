"""Advice in plain sentences, each with the numbers that it rests on."""

from collections.abc import Iterator

import numpy as np

from onward.advice.advice import SHADOW, Advice, is_level, noise
from onward.advice.race import LAPS
from onward.advice.trials import SEEDS, Trial, best

METRICS = {"r2": "R²", "accuracy": "accuracy"}


def explain(advice: Advice) -> tuple[str, ...]:
    """What to do and why: rule, decay, optimizer, and what the network looks like within."""
    return (
        _propagation(advice),
        _rule(advice),
        *_opponents(advice),
        *_control(advice),
        *_decay(advice),
        _optimizer(advice),
        *_credit(advice),
        _spectrum(advice),
        *_left_out(advice),
        *_not_tried(advice),
    )


def scored(advice: Advice, trial: Trial) -> str:
    """`R² 0.47`, with its spread over the seeds."""
    spread = "" if trial.spread is None else f" ± {trial.spread:.3f}"
    return f"{METRICS[advice.metric]} {trial.score:.3f}{spread}"


def _propagation(advice: Advice) -> str:
    if advice.propagation_is_needed != advice.trials_need_propagation:
        return _by_race(advice)
    winner, simple = advice.best, _simple(advice)
    gap = winner.score - simple.score
    if advice.propagation_is_needed:
        return (
            f"Propagation is needed: {winner.rule} reaches {scored(advice, winner)}, and the best "
            f"without it, {simple.rule}, {scored(advice, simple)}: {gap:.3f} less, where noise "
            f"over {SEEDS} seeds explains {noise(winner):.3f}."
        )
    compared = (
        "the best of all"
        if simple is winner
        else f"within noise ({noise(winner):.3f}) of the best, {winner.rule}, "
        f"{scored(advice, winner)}"
    )
    return f"Propagation is not needed: {simple.rule} reaches {scored(advice, simple)}, {compared}."


def _simple(advice: Advice) -> Trial:
    """The best trial without propagation."""
    return max((one for one in advice.trials if not one.propagates), key=lambda one: one.score)


def _by_race(advice: Advice) -> str:
    """Where the race says what the trials do not."""
    race, metric, half = advice.race, METRICS[advice.metric], advice.rows // 2
    assert race is not None, "else the trials would have said so"
    simple, other = race.rules[0], race.rules[race.ahead]
    few, many = (f"{metric} {race.means[place]:.3f}" for place in (0, race.ahead))
    practice = f"after {LAPS} passes over the first {half:,} of them"
    if race.needed:
        return (
            f"Propagation is needed: on these {advice.rows:,} rows alone it does not show, but "
            f"{practice} {other} reaches {many} on the rest, which it had not seen, and {simple} "
            f"{few}."
        )
    return (
        f"Propagation is not needed: on these {advice.rows:,} rows alone {advice.best.rule} is "
        f"ahead ({scored(advice, advice.best)}, and the best without it {_simple(advice).rule} "
        f"{scored(advice, _simple(advice))}), but {practice} {simple} reaches {few} on the rest, "
        f"which it had not seen, and {other} {many}."
    )


def _rule(advice: Advice) -> str:
    chosen = advice.recommended
    at = f"{chosen.optimizer} at {chosen.learning_rate:g}"
    if chosen in advice.trials and chosen is advice.best:
        why = "it has the best score, and nothing cheaper is level with it"
    elif chosen in advice.trials:
        why = (
            f"the cheapest rule that learns the recurrent weights and is level with the best "
            f"({scored(advice, chosen)})"
        )
    elif advice.propagation_is_needed:
        why = "it is ahead with more practice, which a stream that goes on gives"
    else:
        why = "it is level with more practice, which a stream that goes on gives"
    return f"Use {chosen.rule} with {at}: {why}."


def _control(advice: Advice) -> Iterator[str]:
    control = next(trial for trial in advice.trials if not trial.trains_cell)
    if control is not advice.recommended and is_level(control, advice.best):
        yield (
            f"The readout alone does as well ({scored(advice, control)}): on these rows the "
            "recurrent weights need not learn, and these scores cannot tell the rules apart."
        )


def _opponents(advice: Advice) -> Iterator[str]:
    if not advice.opponents:
        return
    winner = advice.best
    name, score = max(advice.opponents.items(), key=lambda opponent: opponent[1])
    reached = f"{METRICS[advice.metric]} {score:.3f}"
    ours = f"{winner.rule} {scored(advice, winner)}"
    gap, level = winner.score - score, noise(winner)
    if gap > level:
        yield f"The rules beat the simple opponents: the best of these, {name}, reaches {reached}."
    elif gap >= -level:
        yield (
            f"No rule clearly beats {name} here: it reaches {reached}, and {ours} is within noise "
            f"({level:.3f}) of it."
        )
    else:
        yield f"No rule beats {name} here: it reaches {reached}, and the best rule, {ours}."


def _decay(advice: Advice) -> Iterator[str]:
    traces = [trial for trial in advice.trials if trial.rule.startswith("eligibility-trace")]
    listed = ", ".join(f"{trial.rule.partition('=')[2]}: {trial.score:.3f}" for trial in traces)
    mean = advice.diagnoses.self_propagation.mean
    yield (
        f"Decay of a trace: the mean diagonal of the Jacobian is {mean:.3f}; a larger decay "
        "weighs old samples more than the network does."
        + (f" Measured {METRICS[advice.metric]} by decay, {listed}." if traces else "")
    )


def _optimizer(advice: Advice) -> str:
    chosen, text = advice.recommended, ""
    if chosen.search:
        names = dict.fromkeys(name for name, _, _ in chosen.search)
        scores = {
            name: best(tuple(one for one in chosen.search if one[0] == name))[2] for name in names
        }
        text = ", ".join(f"{name} {score:.3f}" for name, score in scores.items())
        text = f" (best of its learning rates: {text})"
    norms = advice.diagnoses.gradient_norms
    typical = norms.typical
    low, high = int(np.argmin(typical)), int(np.argmax(typical))
    return (
        f"Optimizer: {chosen.optimizer}{text}. A typical gradient is {typical[high]:.1e} in "
        f"{norms.groups[high]} and {typical[low]:.1e} in {norms.groups[low]}; the further apart, "
        "the more second-moment normalisation (rmsprop) matters."
    )


def _credit(advice: Advice) -> Iterator[str]:
    horizon, alignments = advice.diagnoses.credit_horizon, advice.diagnoses.alignments
    if SHADOW in advice.not_tried:
        return
    if horizon is None or alignments is None:
        yield (
            "No exact shadow: at this size exact RTRL would take too long. A smaller --size "
            "measures how rules align with it."
        )
        return
    reach, longest = horizon.reach(), int(horizon.windows[-1])
    how = (
        f"a window of {reach} gives a cosine of at least 0.9 with the exact gradient"
        if reach is not None
        else f"even a window of {longest} gives a cosine of {horizon.cosine[-1]:.2f} only"
    )
    listed = ", ".join(f"{name} {one.overall_cosine:.2f}" for name, one in alignments.items())
    yield f"Credit horizon: {how}. Cosine with exact RTRL: {listed}."


def _spectrum(advice: Advice) -> str:
    found = advice.diagnoses.spectrum
    condition = float(np.median(found.condition_number[:, 0]))
    decay = float(np.median(found.effective_decay[:, -1]))
    return (
        f"Spectrum: the condition number of the Jacobian is {condition:.3g} (median); over "
        f"{found.lengths[-1]} steps the best-kept direction is multiplied by {decay:.3f} a step."
    )


def _left_out(advice: Advice) -> Iterator[str]:
    if advice.left_out:
        yield f"Left out, because a pass would take too long: {', '.join(advice.left_out)}."


def _not_tried(advice: Advice) -> Iterator[str]:
    if advice.not_tried:
        yield (
            f"Not tried, because the budget was spent: {', '.join(advice.not_tried)}. A larger "
            "--budget, or a smaller --limit or --size, has time for more."
        )
