"""Which columns of a file are its targets, and which task they set."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onward.streams.base import StreamError, Task
from onward.streams.errors import as_names, listed, one_of, split_names, stream_error
from onward.streams.files.column import Column
from onward.streams.files.offsets import offset_of
from onward.streams.files.tallies import MOST_CLASSES

MOST_INFERRED_CLASSES = 10
HELD = {
    "number": "numbers",
    "truth": "truth values",
    "text": "text",
    "time": "timestamps",
    "clock": "times of day",
    "unsupported": "cells of another type",
}
Groups = Mapping[str, tuple[str, ...]]
Classes = tuple[float, ...] | tuple[str, ...]


@dataclass(frozen=True)
class Targets:
    """The targets of a stream.

    Attributes:
        columns: one or several.
        task: what is to be learned.
        classes: for classification, the distinct values of the only column, in order.
    """

    columns: tuple[Column, ...]
    task: Task
    classes: Classes = ()

    @property
    def offsets(self) -> tuple[float, ...]:
        """What is taken off each target; nothing off classes."""
        is_number = self.task == "regression"
        return tuple(offset_of(column) if is_number else 0.0 for column in self.columns)

    @property
    def class_names(self) -> tuple[str, ...]:
        if self.columns[0].kind == "truth":
            return tuple(str(bool(value)) for value in self.classes)
        return tuple(_class_name(value) for value in self.classes)


def find_columns(
    names: Sequence[str], role: str, columns: Mapping[str, Column], groups: Groups
) -> tuple[Column, ...]:
    """Return the named columns, those of a group in place of its name.

    A name with commas that no column has stands for the names between them.

    Raises:
        StreamError: for a name that is neither a column nor a group, with the near misses.
    """
    found: list[str] = []
    for name in split_names(names, {*columns, *groups}):
        if name not in columns and name not in groups:
            raise _unknown(role, name, [*groups, *columns])
        found += [name] if name in columns else groups[name]
    return tuple(columns[name] for name in as_names(found, role))


def _unknown(role: str, name: str, existing: Sequence[str]) -> StreamError:
    remedy = one_of(name, existing)
    if all(re.fullmatch(r"[+-]?[0-9.,]*[0-9][0-9.,]*", one) for one in existing):
        remedy = "header=False (--no-header), if the first row holds numbers and no names"
    return stream_error(f"a {role} column", repr(name), remedy)


def as_classes(columns: Mapping[str, Column], names: Sequence[str]) -> dict[str, Column]:
    """Return the columns; in those named, which are to be classes, a word among numbers is one."""
    named = split_names(names, columns)
    return {
        name: column.otherwise if name in named and column.otherwise else column
        for name, column in columns.items()
    }


def choose_targets(
    names: Sequence[str], task: Task | None, columns: Mapping[str, Column], groups: Groups
) -> Targets:
    """Return the targets; the task, where it is None, follows from what they hold.

    A single target of text, truth values, or at most 10 different whole numbers is classified;
    everything else is regression.

    Raises:
        StreamError: for an unknown column, one without a value, or one that does not fit the task.
    """
    if task not in (None, "regression", "classification"):
        remedy = "leaving it out: it is inferred from the target"
        raise stream_error("the task 'regression' or 'classification'", repr(task), remedy)
    chosen = find_columns(names, "target", columns, groups)
    for column in chosen:
        _check_holds_values(column)
        if column.stray and task != "classification":
            raise stray_text(column)
    if task == "classification" or (task is None and _looks_like_classes(chosen)):
        return _classification(chosen)
    for column in chosen:
        if not column.is_numeric:
            remedy = "that column as the only target, with task='classification'"
            raise stream_error("numbers to predict", f"text in the target {column.name!r}", remedy)
    return Targets(chosen, "regression")


def stray_text(column: Column) -> StreamError:
    """Return the complaint about text in a column of numbers."""
    assert column.stray is not None
    return stream_error(
        f"{HELD[column.stray_from]} in the column {column.name!r}",
        f"{column.stray[0]!r} in {column.stray_place} (the first below the header is row 1)",
        "correcting that cell, emptying it if it is missing, or choosing other columns",
    )


def _check_holds_values(column: Column) -> None:
    if column.kind in ("time", "clock", "unsupported"):
        held = column.type_name or HELD[column.kind]
        raise stream_error(
            f"numbers or classes in the target {column.name!r}", held, "another target"
        )
    if not column.present:
        raise stream_error(
            f"values in the target {column.name!r}",
            "a missing label in every row",
            "another target",
        )


def _looks_like_classes(targets: Sequence[Column]) -> bool:
    if len(targets) > 1:
        return False
    column = targets[0]
    if column.kind != "number":
        return True
    values = column.distinct
    if values is None or len(values) > MOST_INFERRED_CLASSES:
        return False
    return all(isinstance(value, float) and value.is_integer() for value in values)


def _classification(targets: Sequence[Column]) -> Targets:
    if len(targets) > 1:
        raise stream_error(
            "one target for classification",
            f"{len(targets)}: {listed(column.name for column in targets)}",
            "one of them, or task='regression'",
        )
    column = targets[0]
    remedy = "task='regression'" if column.is_numeric else "another target"
    if column.distinct is None:
        such = f", as {column.odd!r} among numbers" if column.odd else ""
        got = f"more than {MOST_CLASSES} different values{such}"
        expected = f"at most {MOST_CLASSES} classes in the target {column.name!r}"
        raise stream_error(expected, got, remedy)
    found = Targets((column,), "classification", column.distinct)
    if len(column.distinct) == 1:
        expected = f"at least 2 classes in the target {column.name!r}"
        either = f"another target or {remedy}" if column.is_numeric else remedy
        raise stream_error(expected, f"only {found.class_names[0]!r}", either)
    return found


def _class_name(value: float | str) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
