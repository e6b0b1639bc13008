"""Tables of text that nobody would write: read, or refused in words, and never anything else."""

import bz2
import gzip
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onward.streams import Chunk, Stream, StreamError, open_stream
from tests.hostile import asked, contents, drawn, harmed, harms, in_words


def read(stream: Stream) -> list[Chunk]:
    """All rows, twice and from the middle: as many as were announced, and the same."""
    length = stream.info.length
    whole = list(stream.chunks(7))
    assert sum(len(chunk.x) for chunk in whole) == length
    xs = np.concatenate([chunk.x for chunk in whole])
    ys = np.concatenate([chunk.y for chunk in whole])
    assert xs.shape == (length, len(stream.info.feature_names))
    assert ys.dtype == xs.dtype == np.float32
    later = [chunk.y for chunk in stream.chunks(3, length // 2)]
    np.testing.assert_array_equal(np.concatenate(later), ys[length // 2 :])
    return whole


@drawn(150)
@given(contents, asked(), st.sampled_from([".csv", ".tsv", ".txt", ".csv.gz", ".dat"]))
def test_a_table_is_read_or_refused_in_words(
    content: bytes, said: dict[str, Any], ending: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"drawn{ending}"
        path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
        with in_words():
            read(open_stream(path, **said))


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_cell_without_an_end_takes_no_memory(tmp_path: Path, ending: str) -> None:
    path, content = tmp_path / f"long{ending}", b"a,y\n1,2\n" + b'"' + b"x" * 2**26
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    with pytest.raises(StreamError, match=r"^Expected "):
        read(open_stream(path, target="y"))


def files() -> dict[str, bytes]:
    """The same table in every form that is read."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 3)), columns=["a", "b", "y"])
    frame["w"] = ["x", "y", "zß"] * 10
    text, packed, arrays, array = frame.to_csv(index=False).encode(), *(io.BytesIO() for _ in "123")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("drawn.csv", text)
    np.savez(
        arrays, **{name: frame[name].to_numpy() for name in "aby"}, more=rng.normal(size=(30, 2))
    )
    np.save(array, frame[["a", "b", "y"]].to_numpy())
    rows = "\n".join(f"{row.a},{row.b},{row.y}" for row in frame.itertuples())
    arff = "@relation drawn\n" + "".join(f"@attribute {name} numeric\n" for name in "aby")
    found = {
        ".csv": text,
        ".csv.gz": gzip.compress(text),
        ".csv.bz2": bz2.compress(text),
        ".csv.zst": pa.Codec("zstd").compress(text, asbytes=True),
        ".csv.zip": packed.getvalue(),
        ".jsonl": frame.to_json(orient="records", lines=True).encode(),
        ".json": frame.to_json(orient="records").encode(),
        ".arff": f"{arff}@data\n{rows}\n".encode(),
        ".npz": arrays.getvalue(),
        ".npy": array.getvalue(),
    }
    for ending, write in ((".parquet", frame.to_parquet), (".feather", frame.to_feather)):
        write(raw := io.BytesIO())
        found[ending] = raw.getvalue()
    frame.to_excel(sheet := io.BytesIO(), index=False)
    return found | {".xlsx": sheet.getvalue()}


WHOLE = files()


@pytest.mark.parametrize("ending", WHOLE)
def test_a_damaged_file_of_any_kind_is_read_or_refused_in_words(ending: str) -> None:
    target = "column 3" if ending == ".npy" else "y"

    @drawn(12)
    @given(harms)
    def one(harm: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"drawn{ending}"
            path.write_bytes(harmed(WHOLE[ending], harm))
            with in_words():
                read(open_stream(path, target=target))

    one()


@pytest.mark.parametrize("ending", [".feather", ".arrow"])
def test_offsets_that_lead_out_of_their_buffers_are_not_followed(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"drawn{ending}"
    table = pa.table({"a": ["a", "b", "c"], "y": [1.0, 2.5, 3.0]})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    there, far = (np.array(at, np.int32).tobytes() for at in ([0, 1, 2, 3], [0, 2**30, 2**30, 9]))
    assert path.read_bytes().count(there) == 1
    path.write_bytes(path.read_bytes().replace(there, far))
    with pytest.raises(StreamError, match=r"^Expected a readable Arrow file; got "):
        open_stream(path, target="y")


def test_lines_that_end_as_on_old_macs_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "mac.csv"
    path.write_bytes(b"a title\r\ra,b,y\r1,2,3.5\r4,5,6.5\r")
    stream = open_stream(path, target="y", task="regression")
    assert stream.info.feature_names == ("a", "b")
    np.testing.assert_array_equal(read(stream)[0].y[:, 0], np.float32([3.5, 6.5]))


def test_an_infinite_time_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    path.write_text("time,a,y\n1e999,1,1.5\n1e999,2,2.5\n3,3,3.5\n5,4,4.5\n")
    stream = open_stream(path, target="y", gap="1")
    time = np.concatenate([chunk.time for chunk in read(stream) if chunk.time is not None])
    np.testing.assert_array_equal(time, [np.nan, np.nan, 3, 5])


@pytest.mark.parametrize("said", ["ß", '"'])
def test_a_file_that_names_what_cannot_separate_is_found_out(tmp_path: Path, said: str) -> None:
    path = tmp_path / "said.csv"
    path.write_text(f"sep={said}\na,y\n1,2.5\n3,4.5\n")
    with in_words():
        read(open_stream(path, target="y"))


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".npz", ".npy", ".xlsx"])
def test_a_file_that_does_not_fit_into_memory_is_not_called_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = tmp_path / f"large{ending}"
    path.write_bytes(WHOLE[ending])

    def large(*_: Any, **__: Any) -> Any:
        raise MemoryError("Unable to allocate 8.00 GiB for an array")

    for reader in ("pandas.read_csv", "pandas.read_excel", "numpy.load"):
        monkeypatch.setattr(reader, large)
    monkeypatch.setattr("pyarrow.parquet.ParquetFile.iter_batches", large)
    monkeypatch.setattr("pyarrow.csv.open_csv", large)
    told = r"^Expected a .* that fits into the free memory; got large\S+: Unable to allocate 8"
    with pytest.raises(StreamError, match=told):
        read(open_stream(path, target="column 3" if ending == ".npy" else "y"))
