"""Arrays of trials, strung together to rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from onward.streams.errors import listed
from onward.streams.files.table import Wanted

TRIAL = "trial"


@dataclass(frozen=True)
class Strung:
    """Arrays whose trials follow one another.

    Attributes:
        arrays: by name; those of trials have one entry a row now.
        trial: the number of each row's trial, shape (rows,); None where nothing was strung.
        notes: what was left out, one sentence each.
    """

    arrays: Mapping[str, np.ndarray]
    trial: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def string_trials(arrays: Mapping[str, np.ndarray], wanted: Wanted) -> Strung:
    """Return the arrays as rows, where the target is told by arrays of trials.

    That is where an array of shape (trials, time, m) exists, and the target has shape
    (trials, time, m) or (trials, time), or (trials,) or (trials, m) while no features for single
    trials exist or the features asked for have three axes. Then

    - (trials, time, m) becomes (trials * time, m), and (trials, time) becomes (trials * time,);
    - a target with one label a trial has it in the trial's last row, which is the last that is
      valid where `wanted.valid` has shape (trials, time); all rows before lack a label;
    - of other arrays with one value a trial, those asked for by name have it in every row. The
      rest are left out, for they may be known only after the trial, and noted.
    """
    shape = _shape(arrays, wanted)
    if shape is None:
        return Strung(arrays)
    count, length = shape
    last = _last_rows(arrays.get(wanted.valid or ""), count, length)
    strung, left_out = {}, []
    for name, array in arrays.items():
        if array.shape[:2] == shape and array.ndim <= 3:
            strung[name] = array.reshape(count * length, *array.shape[2:])
        elif array.ndim not in (1, 2) or len(array) != count:
            strung[name] = array
        elif _asked(name, wanted.targets):
            strung[name] = _at(last, array, count * length)
        elif _asked(name, (*wanted.others, *wanted.features)):
            strung[name] = np.repeat(array, length, axis=0)
        elif array.dtype.kind != "U":
            left_out.append(name)
        else:
            # Names of columns, perhaps.
            strung[name] = array
    reason = "one value a trial may be known only after it; name it as a feature to use it"
    notes = (f"Left out {listed(left_out)}: {reason}.",) if left_out else ()
    return Strung(strung, np.repeat(np.arange(count), length), notes)


def _shape(arrays: Mapping[str, np.ndarray], wanted: Wanted) -> tuple[int, int] | None:
    """The number of trials and their length; None where the target is not told by trials."""
    targets = [a for name, a in arrays.items() if a.ndim and _asked(name, wanted.targets)]
    others = [a for name, a in arrays.items() if a.ndim == 2 and not _asked(name, wanted.targets)]
    named = any(arrays[name].ndim == 3 for name in wanted.features if name in arrays)
    for shape in sorted({array.shape[:2] for array in arrays.values() if array.ndim == 3}):
        single = any(len(array) == shape[0] and array.shape != shape for array in others)
        by_row = any(target.shape[:2] == shape for target in targets)
        by_trial = any(len(target) == shape[0] for target in targets)
        if by_row or (by_trial and (named or not single)):
            return shape
    return None


def _asked(name: str, names: tuple[str, ...]) -> bool:
    """Whether an array is named, or a column of it as NAME[0]."""
    return any(name == one or re.fullmatch(re.escape(name) + r"\[\d+\]", one) for one in names)


def _last_rows(valid: np.ndarray | None, count: int, length: int) -> np.ndarray:
    """The row of each trial that has its label; none for a trial without a valid row."""
    counts = np.ones((count, length), bool)
    if valid is not None and valid.shape == counts.shape and valid.dtype.kind in "biuf":
        counts = valid == 1
    last = length - 1 - np.argmax(counts[:, ::-1], axis=1)
    return np.where(counts.any(axis=1), np.arange(count) * length + last, -1)


def _at(last: np.ndarray, array: np.ndarray, rows: int) -> np.ndarray:
    """Labels at the last rows of their trials, and missing ones everywhere else."""
    missing = "" if array.dtype.kind == "U" else np.nan
    kind = array.dtype if array.dtype.kind == "U" else np.float64
    labels = np.full((rows, *array.shape[1:]), missing, kind)
    labels[last[last >= 0]] = array[last >= 0]
    return labels
