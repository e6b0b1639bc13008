"""Opening a file as a stream."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from onward.streams.base import StreamError, StreamInfo, Task
from onward.streams.errors import as_names, listed, nearest, stream_error
from onward.streams.files.csv_file import open_csv
from onward.streams.files.features import (
    choose_features,
    choose_time,
    warnings_on_values,
)
from onward.streams.files.file_stream import FileStream
from onward.streams.files.npz import open_npz
from onward.streams.files.parquet import open_parquet
from onward.streams.files.roles import choose_start, choose_weight
from onward.streams.files.survey import survey
from onward.streams.files.table import Table, too_few_rows
from onward.streams.files.targets import choose_targets
from onward.streams.installed import refuse_without

# How a file of each extension becomes a table; the second argument says which
# columns are wanted.
OPENERS: dict[str, Callable[[Path, Sequence[str]], Table]] = {
    ".csv": lambda path, names: open_csv(path, ","),
    ".csv.gz": lambda path, names: open_csv(path, ","),
    ".tsv": lambda path, names: open_csv(path, "\t"),
    ".tsv.gz": lambda path, names: open_csv(path, "\t"),
    ".parquet": lambda path, names: open_parquet(path),
    ".npz": open_npz,
}


def open_file(
    path: str | os.PathLike[str],
    target: str | Sequence[str] | None,
    features: str | Sequence[str] | None = None,
    task: Task | None = None,
    *,
    start: str | None = None,
    weight: str | None = None,
) -> FileStream:
    """Open a CSV, TSV (either gzipped or not), Parquet or NPZ file as a stream.

    CSV and Parquet files are read in constant memory: once here, to learn types, classes and
    length, and again by `chunks`. NPZ files are loaded whole; in them, an array of shape
    (rows, m) is m columns, which its name stands for.

    Arguments:
        path: the file.
        target: one column or several, by name.
        features: columns by name; None takes all columns of numbers that have no other role.
            Columns that are left out so are named in `info.warnings`.
        task: None infers it: a single target of text, truth values or at most 10 different
            whole numbers is classified, all else is regression.
        start: the column of text, numbers, truth values or timestamps whose change from one row
            to the next begins a sequence: a trial, a session. Missing cells are a value of their
            own. Cells are compared as they stand: in CSV files 1 and 1.0 differ.
        weight: the column of numbers >= 0, or truth values, that multiply the loss of the label
            in the same row. A weight that is missing or infinite passes as it is; a learner then
            skips the label and counts it.

    Returns:
        A stream of horizon 0. The first column of timestamps (dates are recognised in text
        too), else a column of numbers named "time" or "timestamp", is its time.

    Raises:
        StreamError: without pandas and pyarrow, for a file that cannot be read, columns that do
            not exist or do not fit their role, a weight below zero, and fewer than two rows.
    """
    path = Path(path)
    extension = _check_file(path)
    refuse_without(("pandas", "pyarrow"), f"reading {path.name}")
    names = () if target is None else as_names(target, "target")
    table = OPENERS[extension](path, [*names, *filter(None, (start, weight))])
    if not names:
        existing = f"one of {listed([*table.groups, *table.names])}"
        raise stream_error(f"the name of a target column of {path.name}", "none", existing)
    columns, rows = survey(table)
    if rows < 2:
        raise too_few_rows(path, rows)
    targets = choose_targets(names, task, columns, table.groups)
    begins = choose_start(start, columns, table.groups, targets.columns)
    weighs = choose_weight(weight, columns, table.groups, targets.columns)
    taken = [column for column in (begins, weighs) if column]
    time = choose_time(columns, [*targets.columns, *taken])
    chosen, warnings = choose_features(
        features, columns, table.groups, targets.columns, [*taken, *([time] if time else [])]
    )
    roles = {"feature": chosen, "target": targets.columns}
    roles |= {role: (c,) for role, c in (("start", begins), ("weight", weighs)) if c}
    info = StreamInfo(
        name=path.name[: -len(extension)],
        task=targets.task,
        feature_names=tuple(column.name for column in chosen),
        target_names=tuple(column.name for column in targets.columns),
        class_names=targets.class_names,
        length=rows,
        origin=f"{table.kind} {path.name}",
        warnings=(*warnings, *warnings_on_values(roles, time)),
        start_name=begins and begins.name,
        weight_name=weighs and weighs.name,
    )
    return FileStream(table, chosen, targets, time, begins, weighs, info)


def _check_file(path: Path) -> str:
    if path.is_dir():
        inside = sorted(entry.name for entry in path.iterdir() if _extension(entry))
        remedy = f"one of its files: {listed(inside)}" if inside else "a file"
        raise stream_error("a file", f"the folder {path}", remedy)
    if not path.exists():
        raise _missing(path)
    extension = _extension(path)
    if extension is None:
        remedy = "saving it as one of these"
        raise stream_error(f"a file ending in {', '.join(OPENERS)}", repr(path.name), remedy)
    if path.stat().st_size == 0:
        raise stream_error("a file with rows", f"{path.name}, which is empty", "another file")
    return extension


def _extension(path: Path) -> str | None:
    endings = [ending for ending in OPENERS if path.name.lower().endswith(ending)]
    return max(endings, key=len, default=None)


def _missing(path: Path) -> StreamError:
    folder = path.parent
    if not folder.is_dir():
        return stream_error("an existing file", f"{path}, whose folder does not exist", "its path")
    files = sorted(entry.name for entry in folder.iterdir() if _extension(entry))
    near = nearest(path.name, files)
    remedy = " or ".join(repr(str(folder / name)) for name in near)
    others = f"a file of that folder: {listed(files)}" if files else "the path of a file"
    return stream_error("an existing file", f"{path}, which does not exist", remedy or others)
