"""A learner and its state in a file: saved, loaded, described."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from onward._checks import check_kind
from onward.cost import MemoryBudgetError
from onward.learning import admission
from onward.learning.learner import ARGUMENTS, Learner
from onward.learning.series import Series
from onward.learning.state import LearnerState
from onward.mixtures.mixture import Mixture
from onward.mixtures.series_mixture import SeriesMixture
from onward.storing import recipe, store
from onward.storing.flat_state import flatten_state, restore_state
from onward.storing.notes import WEIGHTS, Mover, made, noted, versions
from onward.storing.store import CheckpointError

SCHEMA = 2
# Where the folder of a run keeps its checkpoint.
FOLDER, FILE = "checkpoint", "state.safetensors"
STATE = "state"


def save(path: str | os.PathLike[str], learner: Mover, state: LearnerState) -> None:
    """Write a learner, or the series of one, and its state to one file.

    `onward.load` brings both back. The file is of safetensors: arrays, and JSON in the header. No
    pickle. It holds the state, the learner's own weights where they differ from the state's, the
    settings of every part under the name of its class, and the versions of the libraries. A
    process that is killed leaves the old file or the new one.

    What JSON cannot hold, an optax transformation or a schedule say, is left out; `load` then asks
    for it.

    Args:
        path: the file; its folder is there.
        learner: of any parts, also your own; or a `Mixture`, or a `Series`.
        state: of that learner; kept.

    Raises:
        ValueError: the state is of another learner, or consumed.
        CheckpointError: there is no folder for the file, or the path is one.
    """
    path = Path(path)
    if not isinstance(learner, Series | Mixture | SeriesMixture):
        # What is around a learner has a state of another kind.
        way_out = "onward.save(path, learner, state), or CheckpointStore(folder).save"
        check_kind("learner", learner, Learner, way_out)
    learner.admit(state)
    if path.is_dir() or not path.parent.is_dir():
        got = f"{path}, a folder" if path.is_dir() else f"{path}, whose folder is not there"
        raise CheckpointError(
            f"Expected the path of a file to write; got {got}. Try 'learner.safetensors'."
        )
    store.write(path, *packed(learner, state))


def load(
    path: str | os.PathLike[str], *, classes: Iterable[type] = (), **changes: Any
) -> tuple[Any, LearnerState]:
    """The learner and the state that `onward.save` or `onward run` wrote.

    Of a run with a mixture it is a `Mixture`, and over several series a `Series` or a
    `SeriesMixture`: `series.run(state, codes, xs, ys)` goes on, with codes by the order of
    `series_names` in `onward.describe(path)["stream"]`.

    The learner equals the one that was saved, and goes on from the state with the same bits on the
    same machine. Of a run it is the network beside whose scores `onward` stands. The names and the
    order of its features, targets and classes are in the folder's `metrics.json`, under `stream`,
    and in `onward.describe(path)["stream"]`.

    Nothing is imported that the file names: besides the library's own classes, only those passed
    are made.

    Args:
        path: a file, or the folder of a run.
        classes: your own cells, rules and other parts that the learner is made of.
        changes: arguments of `Learner` in place of those saved, as in `Learner.replace`. What
            could not be saved has to be given here. The state must fit.

    Raises:
        CheckpointError: there is no such file, it is damaged, or of another schema; a class or an
            argument is needed; an array does not fit, or has a dtype that JAX has not enabled.
        ValueError: a change that is no argument of `Learner`, or a class that is none of a part.
    """
    path = _file(Path(path))
    admission.refuse_unknown(changes, ARGUMENTS)
    note = store.read_note(path)
    _refuse_schema(note, f" at {path}")
    arrays, _ = store.read(path, (f"{WEIGHTS}/", f"{note.get('state')}/"))
    _refuse_dtypes(path, arrays)
    recipe.by_name(classes)
    try:
        return unpacked(arrays, note, classes, **changes)
    except (CheckpointError, MemoryBudgetError):
        raise
    # Parts of anybody's are traced here, with settings of anybody's.
    except Exception as error:
        told = str(error)
        if not told.startswith("Expected "):
            told = (
                f"Expected the parts of a learner; got {type(error).__name__}: {told}. Try a file "
                "that onward.save wrote."
            )
        raise CheckpointError(f"{told} (Read from {path}.)") from error


def describe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a checkpoint says of itself, with no learner made and no array read.

    Args:
        path: a file, or the folder of a run.

    Returns:
        "schema"; "versions" of the libraries that wrote it; "learner", every part as JSON; "asked",
        arguments as they were given where they were less explicit. Of several series also "series",
        their count and whose the weights are. Of `onward run` also "stream",
        with the names of the features, targets and classes in their order.

    Raises:
        CheckpointError: there is no such file, or it is not a checkpoint.
    """
    return store.read_note(_file(Path(path)))


def packed(
    mover: Mover, state: LearnerState, place: str = STATE
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A learner and its state as arrays and a note.

    Args:
        mover: a learner of any parts, a mixture, or the series of a learner.
        state: of that learner.
        place: what the names of the state's arrays begin with.
    """
    arrays = {f"{place}/{name}": array for name, array in flatten_state(state).items()}
    note = noted(mover, arrays, place)
    return arrays, {"schema": SCHEMA, "versions": versions(), "state": place, **note}


def learner_in(
    arrays: Mapping[str, np.ndarray],
    note: Mapping[str, Any],
    classes: Iterable[type] = (),
    **changes: Any,
) -> Mover:
    """The learner of `packed` alone; its arguments are those of `unpacked`.

    Raises:
        CheckpointError: it is of another schema, or a class or an argument is needed.
    """
    _refuse_schema(note)
    return made(note, arrays, recipe.by_name(classes), changes)


def unpacked(
    arrays: Mapping[str, np.ndarray],
    note: Mapping[str, Any],
    classes: Iterable[type] = (),
    **changes: Any,
) -> tuple[Any, LearnerState]:
    """The inverse of `packed`.

    Args:
        arrays: by name.
        note: beside them.
        classes: of parts that are not the library's.
        changes: arguments of `Learner` in place of those noted.
    """
    place = f"{note.get('state')}/"
    learner = learner_in(arrays, note, classes, **changes)
    own = {
        name.removeprefix(place): array for name, array in arrays.items() if name.startswith(place)
    }
    return learner, restore_state(learner.shapes, own)


def _refuse_schema(note: Mapping[str, Any], where: str = "") -> None:
    if note.get("schema") != SCHEMA:
        raise CheckpointError(
            f"Expected a checkpoint of schema {SCHEMA}{where}; got {note.get('schema')!r}, "
            f"written by {note.get('versions', 'nobody knows which version')}. Try the version of "
            "onward that wrote it."
        )


def _file(path: Path) -> Path:
    """The file itself, or that in the folder of a run."""
    if not path.is_dir():
        return path
    return path / FILE if (path / FILE).exists() else path / FOLDER / FILE


def _refuse_dtypes(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        if jax.dtypes.canonicalize_dtype(array.dtype) != array.dtype:
            raise CheckpointError(
                f"Expected arrays of a dtype that JAX has enabled at {path}; got {array.dtype} of "
                f"{name} with 64-bit types off. Try jax.config.update('jax_enable_x64', True) "
                "first."
            )
