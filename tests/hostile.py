"""How files that nobody would write are drawn: the same ones each time, few of them in `make test`.

`make faults` draws more, by ONWARD_HOSTILE.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

NAMES = ("a", "b", "time", "y", "shop", "a,b", "=1+1", "", " ", "ß", "y.1", "column 1", "#", '"')
CELLS = (
    *("", " ", "0", "1", "-1", "2.5", "1e5", "1e999", "-1e-999", "1_000", "0x10", "9" * 400, "1,5"),
    *("nan", "NaN", "NA", "None", "null", "inf", "-Infinity", "?", "-", "-200", "true", "FALSE"),
    *("2024-01-01", "2024-13-45", "0001-01-01", "9999-12-31T23:59:60", "12:30", "20190131"),
    *("99999999999999", "-99999999999999999999", "1700000000", "31/12/24", "Jan 5, 2020 3 PM"),
    *("2024-01-01T00:00:00+99:99", "00:00:00 PM", "1,234,567.8", "$5", "5 %", "€1.234,5", "(3)"),
    *("=cmd|' /C calc'!A0", "@SUM(1)", "__import__('os')", "\x00", "\ufeff", "\u2028", "\x1a"),
    *('"', '""', '"x', "'", "\\", "\t", ";", "|", "a\nb", "a\r\nb", "🜁", "\ud7ff", "x" * 3000),
    *("٣", "１", "−1", "1 000", "1'000", "1e", "e", ".", "+", "--1", "0" * 50),
)
cells = st.one_of(st.sampled_from(CELLS), st.text(max_size=6), st.floats().map(repr))
ROLES = ("start", "weight", "series", "phases", "valid")


# Columns of one kind get further than such as hold anything.
KINDS = st.one_of(
    *(st.just(numbers) for numbers in (st.integers(-3, 10**6).map(str), st.floats().map(repr))),
    st.lists(st.sampled_from(CELLS), min_size=1, max_size=3).map(st.sampled_from),
    st.just(cells),
)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table that is one nearly: cells of all kinds, and now and then what no table has."""
    tidy = draw(st.sampled_from([True, True, True, False]))
    width, rows = draw(st.integers(2, 5)), draw(st.integers(3, 12))
    names = st.lists(st.sampled_from(NAMES), min_size=width, max_size=width, unique=tidy)
    header = draw(names.filter(lambda drawn: "y" in drawn))
    kinds = [draw(KINDS) for _ in header]
    table = [header, *([draw(kind) for kind in kinds] for _ in range(rows))]
    separator, end = draw(st.sampled_from(",;\t| ")), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    above, coding, quoted = "", "utf-8", tidy or draw(st.booleans())
    if not tidy:
        said = [f"sep={one}{end}" for one in (separator, "ß", '"', "1")]
        above = draw(st.sampled_from(["", end, f"# a remark{end}", f"A title{end}{end}", *said]))
        coding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]))
        table = table[: draw(st.sampled_from([99, 1, 2]))]
        table = [row[: draw(st.sampled_from([99, 99, 99, 0, 1]))] for row in table]

    def written(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if quoted else cell

    text = above + end.join(separator.join(map(written, row)) for row in table)
    return text.encode(coding, "replace")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A table with some bytes replaced, cut off or repeated."""
    content = bytearray(draw(tables()))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(content)))
        content[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(content)


contents = st.one_of(tables(), tables(), damaged(), st.binary(max_size=200))


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    """What a caller may say of a file."""
    names = st.sampled_from(NAMES)
    some = st.one_of(st.just("y"), st.just("y"), st.just("y"), names, st.lists(names, max_size=2))
    said: dict[str, Any] = {"target": draw(some)}
    if draw(st.booleans()):
        said[draw(st.sampled_from(ROLES))] = draw(names)
    more = {
        "features": st.lists(names, max_size=2),
        "task": st.sampled_from([None, "regression", "classification"]),
        "gap": st.sampled_from(["1h", "5", "0s", "x"]),
        "calendar": st.sampled_from([True, "hour", "decade"]),
        "missing_codes": st.lists(st.sampled_from(["?", "-200", "NA", ""]), max_size=2),
        "separator": st.sampled_from([",", ";", "tab", "xx", "", "\n", '"', " ", "ß", "\x00", "1"]),
        "decimal": st.sampled_from([".", ",", ";"]),
        "header": st.booleans(),
        "reverse": st.booleans(),
    }
    for name in draw(st.lists(st.sampled_from(sorted(more)), max_size=2)):
        said[name] = draw(more[name])
    return said


# Where, as a share of the length, and what is done there.
shares = st.floats(0, 1, exclude_max=True)
harms = st.one_of(
    st.tuples(st.just("cut"), shares),
    st.tuples(st.just("flip"), st.lists(st.tuples(shares, st.integers(0, 7)), max_size=4)),
    st.tuples(st.just("noise"), shares, st.binary(min_size=1, max_size=60)),
    st.tuples(st.just("again"), shares, shares),
    st.tuples(st.just("front"), st.integers(0, 300), st.integers(0, 255)),
)


def harmed(whole: bytes, harm: tuple[Any, ...]) -> bytes:
    """A file cut short, with bits flipped, with noise, with a part twice, or another beginning."""
    kind, *rest = harm
    content, length = bytearray(whole), len(whole)
    match kind:
        case "cut":
            del content[int(rest[0] * length) :]
        case "flip":
            for where, bit in rest[0]:
                content[int(where * length)] ^= 1 << bit
        case "noise":
            place = int(rest[0] * length)
            content[place : place + len(rest[1])] = rest[1]
        case "again":
            first, second = (int(where * length) for where in rest)
            content[first:first] = content[second : second + 50]
        case "front":
            content[min(rest[0], length - 1)] = rest[1]
    return bytes(content)


@contextmanager
def in_words() -> Iterator[None]:
    """Nothing is raised but what says what was expected, what came and what to try."""
    try:
        yield
    except ValueError as error:
        text = str(error)
        assert text.startswith("Expected ") and "; got " in text and "ry " in text, text
        assert len(text) < 6000


def drawn(times: int) -> Any:
    """Settings of a test that draws so many examples, or as many times more as is asked for."""
    return settings(
        max_examples=times * int(os.environ.get("ONWARD_HOSTILE", "1")),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
