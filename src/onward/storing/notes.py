"""A learner as JSON and arrays, and back."""

import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import jax
import numpy as np

from onward.learning.learner import Learner
from onward.learning.series import Series
from onward.mixtures.mixture import Mixture
from onward.mixtures.series_mixture import SeriesMixture
from onward.storing import recipe
from onward.storing.store import CheckpointError

WEIGHTS = "weights"
# Those that say together how the weights move.
MOVING = frozenset({"optimizer", "learning_rate"})

Arrays = dict[str, np.ndarray]
Mover = Learner | Mixture | Series | SeriesMixture


def noted(mover: Mover, arrays: Arrays, place: str) -> dict[str, Any]:
    """What a mover is made of; its own weights, where the state has others, join the arrays.

    Args:
        mover: a learner, a mixture or series.
        arrays: those of its state, whose names begin with `place`.
        place: the folder of that state.
    """
    if isinstance(mover, SeriesMixture):
        series = {"count": mover.count, "weights": mover.weights}
        return {**noted(mover.mixture, arrays, place), "series": series}
    if isinstance(mover, Series):
        series = {"count": mover.count, "weights": mover.weights}
        return {**_of_learner(mover.learner, arrays, f"{place}/", ""), "series": series}
    if isinstance(mover, Learner):
        return _of_learner(mover, arrays, f"{place}/", "")
    members, places = {}, {name: index for index, name in enumerate(mover.learners)}
    for name, one in mover.members.items():
        if isinstance(one, Learner):
            index = places[name]
            members[name] = _of_learner(one, arrays, f"{place}/members.{index}.", f"{index}/")
        else:
            members[name] = {"forecaster": recipe.encode(one, _no_array, name)}
    mixing = recipe.encode(mover.table.mixing, _no_array, "mixing")
    # A file keeps no order of names.
    order = list(mover.members)
    return {"members": members, "order": order, "mixing": mixing, "learns": mover.table.learns}


def made(
    note: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    classes: Mapping[str, type],
    changes: Mapping[str, Any],
) -> Mover:
    """The mover that a note tells of, with changes of its learners' arguments."""
    if "members" in note:
        members = {}
        for name in note["order"]:
            one = note["members"][name]
            members[name] = (
                recipe.decode(one["forecaster"], arrays, classes)
                if "forecaster" in one
                else _learner(one, arrays, classes, changes)
            )
        mixing = recipe.decode(note["mixing"], arrays, classes)
        mixture = Mixture(members, mixing=mixing, learns=note["learns"])
        return SeriesMixture(mixture, **note["series"]) if note.get("series") else mixture
    learner = _learner(note, arrays, classes, changes)
    return Series(learner, **note["series"]) if note.get("series") else learner


def _of_learner(learner: Learner, arrays: Arrays, held: str, own: str) -> dict[str, Any]:
    """The note of one learner.

    Args:
        learner: of any parts.
        arrays: of the state, to which weights are added.
        held: what the names of the learner's state begin with.
        own: what the names of added weights begin with.
    """

    def written(name: str, part: Any) -> Any:
        more: Arrays = {}

        def keep(path: str, array: jax.Array) -> str:
            found, there = np.asarray(array), f"{held}parameters.{path}"
            if there in arrays and _same_bits(arrays[there], found):
                return there
            more[f"{WEIGHTS}/{own}{path}"] = found
            return f"{WEIGHTS}/{own}{path}"

        try:
            encoded = recipe.encode(part, keep, name)
        except recipe.UnwritableError as error:
            return {"unwritten": str(error)}
        arrays.update(more)
        return encoded

    used, asked = learner.used, learner.asked
    parts = {name: written(name, part) for name, part in used.items()}
    if _unwritten(parts["optimizer"]):
        chosen = used["optimizer"].name if asked["optimizer"] == "auto" else asked["optimizer"]
        parts["optimizer"] = written("optimizer", chosen)
        parts["learning_rate"] = written("learning_rate", asked["learning_rate"])
    less = {
        name: written(name, value)
        for name, value in asked.items()
        if value is not used.get(name, learner)
    }
    return {
        "learner": parts,
        "asked": {name: value for name, value in less.items() if not _unwritten(value)},
    }


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """The versions of Python and of the libraries that decide what a learner computes."""
    names = ("onward", "jax", "equinox", "optax", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def _learner(
    note: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    classes: Mapping[str, type],
    changes: Mapping[str, Any],
) -> Learner:
    """The learner that a note tells of, with changes."""
    parts, asked = note["learner"], note["asked"]
    if MOVING & changes.keys():
        parts = parts | {name: asked[name] for name in MOVING & asked.keys()}
    parts = {name: part for name, part in parts.items() if name not in changes}
    for name, part in parts.items():
        if _unwritten(part):
            raise CheckpointError(
                f"Expected {name} from the caller, as a checkpoint cannot hold it "
                f"({part['unwritten']}); got none. Try onward.load(path, {name}=...)."
            )
    decoded = {name: recipe.decode(part, arrays, classes) for name, part in parts.items()}
    learner = Learner(**{**decoded, **changes})
    less = {name: value for name, value in asked.items() if name not in changes}
    learner.asked |= {name: recipe.decode(value, arrays, classes) for name, value in less.items()}
    return learner


def _unwritten(part: Any) -> bool:
    return isinstance(part, dict) and "unwritten" in part


def _same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    alike = one.dtype == other.dtype and one.shape == other.shape
    return alike and one.tobytes() == other.tobytes()


def _no_array(path: str, array: jax.Array) -> str:
    raise recipe.UnwritableError(f"{path}, an array")
