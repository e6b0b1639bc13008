"""From dictionaries of features, which come and go, to rows of numbers."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from onward.adapters.river.values import LARGEST, NOTHING, order, power, read

# Columns of the smallest row, and of the largest.
LEAST, MOST = 4, 4096
# In place of the name of a category: all those beyond the cap. No text is equal to it.
OTHER = ("other",)


class Features:
    """Which feature, or which category of a feature, stands in which column.

    A number or a truth value takes one column. A text takes one for each category, with 1 in that
    of the category it is and 0 in the others of the feature. Columns are given in the order in
    which features and categories come; those that come with the same sample in the order of their
    names. None is taken back: a feature that is absent is missing (NaN), until it comes again.

    Args:
        categories: of a feature; all later ones share a further column.

    Attributes:
        columns: by feature: its column, or those of its categories.
        count: columns given.
        other: values that were put into a column for all other categories.
        ignored: values of features that came when there were no columns left.
    """

    def __init__(self, categories: int):
        self.categories = categories
        self.columns: dict[Hashable, Any] = {}
        self.count = self.other = self.ignored = 0

    @property
    def capacity(self) -> int:
        """Numbers in a row: those given and room for more."""
        return power(self.count, LEAST)

    def row(self, x: Mapping[Hashable, Any], sample: int, learning: bool) -> list[float]:
        """A sample as a row.

        Args:
            x: by name.
            sample: its number, for messages.
            learning: whether new features and categories are given columns. What has none is
                left out, which a learner takes as a new feature at its mean.

        Raises:
            ValueError: a value that is no number, truth value or text, or of another kind than
                the feature was; nothing has changed then.
        """
        if not isinstance(x, Mapping):
            raise ValueError(
                f"Expected features as a dict at sample {sample}; got {type(x).__name__}. Try "
                "{'name': value}."
            )
        row, rest = [NOTHING] * self.capacity, []
        for name, value in x.items():
            place, kind = self.columns.get(name), type(value)
            if type(place) is int and (kind is float or kind is int or kind is bool):
                row[place] = value if -LARGEST < value < LARGEST else NOTHING
                continue
            found = read(value, f"feature {name!r} at sample {sample}")
            if found is not None:
                self._refuse_other_kind(name, place, found, sample)
                rest.append((name, place, found))
        # Only now, when all have been read, is anything counted.
        new = []
        for name, place, found in rest:
            if isinstance(place, int):
                row[place] = found
            elif place is None or not self._mark(row, place, found, learning):
                new.append((name, found))
        return self._with_new(row, new) if learning and new else row

    def places(self, names: Iterable[Hashable]) -> list[int] | None:
        """The columns of features that are all known, and all numbers; None where they are not."""
        places: list[Any] = [self.columns.get(name) for name in names]
        return places if all(type(place) is int for place in places) else None

    def _mark(self, row: list[float], places: dict[Any, int], found: Any, learning: bool) -> bool:
        """Put a category into a row; False where it is to be given a column first."""
        for each in places.values():
            row[each] = 0.0
        if found not in places and len(places) >= self.categories:
            found = OTHER
            self.other += learning
        if found in places:
            row[places[found]] = 1.0
        return found in places

    def _with_new(self, row: list[float], new: list[tuple[Hashable, float | str]]) -> list[float]:
        """The row with what comes for the first time."""
        for name, found in sorted(new, key=lambda pair: order(pair[0])):
            if self.count >= MOST:
                self.ignored += 1
                continue
            row.extend([NOTHING] * (self.count + 1 - len(row)))
            row[self.count] = 1.0 if isinstance(found, str) else found
            if isinstance(found, str):
                places = self.columns.setdefault(name, {})
                places[OTHER if len(places) >= self.categories else found] = self.count
            else:
                self.columns[name] = self.count
            self.count += 1
        row.extend([NOTHING] * (self.capacity - len(row)))
        return row

    @staticmethod
    def _refuse_other_kind(name: Hashable, place: Any, found: float | str, sample: int) -> None:
        text = isinstance(found, str)
        if place is not None and text == (type(place) is int):
            was, now = ("numbers", "text") if text else ("text", "a number")
            hint = "float(...)" if text else "str(...)"
            raise ValueError(
                f"Expected {was} as feature {name!r}, as before; got {now}, {found!r}, at sample "
                f"{sample}. Try {hint} of it, or None where it is missing."
            )
