"""The folder of a run: checkpoint, predictions and results, safe to kill at any moment."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onward._files import Lock, write_json, written_whole
from onward.runs.contest import LEARNER
from onward.runs.joined import read_first, write_joined
from onward.storing import store
from onward.storing.checkpoint import FILE, FOLDER
from onward.streams import StreamInfo

if TYPE_CHECKING:
    import pyarrow as pa


class FolderError(ValueError):
    """A folder that cannot take the run."""


class RunFolder:
    """`metrics.json`, `predictions.parquet` and `checkpoint/` in one folder.

    Predictions are kept in parts beside the checkpoint, one part per checkpoint, so that both
    always speak of the same rows; at the end the parts are joined to those of earlier passes. One
    run at a time: while it lasts, a lock keeps others out.

    Args:
        path: the folder.
        identity: what a resumed run must have in common with the one it goes on with.

    Raises:
        FolderError: the folder is not empty, or is a file.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], resume: bool):
        self.path, self.identity, self.parts = path, dict(identity), 0
        # Rows of the table of predictions that are of earlier, complete passes.
        self.joined = 0
        self.checkpoint = path / FOLDER / FILE
        self.predictions = path / "predictions.parquet"
        if path.is_file() or (not resume and path.is_dir() and any(path.iterdir())):
            what = "a file" if path.is_file() else "one with files in it"
            hint = "another --out" if path.is_file() else "another --out, or --resume to go on"
            raise FolderError(f"Expected an empty folder {path}; got {what}. Try {hint}.")

    def make(self) -> None:
        """Make the folder where there is none, and keep other runs out of it.

        Raises:
            FolderError: it takes no files, or another run is at it.
        """
        try:
            self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
            probe = self.checkpoint.with_name("writable")
            probe.touch()
            probe.unlink()
            self.lock = Lock(self.checkpoint.parent)
        except BlockingIOError:
            raise FolderError(
                f"Expected a folder in which no run goes on; got {self.path}, which another one "
                "is writing to. Try another --out, or wait for it."
            ) from None
        except OSError as error:
            raise FolderError(
                f"Expected a folder that can be written to; got {self.path} ({error.strerror}). "
                "Try another --out."
            ) from error

    def load(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The arrays of the last checkpoint, and what it tells.

        Raises:
            CheckpointError: there is none, it belongs to another configuration, or predictions
                made before it are lost.
        """
        arrays, note = store.read(self.checkpoint)
        found = note.get("identity", {})
        keys = sorted(set(found) | set(self.identity))
        other = [key for key in keys if found.get(key) != self.identity.get(key)]
        if other:
            was = ", ".join(f"{key}={found.get(key)!r}" for key in other)
            now = ", ".join(f"{key}={self.identity.get(key)!r}" for key in other)
            raise store.CheckpointError(
                f"Expected the run that {self.path} holds ({was}); got {now}. Try the same "
                "options as before, or another --out."
            )
        self.parts, self.joined = note["parts"], note["joined"]
        lost = [part.name for part in map(self._part, range(self.parts)) if not part.exists()]
        if lost:
            raise store.CheckpointError(
                f"Expected {lost[0]} beside the checkpoint in {self.path}; got no such file. Try "
                "starting anew in another folder."
            )
        return arrays, note

    def save(
        self, arrays: Mapping[str, np.ndarray], rows: "list[pa.Table]", note: Mapping[str, Any]
    ) -> None:
        """Write a part with the predictions since the last checkpoint, then the checkpoint.

        Args:
            arrays: all that the next row needs.
            rows: the predictions.
            note: what else the checkpoint tells, for others than a resumed run.
        """
        if rows:
            write_parquet(self._part(self.parts), rows)
        parts = self.parts + bool(rows)
        note = {**note, "identity": self.identity, "parts": parts, "joined": self.joined}
        store.write(self.checkpoint, arrays, note)
        self.parts = parts

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """Join the predictions so far and write `metrics.json`.

        A complete run gives up its parts; its checkpoint then says how many rows are joined.
        """
        import pyarrow.parquet as parquet

        if self.parts:
            schema = parquet.read_schema(self._part(0))
            with written_whole(self.predictions) as draft:
                write_joined(draft, schema, self._tables())
        write_json(self.path / "metrics.json", metrics)
        if metrics["complete"]:
            if self.parts:
                self.parts, self.joined = 0, parquet.read_metadata(self.predictions).num_rows
                arrays, note = store.read(self.checkpoint)
                self.save(arrays, [], note)
            for part in self.checkpoint.parent.glob("predictions-*.parquet"):
                part.unlink()

    def discard_checkpoint(self) -> None:
        """Leave the results alone, of a pass that there is nothing to go on with."""
        shutil.rmtree(self.checkpoint.parent)

    def _tables(self) -> "Iterator[pa.Table]":
        """The predictions of earlier passes, then those of this one."""
        import pyarrow.parquet as parquet

        if self.joined:
            # A pass that was killed between joining and saying so has joined more.
            yield from read_first(self.predictions, self.joined)
        for index in range(self.parts):
            yield parquet.read_table(self._part(index))

    def _part(self, index: int) -> Path:
        return self.checkpoint.with_name(f"predictions-{index:05d}.parquet")


def write_parquet(path: Path, tables: "list[pa.Table]") -> None:
    """Write tables of one schema as one file."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    parquet.write_table(pa.concat_tables(tables), path)


def prediction_table(
    info: StreamInfo,
    first_row: int,
    time: np.ndarray | None,
    y: np.ndarray,
    predictions: Mapping[str, np.ndarray],
    ends: Mapping[str, np.ndarray] | None = None,
) -> "pa.Table":
    """Predictions beside the truth, by target row.

    Regression: `true:TARGET` and `LEARNER:TARGET`, and where `ends` has intervals `onward
    low:TARGET` and `onward high:TARGET`. Classification: `true` and `LEARNER` as
    class names (null where unknown) and `onward:p(CLASS)`.
    """
    import pyarrow as pa

    columns: dict[str, Any] = {"row": np.arange(first_row, first_row + len(y), dtype=np.int64)}
    if time is not None:
        columns["time"] = time
    if info.task == "regression":
        for index, target in enumerate(info.target_names):
            offset = info.target_offsets[index] if info.target_offsets else 0.0
            columns[f"true:{target}"] = _shifted(y[:, index], offset)
            for name, prediction in predictions.items():
                columns[f"{name}:{target}"] = _shifted(prediction[:, index], offset)
            for end, values in (ends or {}).items():
                columns[f"{LEARNER} {end}:{target}"] = _shifted(values[:, index], offset)
        return pa.table(columns)
    columns["true"] = _class_names(info, np.isfinite(y[:, 0]), np.nan_to_num(y[:, 0]))
    for name, prediction in predictions.items():
        made = np.isfinite(prediction[:, 0])
        columns[name] = _class_names(info, made, np.argmax(np.nan_to_num(prediction), axis=1))
    for index, label in enumerate(info.class_names):
        columns[f"{LEARNER}:p({label})"] = predictions[LEARNER][:, index].astype(np.float32)
    return pa.table(columns)


def _shifted(values: np.ndarray, offset: float) -> np.ndarray:
    """Values in the units of the file: float64 where float32 could not tell them apart."""
    values = values.astype(np.float32)
    return values.astype(np.float64) + offset if offset else values


def beyond(
    last: "pa.Table",
    info: StreamInfo,
    ahead: Mapping[str, np.ndarray],
    ends: Mapping[str, np.ndarray] | None = None,
) -> "pa.Table":
    """The predictions of rows that have not come yet, in the columns of those that have.

    Args:
        last: a table of the last rows that have come.
        info: of the stream.
        ahead: predictions that wait for their rows, shape (rows, outputs).
        ends: those of their intervals, "low" and "high", of the same shape; None without.
    """
    import pyarrow as pa

    rows = len(ahead[LEARNER])
    y = np.full((rows, 1 if info.task == "classification" else len(info.target_names)), np.nan)
    first = last["row"][-1].as_py() + 1
    made = prediction_table(info, first, None, y.astype(np.float32), ahead, ends)
    if "time" in last.column_names:
        made = made.add_column(1, last.schema.field("time"), pa.nulls(rows, last["time"].type))
    return made


def _class_names(info: StreamInfo, known: np.ndarray, indices: np.ndarray) -> "pa.Array":
    import pyarrow as pa

    codes = pa.array(indices.astype(np.int32), mask=~known)
    return pa.DictionaryArray.from_arrays(codes, pa.array(info.class_names)).cast(pa.string())
