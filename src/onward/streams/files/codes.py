"""Values of a column as codes, in the order in which they first appear."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.streams.errors import stream_error
from onward.streams.files.cells import plain
from onward.streams.files.column import Column

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = ""


@dataclass(frozen=True)
class Codes:
    """The values of a column that a first pass has met, and their codes.

    Numbers written as text are equal where they are equal as numbers: 1 and 1.0 are one value.
    All missing cells are one value, named "".

    Attributes:
        column: the column.
        names: the values as text, by code, as they were written first.
    """

    column: Column
    names: list[str] = field(default_factory=list)
    _codes: dict[Any, int] = field(default_factory=dict)

    def begin_with(self, names: Sequence[str]) -> None:
        """Give the first codes to values by name; those met already come after them."""
        met = [*self.names]
        self.names.clear()
        self._codes.clear()
        for name in (*names, *met):
            self._add(None if name == MISSING else name)

    def learn(self, batch: "pa.RecordBatch") -> np.ndarray:
        """Return the codes of a batch, int32, shape (rows,); values not met before get one."""
        return self._coded(batch, self._add)

    def of(self, batch: "pa.RecordBatch") -> np.ndarray:
        """Return the codes of a batch, int32, shape (rows,).

        Raises:
            StreamError: for a value that the first pass has not met.
        """
        return self._coded(batch, self._known)

    def _coded(self, batch: "pa.RecordBatch", code_of: Any) -> np.ndarray:
        from pyarrow import compute

        cells = plain(batch.column(self.column.name))
        coded = compute.call_function("dictionary_encode", [cells])
        places = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
        values = [*coded.dictionary.to_pylist(), None]
        # Codes are given in the order of the rows, and a missing value only where there is one.
        present, firsts = np.unique(places, return_index=True)
        codes = np.full(len(values), -1, np.int32)
        for place in present[np.argsort(firsts)]:
            codes[place] = code_of(values[place])
        return codes[places]

    def _add(self, value: Any) -> int:
        key = self._key(value)
        if key not in self._codes:
            self._codes[key] = len(self.names)
            self.names.append(_name(value))
        return self._codes[key]

    def _known(self, value: Any) -> int:
        code = self._codes.get(self._key(value))
        if code is None:
            got = f"{value!r}, which was not there when it was opened"
            raise stream_error(f"the values of {self.column.name!r}", got, "opening it again")
        return code

    def _key(self, value: Any) -> Any:
        if value is None or value != value:
            return None
        if self.column.kind != "number" or not isinstance(value, str):
            return value
        for kind in (int, float):
            try:
                return kind(value)
            except ValueError:
                continue
        # Only where rows come one by one can a word follow upon numbers.
        return value


def _name(value: Any) -> str:
    if value is None or value != value:
        return MISSING
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
