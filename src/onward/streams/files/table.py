"""What the kinds of files have in common: named columns, read in batches from any row."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from onward.streams.base import StreamError
from onward.streams.errors import listed, stream_error

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 8192


@dataclass(frozen=True)
class Wanted:
    """The columns that a stream is asked for by name.

    Attributes:
        targets: those to predict.
        others: those that begin sequences, weigh labels, tell series apart, ...
        features: those to predict from; empty where none is named.
        valid: that of the rows that count, or None.
    """

    targets: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    valid: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All but the features."""
        return (*self.targets, *self.others, *filter(None, (self.valid,)))


class Table(Protocol):
    """A file seen as columns; a new kind of file is a class with these members and an opener.

    Attributes:
        kind: what the file is, for messages: "CSV file".
        names: columns that can be read, in the order of the file.
        unsupported: columns that cannot be read, with what they are in words.
        groups: names that stand for several columns (arrays with two dimensions).
        cells_are_text: whether numbers, truth values and timestamps are still to be recognised
            in text; otherwise only timestamps are.
        decimal: the decimal mark of numbers in text.
        breaks: columns beside `names` whose change begins a sequence: the file, the trial.
        sessions: the one of them that names the file of each row; None for a single file.
        notes: what was found out or left out on opening, one sentence each.
    """

    @property
    def kind(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def unsupported(self) -> Mapping[str, str]: ...
    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def cells_are_text(self) -> bool: ...
    @property
    def decimal(self) -> str: ...
    @property
    def breaks(self) -> tuple[str, ...]: ...
    @property
    def sessions(self) -> str | None: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield the rows from `start` on of the columns `names`, in batches of any size.

        The `names` may be breaks too.
        """
        ...


def unused(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken: the one given, with underscores after it if need be."""
    while name in taken:
        name += "_"
    return name


def without_first(batches: Iterator["pa.RecordBatch"], rows: int) -> Iterator["pa.RecordBatch"]:
    """Yield the batches less their first `rows` rows."""
    for batch in batches:
        dropped = min(rows, batch.num_rows)
        rows -= dropped
        if dropped < batch.num_rows:
            yield batch.slice(dropped)


def refuse_twice(names: Sequence[str], remedy: str = "renaming the columns") -> None:
    """Refuse a table of which two columns have one name."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        got = f"{listed(twice)} more than once"
        raise stream_error("every column name once", got, remedy)


def too_few_rows(name: str, rows: int) -> StreamError:
    """Return the complaint about a file of no row or one, whose prediction could not be scored."""
    got = "1 row" if rows else "a header without rows"
    return stream_error(f"at least 2 rows in {name}", got, "a longer file")


@contextmanager
def reading(kind: str, path: Path) -> Iterator[None]:
    """Turn what the readers raise about a broken file into a `StreamError` that names it.

    They are of other people's making, and a file that is broken, or made to harm, brings them to
    raise errors of every class.
    """
    try:
        yield
    except StreamError:
        raise
    except Exception as error:
        raise unreadable(kind, path, error) from error


def unreadable(
    kind: str,
    path: Path,
    error: Exception,
    remedy: str = "opening it with the program that wrote it, and saving it again",
) -> StreamError:
    """Return the complaint about a file that a reader has failed on.

    Args:
        kind: of file.
        path: of the file.
        error: what the reader has raised.
        remedy: where the file itself is at fault.
    """
    detail = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
    got = f"{path.name}: {detail}"
    if isinstance(error, MemoryError):
        remedy = "a part of the file, or a machine with more memory"
        return stream_error(f"a {kind} that fits into the free memory", got, remedy)
    if isinstance(error, UnicodeDecodeError) or "UTF8" in detail:
        return stream_error(f"a {kind} in UTF-8", got, "saving it again with the encoding UTF-8")
    return stream_error(f"a readable {kind}", got, remedy)


def refuse_broken(table: "pa.Table | pa.RecordBatch") -> None:
    """Raise an error where a table of Arrow's is none: text that is no UTF-8, in names too, or
    offsets that lead out of their buffers, which Arrow would follow."""
    table.validate(full=True)
    for field in table.schema:
        _ = field.name
