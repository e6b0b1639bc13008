"""A learner and what is around it as arrays and a note, and back."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from onward._checks import check_kind
from onward.learning.learner import Learner
from onward.learning.series import Series
from onward.learning.state import LearnerState
from onward.mixtures.mixture import Mixture
from onward.mixtures.series_mixture import SeriesMixture
from onward.safety.around import Around
from onward.safety.guarded import Guarded
from onward.safety.safeguarded import Safeguarded
from onward.storing import checkpoint, recipe
from onward.storing.flat_state import flatten_state, restore_state
from onward.storing.store import CheckpointError

AROUND = "around"
KINDS: Mapping[type, Callable[..., Around]] = {one.kind: one for one in (Guarded, Safeguarded)}


def packed(mover: Any, state: LearnerState) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A mover and its state as arrays and a note, those of the learner within as `onward.save` has
    them.

    Args:
        mover: a learner, a mixture or series; or what is around a learner.
        state: of that mover.

    Raises:
        ValueError: the state is of another one, or consumed.
    """
    if not isinstance(mover, Around):
        if not isinstance(mover, Series | Mixture | SeriesMixture):
            check_kind("learner", mover, Learner, "store.save(learner, state, position)")
        mover.admit(state)
        return checkpoint.packed(mover, state)
    mover.admit(state)
    fields = state.fields
    arrays, note = packed(mover.learner, LearnerState(fields.learner))
    layers = note.get(AROUND, [])
    settings = recipe.encode(mover.settings, _no_array, "settings")
    rest = flatten_state(LearnerState(dataclasses.replace(fields, learner=None)))
    place = f"{AROUND}/{len(layers)}/"
    arrays |= {f"{place}{name}": array for name, array in rest.items()}
    return arrays, {**note, AROUND: [*layers, settings]}


def unpacked(
    learner: Any, state: LearnerState, arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]
) -> tuple[Any, LearnerState]:
    """What `packed` was given, from the learner within and the rest.

    Args:
        learner: the innermost, and
        state: its state.
        arrays: all those of the file.
        note: beside them.

    Raises:
        CheckpointError: something does not fit.
    """
    classes = recipe.by_name(KINDS)
    for index, settings in enumerate(note.get(AROUND, [])):
        made = recipe.decode(settings, arrays, classes)
        if type(made) not in KINDS:
            raise CheckpointError(
                f"Expected settings of what is around a learner; got {made!r}. Try a file that a "
                "CheckpointStore wrote."
            )
        mover = KINDS[type(made)](learner, made)
        place = f"{AROUND}/{index}/"
        own = {
            name.removeprefix(place): array
            for name, array in arrays.items()
            if name.startswith(place)
        }
        shapes = LearnerState(dataclasses.replace(mover.shapes.fields, learner=None))
        fields = dataclasses.replace(restore_state(shapes, own).fields, learner=state.fields)
        learner, state = mover, LearnerState(fields)
    return learner, state


def _no_array(path: str, array: Any) -> str:
    raise recipe.UnwritableError(f"{path}, an array")
