"""A learner and what is around it as arrays and a note, and back."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np

from onward._checks import check_kind
from onward.intervals import AdaptiveConformal
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
from onward.wrapping.conformal import Conformal, ConformalState

AROUND = "around"
WAY_OUT = "store.save(learner, state, position)"


class Layer(NamedTuple):
    """How one kind of wrapper is taken apart and put together.

    Attributes:
        kind: its class.
        settings: the class of its settings.
        asked: the settings of one.
        taken: of one's state that of what is within, and the rest.
        shapes: the shapes of that rest.
        joined: both together again.
    """

    kind: type
    settings: type
    asked: Callable[[Any], Any]
    taken: Callable[[Any], tuple[Any, Any]]
    shapes: Callable[[Any], Any]
    joined: Callable[[Any, Any], Any]


def _of_around(kind: type[Around]) -> Layer:
    def without(state: LearnerState) -> LearnerState:
        return LearnerState(dataclasses.replace(state.fields, learner=None))

    return Layer(
        kind,
        kind.kind,
        lambda mover: mover.settings,
        lambda state: (LearnerState(state.fields.learner), without(state)),
        lambda mover: without(mover.shapes),
        lambda inner, rest: LearnerState(dataclasses.replace(rest.fields, learner=inner.fields)),
    )


LAYERS = (
    _of_around(Guarded),
    _of_around(Safeguarded),
    Layer(
        Conformal,
        AdaptiveConformal,
        lambda mover: mover.interval,
        lambda state: (state.learner, LearnerState(state.bands)),
        lambda mover: LearnerState(eqx.filter_eval_shape(mover.bands.init)),
        lambda inner, rest: ConformalState(inner, rest.fields),
    ),
)


def packed(mover: Any, state: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A mover and its state as arrays and a note, those of the learner within as `onward.save` has
    them.

    Args:
        mover: a learner, a mixture or series; or what is around one, in any number of layers.
        state: of that mover.

    Raises:
        ValueError: the state is of another one, or consumed.
    """
    layer = next((each for each in LAYERS if isinstance(mover, each.kind)), None)
    if layer is None:
        if not isinstance(mover, Series | Mixture | SeriesMixture):
            check_kind("learner", mover, Learner, WAY_OUT)
        mover.admit(state)
        return checkpoint.packed(mover, state)
    mover.admit(state)
    inner, rest = layer.taken(state)
    arrays, note = packed(mover.learner, inner)
    layers = note.get(AROUND, [])
    settings = recipe.encode(layer.asked(mover), _no_array, "settings")
    place = f"{AROUND}/{len(layers)}/"
    arrays |= {f"{place}{name}": array for name, array in flatten_state(rest).items()}
    return arrays, {**note, AROUND: [*layers, settings]}


def unpacked(
    learner: Any, state: Any, arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]
) -> tuple[Any, Any]:
    """What `packed` was given, from the learner within and the rest.

    Args:
        learner: the innermost, and
        state: its state.
        arrays: all those of the file.
        note: beside them.

    Raises:
        CheckpointError: something does not fit.
    """
    known = {layer.settings: layer for layer in LAYERS}
    classes = recipe.by_name(known)
    for index, settings in enumerate(note.get(AROUND, [])):
        made = recipe.decode(settings, arrays, classes)
        if type(made) not in known:
            raise CheckpointError(
                f"Expected settings of what is around a learner; got {made!r}. Try a file that a "
                "CheckpointStore wrote."
            )
        layer, place = known[type(made)], f"{AROUND}/{index}/"
        learner = layer.kind(learner, made)
        own = {
            name.removeprefix(place): array
            for name, array in arrays.items()
            if name.startswith(place)
        }
        state = layer.joined(state, restore_state(layer.shapes(learner), own))
    return learner, state


def _no_array(path: str, array: Any) -> str:
    raise recipe.UnwritableError(f"{path}, an array")
