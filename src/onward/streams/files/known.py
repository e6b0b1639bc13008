"""Opening a table as what an earlier stream was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from onward.streams.base import StreamInfo
from onward.streams.errors import listed, one_of, stream_error
from onward.streams.files.calendar_features import CYCLES
from onward.streams.files.column import Column, Kind
from onward.streams.files.table import Table
from onward.streams.files.targets import HELD, Targets, stray_text
from onward.streams.files.wrapped import WrappedTable

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Padded(WrappedTable):
    """A table, and columns that it lacks, without a single value."""

    absent: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.table.names, *self.absent)

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield the rows of the table, with nothing in the columns that it lacks."""
        import pyarrow as pa

        own = [name for name in names if name not in self.absent] or list(self.table.names[:1])
        for batch in self.table.batches(own, start):
            cells = [
                pa.nulls(batch.num_rows, pa.float64())
                if name in self.absent
                else batch.column(name)
                for name in names
            ]
            yield pa.RecordBatch.from_arrays(cells, names=list(names))


def padded(table: Table, targets: Sequence[str]) -> Table:
    """A table with all targets, those that it lacks without a value."""
    absent = tuple(name for name in targets if name not in (*table.names, *table.unsupported))
    return Padded(table, absent) if absent else table


def known_targets(known: StreamInfo, columns: Mapping[str, Column]) -> tuple[Targets, list[str]]:
    """The targets of an earlier stream in the columns of this one, and a note on new classes.

    Raises:
        StreamError: for a target whose cells do not fit the task.
    """
    chosen = tuple(columns[name] for name in known.target_names)
    for column in chosen:
        if column.kind in ("time", "clock", "unsupported"):
            held = column.type_name or HELD[column.kind]
            raise stream_error(f"labels in {column.name!r}", held, "leaving that column out")
    if known.task == "regression":
        for column in chosen:
            if column.stray:
                raise stray_text(column)
            if not column.is_numeric:
                got = f"text in the target {column.name!r}"
                raise stream_error("numbers to predict", got, "leaving that column out")
        return Targets(chosen, "regression"), []
    kind = _kind_of(known.class_names)
    column = replace(chosen[0], kind=kind)
    classes = tuple(_value(name, kind) for name in known.class_names)
    targets = Targets((column,), "classification", classes)  # pyright: ignore[reportArgumentType]
    values = column.distinct or ()
    unknown = [str(value) for value in values if _value(str(value), kind) not in classes]
    if not unknown:
        return targets, []
    note = f"Labels {listed(unknown)} of {column.name!r} are no classes that were learnt: "
    return targets, [note + "their rows are predicted, and count as unlabelled."]


def _kind_of(classes: Sequence[str]) -> Kind:
    """What the cells of a target are whose classes have these names."""
    if all(name in ("True", "False") for name in classes):
        return "truth"
    return "number" if all(map(_is_number, classes)) else "text"


def known_features(names: Sequence[str], columns: Mapping[str, Column]) -> tuple[Column, ...]:
    """The features of an earlier stream in the columns of this one, which may be empty.

    Args:
        names: of columns, or of a column and one of its words, as "kind=red".
        columns: of the table.

    Raises:
        StreamError: for a column that is absent, or is not of numbers.
    """
    chosen = []
    for name in names:
        column = columns.get(name) or _indicator(name, columns)
        if column is None:
            raise stream_error("all features of before", f"no {name!r}", one_of(name, [*columns]))
        if column.stray:
            raise stray_text(column)
        if not column.is_numeric:
            got = f"{HELD[column.kind]} in the column {name!r}"
            raise stream_error("features of numbers", got, "the columns as they were before")
        chosen.append(column)
    return tuple(chosen)


def _indicator(name: str, columns: Mapping[str, Column]) -> Column | None:
    """A column of 1 where another holds a word, and of 0 elsewhere; None where there is none."""
    for parent in columns.values():
        if name.startswith(f"{parent.name}=") and parent.kind != "unsupported":
            value = name.removeprefix(f"{parent.name}=")
            return Column(
                name, "number", parent.present, (0.0, 1.0), parents=(parent,), value=value
            )
    return None


def _value(name: str, kind: Kind) -> float | str:
    """The cell that stands for a class."""
    if kind == "truth":
        return {"true": 1.0, "false": 0.0}.get(name.lower(), float(name) if _is_number(name) else 2)
    return float(name) if kind == "number" and _is_number(name) else name


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def known_cycles(known: StreamInfo) -> tuple[str, ...]:
    """The cycles of the calendar among the features of an earlier stream."""
    return tuple(cycle for cycle in CYCLES if f"{cycle}_sin" in known.feature_names)
