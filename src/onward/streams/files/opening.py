"""Opening a file as a stream."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from onward.streams.base import StreamError, StreamInfo, Task
from onward.streams.errors import as_names, listed, nearest, split_names, stream_error
from onward.streams.files.features import choose_features, choose_time
from onward.streams.files.file_stream import FileStream
from onward.streams.files.kinds import has_known_ending, opener_of
from onward.streams.files.notes import notes_on_strays, notes_on_values
from onward.streams.files.options import read_options
from onward.streams.files.roles import choose_start, choose_weight
from onward.streams.files.table import too_few_rows
from onward.streams.files.targets import choose_targets
from onward.streams.files.understood import understand
from onward.streams.installed import refuse_without


def open_file(
    path: str | os.PathLike[str],
    target: str | Sequence[str] | None,
    features: str | Sequence[str] | None = None,
    task: Task | None = None,
    *,
    start: str | None = None,
    weight: str | None = None,
    missing_codes: str | float | Iterable[str | float] = (),
    separator: str | None = None,
    decimal: str | None = None,
    header: bool = True,
    reverse: bool = False,
) -> FileStream:
    """Open a file as a stream: a table of text, JSON lines, Parquet, Arrow, ARFF, Excel or NumPy.

    Tables of text (`.csv`, `.tsv`, `.txt`) and Parquet files are read in constant memory: once
    here, to learn types, classes and length, and again by `chunks`. All others are loaded whole.
    Text may be compressed (`.gz`, `.bz2`, `.zst`, or the only file in a `.zip`), in UTF-8, UTF-16
    or Western Windows' encoding. In NPZ files an array of shape (rows, m) is m columns, which its
    name stands for. What was found out, taken for missing or left out is in `info.warnings`.

    Arguments:
        path: the file.
        target: one column or several, by name. A name with commas that no column has stands for
            the names between them.
        features: columns by name; None takes all columns of numbers or of few words that have no
            other role. Words become one feature for each value, named `column=value`, in the
            order in which they first appear in the file: 1 in the rows of that value, 0 in others.
        task: None infers it: a single target of text, truth values or at most 10 different
            whole numbers is classified, all else is regression.
        start: the column of text, numbers, truth values or timestamps whose change from one row
            to the next begins a sequence: a trial, a session. Missing cells are a value of their
            own. Cells are compared as they stand: in CSV files 1 and 1.0 differ.
        weight: the column of numbers >= 0, or truth values, that multiply the loss of the label
            in the same row. A weight that is missing or infinite passes as it is; a learner then
            skips the label and counts it.
        missing_codes: what stands for a missing value: -200, "?". In columns of numbers it is
            compared as a number, in text as text.
        separator: of a table of text: one character, or "tab". None finds it out.
        decimal: "." or ",", the decimal mark of a table of text. None finds it out.
        header: whether the first row of a table holds the names of the columns; without it they
            are "column 1", "column 2", ...
        reverse: whether the last row of the file comes first. The columns in use are then held in
            memory.

    Returns:
        A stream of horizon 0. The first column of timestamps is its time, else a column of
        numbers named "time" or "timestamp". Dates are recognised in text, in numbers such as
        20190131, and in numbers since 1970 in a column that is named like time; a column of dates
        and one of times of day are one time.

    Raises:
        StreamError: without pandas and pyarrow, for a file that cannot be read, columns that do
            not exist or do not fit their role, a weight below zero, and fewer than two rows.
    """
    path = Path(path)
    _check_file(path)
    refuse_without(("pandas", "pyarrow"), f"reading {path.name}")
    options = read_options(missing_codes, separator, decimal, header, reverse)
    stem, opener = opener_of(path, options)
    names = () if target is None else as_names(target, "target")
    table = opener(path, [*names, *split_names(names, ()), *filter(None, (start, weight))], options)
    if not names:
        existing = f"one of {listed([*table.groups, *table.names])}"
        raise stream_error(f"the name of a target column of {path.name}", "none", existing)
    known = understand(table, options, names if task == "classification" else ())
    columns = known.columns
    if known.rows < 2:
        raise too_few_rows(path, known.rows)
    targets = choose_targets(names, task, columns, table.groups)
    begins = choose_start(start, columns, table.groups, targets.columns)
    weighs = choose_weight(weight, columns, table.groups, targets.columns)
    taken = [column for column in (begins, weighs) if column]
    time = known.with_steps(choose_time(columns, [*targets.columns, *taken]))
    clocks = (time, *time.parents) if time else ()
    chosen, notes = choose_features(
        features, columns, table.groups, targets.columns, [*taken, *clocks]
    )
    roles = {"feature": chosen, "target": targets.columns}
    roles |= {role: (c,) for role, c in (("start", begins), ("weight", weighs)) if c}
    doubts = (*notes_on_strays(targets.columns), *notes_on_values(roles, time, known.rows))
    info = StreamInfo(
        name=stem,
        task=targets.task,
        feature_names=tuple(column.name for column in chosen),
        target_names=tuple(column.name for column in targets.columns),
        class_names=targets.class_names,
        length=known.rows,
        origin=f"{table.kind} {path.name}",
        warnings=(*known.notes, *notes, *doubts),
        start_name=begins and begins.name,
        weight_name=weighs and weighs.name,
    )
    prepared = known.prepared((*chosen, *clocks))
    return FileStream(prepared, chosen, targets, time, begins, weighs, info)


def _check_file(path: Path) -> None:
    if path.is_dir():
        inside = sorted(entry.name for entry in path.iterdir() if has_known_ending(entry))
        remedy = f"one of its files: {listed(inside)}" if inside else "a file"
        raise stream_error("a file", f"the folder {path}", remedy)
    if not path.exists():
        raise _missing(path)
    if has_known_ending(path) and path.stat().st_size == 0:
        raise stream_error("a file with rows", f"{path.name}, which is empty", "another file")


def _missing(path: Path) -> StreamError:
    folder = path.parent
    if not folder.is_dir():
        return stream_error("an existing file", f"{path}, whose folder does not exist", "its path")
    files = sorted(entry.name for entry in folder.iterdir() if has_known_ending(entry))
    near = nearest(path.name, files)
    remedy = " or ".join(repr(str(folder / name)) for name in near)
    others = f"a file of that folder: {listed(files)}" if files else "the path of a file"
    return stream_error("an existing file", f"{path}, which does not exist", remedy or others)
