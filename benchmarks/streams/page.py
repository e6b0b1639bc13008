"""The table as a page of the docs, and in words."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.streams.contestants import CONTESTANTS
from benchmarks.streams.table import OURS, Cell, Row, summary_of

HALVES = {"choose": "chosen on", "report": "reported"}
INTRODUCTION = """# Benchmarks on streams

Made by `make bench-streams`, which keeps what has run and goes on where it was;
`benchmarks/streams.json` holds the same figures. Each row of a stream is predicted before it is
learnt from, and all contestants are scored on the same rows.
They see the features and the newest label that has arrived, but for those named "x alone". Peers
are given the last value of a feature where one is missing. Each contestant has a process of its
own; its time is of the CPU, without starting and compiling, its memory leaves out nothing.

Defaults are chosen on the streams marked "choose" alone. A stream is one of them where the first
byte of the SHA-256 of its name, up to an "@", is even. The number after the "@" is the horizon.

Scores are means over seeds, ± the standard deviation; contestants that see x alone, and the LSTM,
run with one seed. **Bold**: first. *Italic*: no further from first than √(s² + s²), with both
standard deviations. l: below the last label. m: below the running mean. The error in a ratio is
1 - accuracy, 1 - R2, the MAE or the SMAPE. SNARIMAX and Holt-Winters run with several settings,
and the one that is best on the whole stream counts, which favours them."""
BESIDE = """The default of Onward is a mixture, and each of its members predicts every row, too. Of
them this is the one whose score is best on the whole stream, which nobody knows beforehand. Ahead
is by how much less the error of the mixture is; where it is negative the mixture has lost."""


def number(value: float | None, digits: int = 4) -> str:
    """A figure, or nothing."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}"


def score(cell: Cell) -> str:
    """A score and its spread, or nothing."""
    if cell.score is None:
        return ""
    shown = f"{cell.score:.4f}" if abs(cell.score) < 10 else number(cell.score)
    return shown + (f" ± {cell.spread:.2g}" if cell.spread else "")


def marked(row: Row, name: str) -> str:
    """A score with its marks."""
    shown, flags = score(row.cells[name]), row.flags(name)
    if "first" in flags:
        shown = f"**{shown}**"
    elif "within the spread of first" in flags:
        shown = f"*{shown}*"
    letters = {"below the last label": "l", "below the mean": "m"}
    return " ".join([shown, *(letter for words, letter in letters.items() if words in flags)])


def told(rows: Sequence[Row], name: str) -> list[str]:
    """What is to be said of a contestant over the streams of each half, a sentence each."""
    peers = [other for other, one in CONTESTANTS.items() if one.kind == "peer"]
    sentences = []
    for half, words in HALVES.items():
        found = summary_of([row for row in rows if row.half == half], name, peers)
        sentence = f"{name}, streams {words}: no peer has run"
        if found.streams:
            share = f"{found.within} of {found.streams} ({found.within / found.streams:.0%})"
            sentence = f"{name}, streams {words}: first or within the spread of first on {share}"
            sentence += " that a peer has run on"
        for worst, beside in ((found.peer, "the best peer's"), (found.last, "the last label's")):
            if worst:
                sentence += f"; error / {beside} at worst {worst.ratio:.3g} ({worst.stream}"
                sentence += f", {worst.other})" if worst is found.peer else ")"
        if found.member:
            sentence += f"; beside its best member at worst {found.member[0]:+.4f}"
            sentence += f" ({found.member[1]})"
        sentences.append(sentence + ".")
    return sentences


def markdown(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """The page of the documentation."""
    there = [row for row in rows if row.reason is None]
    names = [name for name in CONTESTANTS if any(row.error(name) is not None for row in there)]
    lines = [*INTRODUCTION.splitlines(), ""]
    lines += [f"- {name}: {value}" for name, value in machine.items()]
    lines += ["", *(f"- {sentence}" for sentence in told(rows, OURS))]
    lines += ["", "## Scores", "", *_table(there, names, marked)]
    beside = [row for row in there if row.best_member(OURS)]
    if beside:
        lines += ["", "## Best member in hindsight", "", *BESIDE.splitlines(), ""]
        lines += _beside(beside)
    for title, of in (
        ("µs of CPU time a row", lambda row, name: number(row.cells[name].micros, 3)),
        ("Most memory of the process, MB", lambda row, name: number(row.cells[name].megabytes, 3)),
    ):
        lines += ["", f"## {title}", "", *_table(there, names, of)]
    absent = absences(rows)
    return "\n".join([*lines, *(["", "## Absent", ""] if absent else []), *absent]) + "\n"


def _beside(rows: Sequence[Row]) -> list[str]:
    lines = [("stream", "half", "score", OURS, "best member", "ahead", "which")]
    lines.append(("---", "---", "---", "---:", "---:", "---:", "---"))
    for row in rows:
        cell, best = row.cells[OURS], row.best_member(OURS)
        assert best is not None
        mixture, member = score(cell), score(Cell(cell.members[best]))
        ahead = f"{row.beside_best(OURS):+.4f}"
        lines.append((row.stream, row.half, row.score, mixture, member, ahead, best))
    return [f"| {' | '.join(line)} |" for line in lines]


def absences(rows: Sequence[Row]) -> list[str]:
    """Who is absent, with the reason; once where that is so on several streams."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.reason:
            found.setdefault(("every contestant", row.reason), []).append(row.stream)
        for name, cell in row.cells.items():
            if cell.reason:
                found.setdefault((name, cell.reason), []).append(row.stream)
    lines = []
    for (name, why), of in found.items():
        able = [row.stream for row in rows if name in row.cells]
        lines.append(f"- {name}: {why} ({'every stream' if of == able else ', '.join(of)})")
    return lines


def _table(
    rows: Sequence[Row], names: Sequence[str], shown: Callable[[Row, str], str]
) -> list[str]:
    lines = [("stream", "half", "rows", "score", *names)]
    lines.append(("---", "---", "---:", "---", *["---:"] * len(names)))
    for row in rows:
        cells = [shown(row, name) if name in row.cells else "" for name in names]
        lines.append((row.stream, row.half, f"{row.rows:,}", row.score, *cells))
    return [f"| {' | '.join(line)} |" for line in lines]
