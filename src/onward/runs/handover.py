"""What one run hands over to the next: its network, and what its rows left behind."""

from collections.abc import Mapping, Sequence

import numpy as np

from onward.evaluate.state import entries_under
from onward.learning import series
from onward.learning.state import LearnerFields, LearnerState
from onward.mixtures import series_mixture
from onward.mixtures.table import Around
from onward.runs.ahead import Ahead
from onward.runs.contest import Contest
from onward.runs.origin import Origin
from onward.runs.plan import Plan
from onward.storing.flat_state import flatten_state, restore_state
from onward.storing.store import CheckpointError

Arrays = Mapping[str, np.ndarray]

# What a warm start takes; the recurrent state and all that belongs to it begin afresh.
LEARNT = ("parameters", "optimizer", "input_scale", "target_scale", "mixing")
# What each series has of its own though weights are shared.
OF_SERIES = (*series.PAST, *series_mixture.PAST)
# What predictions alone depend on.
PREDICTING = (
    *("parameters", "recurrent", "input_scale", "target_scale", "label", "newest", "expansions"),
    *("mixing", "forecasters", "forecasts", "begun"),
)
# Settings that the shapes of what is learnt depend on, beside the stream.
SHAPING = ("learner", "cell", "size", "rule", "optimizer", "feedback", "mask", "weights")
# What counts the rows of one run.
OWN = ("counters", "ledger")
ALL = tuple(
    name
    for kind in (LearnerFields, Around)
    for name in kind.__dataclass_fields__
    if name not in OWN
)


def adopted(state: LearnerState, arrays: Arrays, parts: Sequence[str]) -> LearnerState:
    """A state with some parts of another one.

    Args:
        state: where the other parts come from. It may be of more series than the other: theirs
            come first, and the rest keep what they have.
        arrays: the other state, by dotted path.
        parts: names of fields.

    Raises:
        CheckpointError: an array is absent or of another shape.
    """
    whole = flatten_state(state)
    for name, fresh in whole.items():
        if part_of(name) in parts:
            whole[name] = grown(name, arrays.get(name), fresh)
    extra = {name for name in arrays if part_of(name) in parts} - set(whole)
    if extra and tuple(parts) != PREDICTING:
        raise CheckpointError(f"Expected no {min(extra)} in the other run; got one.")
    return restore_state(state, whole)


def part_of(name: str) -> str:
    """The field that an array is of, in a learner's state or in that of a mixture's member."""
    first, *rest = name.split(".")
    return {"members": rest[1:2], "around": rest[:1]}.get(first, [first])[0]


def grown(name: str, old: np.ndarray | None, fresh: np.ndarray) -> np.ndarray:
    """An array of the first series, and what a fresh one has for those after them."""
    if old is not None and old.shape == fresh.shape:
        return old
    if old is None or not old.ndim or old.shape[1:] != fresh.shape[1:] or len(old) > len(fresh):
        found = "nothing" if old is None else f"shape {old.shape}"
        raise CheckpointError(f"Expected {name} of shape {fresh.shape}; got {found}.")
    return np.concatenate([old, fresh[len(old) :]])


def roomier(fresh: Arrays, old: Arrays, before: int, now: int) -> dict[str, np.ndarray]:
    """The arrays of some series, and what a fresh state has for those after them.

    Args:
        fresh: all arrays of `now` series.
        old: all arrays of `before` series, the first of them.
        before: how many.
        now: how many.
    """
    kept = {name: array for name, array in fresh.items() if name not in old}
    for name, array in old.items():
        firsts = (array.shape[:1], fresh[name].shape[:1]) if name in fresh else ()
        of_series = firsts == ((before,), (now,))
        kept[name] = grown(name, array, fresh[name]) if of_series else array
    return kept


def warm(contest: Contest, origin: Origin) -> None:
    """Give a contest the weights, the optimizer's state and the scales of an earlier run.

    Args:
        contest: before its first row.
        origin: the earlier run. Series that it had come first in the contest.

    Raises:
        CheckpointError: they do not fit; the message names the settings that differ.
    """
    old, names = entries_under("contest/learner", origin.arrays), contest.plan.info.series_names
    differ = _different(contest.plan, origin)
    try:
        if contest.plan.info.class_names != origin.info.class_names:
            raise CheckpointError("Expected the classes of the other run.")
        if bool(names) != bool(origin.info.series_names):
            raise CheckpointError("Expected series in both runs or in none.")
        old = _by_series(contest, old, origin)
        contest.begin(adopted(contest.state, old, LEARNT))
    except CheckpointError as error:
        raise CheckpointError(
            f"Expected a network that fits the one in {origin.folder}; got another "
            f"{', '.join(differ) or 'one'} ({error}) Try the settings of that run, or no "
            "--warm-start."
        ) from error


def _by_series(contest: Contest, old: Arrays, origin: Origin) -> Arrays:
    """The arrays of an earlier run with its series in the order of this one, fresh where new."""
    names, before = contest.plan.info.series_names, origin.info.series_names
    if not names:
        return old
    fresh, count = flatten_state(contest.state), origin.room or len(before)
    places = [(names.index(name), index) for index, name in enumerate(before) if name in names]
    here, there = (list(part) for part in zip(*places, strict=True)) if places else ([], [])
    moved = dict(old)
    of_series = OF_SERIES if contest.plan.config.weights == "shared" else LEARNT
    for name, array in fresh.items():
        fits = name in old and old[name].shape == (count, *array.shape[1:])
        if part_of(name) in of_series and fits:
            moved[name] = array.copy()
            moved[name][here] = old[name][there]
    return moved


def _different(plan: Plan, origin: Origin) -> list[str]:
    """What differs of all that shapes depend on, each as `name (this one, not that one)`."""
    config, info = plan.config, plan.info
    told = {name: (getattr(config, name), getattr(origin.config, name)) for name in SHAPING}
    told["features"] = (len(info.feature_names), len(origin.info.feature_names))
    told["targets"] = (len(info.target_names), len(origin.info.target_names))
    told["classes"] = (list(info.class_names), list(origin.info.class_names))
    told["series"] = (bool(info.series_names), bool(origin.info.series_names))
    return [f"{name} ({new}, not {old})" for name, (new, old) in told.items() if new != old]


def go_on(contest: Contest, ahead: Ahead, arrays: Arrays) -> None:
    """Let a contest go on where an earlier one ended, as if its rows followed.

    Args:
        contest: before its first row; of the same series, and perhaps more after them.
        ahead: of the same contestants.
        arrays: of the checkpoint of the earlier run.

    Raises:
        CheckpointError: they do not fit.
    """
    old = entries_under("contest", arrays)
    learns = contest.twin is not None
    parts = ALL if learns else PREDICTING
    contest.begin(adopted(contest.state, entries_under("learner", old), parts))
    if learns:
        twin = adopted(contest.twin_state, entries_under("twin", old), ALL)
        contest.twin_state = twin
        fresh, before = contest.recovery.state(), entries_under("recovery", old)
        # After which rows it was put back is told of the rows of this run alone.
        kept = {
            n: a if n.endswith("/rows") else grown(n, before.get(n), a) for n, a in fresh.items()
        }
        contest.recovery.restore(kept)
    opponents = contest.opponents.state()
    opponents |= {n: a for n, a in entries_under("opponents", old).items() if n in opponents}
    contest.opponents.restore(opponents)
    fresh, before = ahead.state(), entries_under("ahead", arrays)
    ahead.restore({n: grown(n, before.get(n), a) for n, a in fresh.items()})
