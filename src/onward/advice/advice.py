"""Which rule, decay and optimizer a stream asks for, measured on its first rows."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from onward.advice.command import words_of
from onward.advice.contest import Contest, Progress
from onward.advice.diagnoses import Diagnoses, as_plain, diagnose
from onward.advice.race import Race
from onward.advice.trials import LEVEL, SEEDS, Trial, Trials, best_of
from onward.runs.config import RunConfig
from onward.runs.plan import Plan
from onward.streams import StreamInfo

# Student's t at 95 %, one-sided, for a mean over three seeds.
QUANTILE = 2.92
FEWEST_ROWS = 200
# What is done without where the budget is spent.
SHADOW, RACE = "the exact shadow", "the race with more practice"


@dataclass(frozen=True)
class Advice:
    """What was measured, and what follows from it.

    Attributes:
        config: what was asked for.
        info: the stream.
        rows: samples of the prefix.
        horizon: samples ahead.
        metric: "r2" or "accuracy".
        trials: every rule that was tried at its best setting, cheapest first.
        opponents: what the baselines of every run score on the same rows, by name.
        left_out: rules of which one pass would have taken too long.
        not_tried: what the budget left no time for.
        race: no propagation against credit through time with more practice; None where no such
            rules were tried, or the budget was spent.
        diagnoses: of the network of the trial that the trials alone recommend.
    """

    config: RunConfig
    info: StreamInfo
    rows: int
    horizon: int
    metric: str
    trials: tuple[Trial, ...]
    opponents: Mapping[str, float]
    left_out: tuple[str, ...]
    not_tried: tuple[str, ...]
    race: Race | None
    diagnoses: Diagnoses

    @property
    def best(self) -> Trial:
        """The trial with the highest mean score over all seeds."""
        return best_of(self.trials)

    @property
    def recommended(self) -> Trial:
        """See `recommend`; where the race says otherwise, its winner, with the scores of its
        race."""
        chosen, race = recommend(self.trials), self.race
        if race is None or chosen.propagates == race.needed:
            return chosen
        place = race.ahead if race.needed else 0
        winner = next(trial for trial in self.trials if trial.rule == race.rules[place])
        setting = {"optimizer": race.optimizer, "learning_rate": race.rates[place]}
        return replace(winner, **setting, search=(), scores=race.scores[place])

    @property
    def propagation_is_needed(self) -> bool:
        """Whether the race says so, or, without one, the trials: what a rule is worth shows only
        after more practice than a prefix gives, and a lead at first may be gone by then."""
        return self.trials_need_propagation if self.race is None else self.race.needed

    @property
    def trials_need_propagation(self) -> bool:
        """Whether no rule without propagation is level with the best of the trials."""
        return not any(is_level(trial, self.best) for trial in self.trials if not trial.propagates)

    @property
    def command(self) -> str:
        """The command line of the recommended run."""
        chosen = self.recommended
        config = replace(
            self.config,
            rule=chosen.rule,
            optimizer=chosen.optimizer,
            learning_rate=chosen.learning_rate,
        )
        return shlex.join(["onward", "run", *words_of(config)])

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON: every figure can be drawn again from it."""
        return as_plain(
            {
                "config": self.config.as_dict(),
                "stream": asdict(self.info),
                "rows": self.rows,
                "horizon": self.horizon,
                "metric": self.metric,
                "noise": noise(self.best),
                "propagation_is_needed": self.propagation_is_needed,
                "best": self.best.rule,
                "recommended": self.recommended.rule,
                "command": self.command,
                "trials": [{**asdict(trial), "score": trial.score} for trial in self.trials],
                "opponents": self.opponents,
                "left_out": self.left_out,
                "not_tried": self.not_tried,
                "race": None
                if self.race is None
                else {**asdict(self.race), "gain": self.race.gain},
                "diagnoses": self.diagnoses,
            }
        )


def advise(
    config: RunConfig, progress: Progress = lambda *_: None, budget: float | None = None
) -> Advice:
    """Try the rules on the first `config.limit` samples of a stream, and measure the network.

    Every rule sees the same rows and the same networks, test-then-train. The configuration's
    own rule, optimizer, learning rate and warm-up play no part.

    Args:
        config: the stream and the network.
        progress: told what is done next, and about how many seconds are left.
        budget: seconds after which no further rule is tried; None for as long as it takes.

    Raises:
        StreamError, ValueError, MemoryBudgetError: the message says what to change.
    """
    stream = config.open()
    plan = Plan.of(config, stream.info)
    length = plan.length or 0
    fewest = FEWEST_ROWS + 4 * plan.horizon
    if length < fewest:
        raise ValueError(
            f"Expected at least {fewest} samples to judge rules by; got {length}. "
            "Try a longer stream or a larger --limit."
        )
    rows = next(iter(stream.chunks(length)))
    trials = Trials(plan, rows)
    contest = Contest(trials, budget, progress)
    outcome = contest()
    raced = contest.race()
    spent = contest.time.left() < contest.time.diagnostics()
    progress("diagnostics", contest.time.diagnostics())
    return Advice(
        config=config,
        info=stream.info,
        rows=length,
        horizon=plan.horizon,
        metric=trials.metric,
        trials=outcome.trials,
        opponents=trials.opponents(),
        left_out=outcome.left_out,
        not_tried=(
            *outcome.not_tried,
            *([RACE] if raced is None and contest.has_racers else []),
            *([SHADOW] if spent else []),
        ),
        race=raced,
        diagnoses=diagnose(trials, recommend(outcome.trials), shadow=not spent),
    )


def recommend(trials: Sequence[Trial]) -> Trial:
    """The cheapest trial that trains the cell and is level with the best, if any; else the best,
    the readout alone."""
    best = best_of(trials)
    return next((trial for trial in trials if trial.trains_cell and is_level(trial, best)), best)


def is_level(trial: Trial, best: Trial) -> bool:
    """Whether a trial is as good as the best, as far as the seeds can tell."""
    return best.score - trial.score <= noise(best)


def noise(best: Trial) -> float:
    """How far below the best a score may lie and still be level with it.

    The 95 % uncertainty of the best one's mean over the seeds, and 0.01 at least. The other's
    own spread does not count in its favour: a rule that fails with one seed in three is no equal.
    """
    return max(LEVEL, QUANTILE * (best.spread or 0.0) / SEEDS**0.5)
