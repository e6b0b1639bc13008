"""How numbers are written: decimal mark, thousands mark, currency and percent signs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onward.streams.files.cells import matches, replaced

if TYPE_CHECKING:
    import pyarrow as pa

SIGNS = "$€£¥₹%‰"
# A blank, one that does not break, a narrow one of the same kind, and a thin one.
BLANKS = " \u00a0\u202f\u2009"
MINUS = "\u2212"
MOST_TRIED = 500


@dataclass(frozen=True)
class NumberForm:
    """One way to write numbers.

    Attributes:
        decimal: the decimal mark.
        thousands: the marks that may part groups of digits.
        sign: the sign of a currency, or of percent, that may stand on either side.
        minus: the minus sign beside the usual one.
    """

    decimal: str = "."
    thousands: str = ""
    sign: str = ""
    minus: str = ""

    @property
    def pattern(self) -> str:
        """A regular expression for the whole of a cell, for Python and for Arrow."""
        mark = re.escape(self.decimal)
        digits = r"[0-9]+"
        if self.thousands:
            parted = f"[{self.thousands}]"
            digits = rf"(?:[0-9]{{1,3}}(?:{parted}[0-9]{{2,3}})*{parted}[0-9]{{3}}|[0-9]+)"
        sign = rf"(?:{re.escape(self.sign)}[{BLANKS}]*)?" if self.sign else ""
        after = rf"(?:[{BLANKS}]*{re.escape(self.sign)})?" if self.sign else ""
        number = rf"(?:{digits}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        return f"^{sign}[+{self.minus}-]?{sign}{number}{after}$"

    def plain(self, cells: "pa.Array") -> "pa.Array":
        """Return text cells as the usual text of numbers, null where they are not of this form."""
        import pyarrow as pa
        from pyarrow import compute

        fits, nothing = matches(cells, self.pattern), pa.scalar(None, pa.string())
        fitting = compute.call_function("if_else", [fits, cells, nothing])
        dropped = self.thousands + (self.sign + BLANKS if self.sign else "")
        if dropped:
            fitting = replaced(fitting, f"[{re.escape(dropped)}]", "")
        if self.decimal != ".":
            fitting = replaced(fitting, self.decimal, ".")
        return replaced(fitting, self.minus, "-") if self.minus else fitting


PLAIN = NumberForm()


def guess_form(texts: Sequence[str], decimal: str, is_given: bool) -> NumberForm | None:
    """Return the form that most of the texts have, None where none is a number.

    Arguments:
        texts: different cells of a column.
        decimal: the decimal mark of the file. It decides what "1,234" is.
        is_given: whether no other decimal mark may be tried.
    """
    tried = [text for text in texts[:MOST_TRIED] if any(mark.isdigit() for mark in text)]
    signs = [sign for sign in SIGNS if any(sign in text for text in tried)]
    best, most = None, 0
    minus = MINUS if any(MINUS in text for text in tried) else ""
    for form in _forms(decimal, is_given, signs[0] if len(signs) == 1 else "", minus):
        pattern = re.compile(form.pattern)
        count = sum(pattern.match(text) is not None for text in tried)
        if count > most:
            best, most = form, count
        if most == len(tried):
            break
    return best


def _forms(decimal: str, is_given: bool, sign: str, minus: str) -> Iterator[NumberForm]:
    other = "," if decimal == "." else "."
    for mark in (decimal,) if is_given else (decimal, other):
        for thousands in ("", ",.".replace(mark, ""), "'’", BLANKS):
            yield NumberForm(mark, thousands, sign, minus)
