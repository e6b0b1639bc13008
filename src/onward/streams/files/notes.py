"""What is worth knowing about a file before a result is trusted, one sentence each."""

from collections.abc import Mapping, Sequence
from itertools import chain

from onward.streams.errors import listed
from onward.streams.files.column import Column
from onward.streams.files.moments import duration, moment_text
from onward.streams.files.number_forms import BLANKS
from onward.streams.files.sentinels import codes_in
from onward.streams.files.timeline import Jump, Timeline

# Steps that differ less than this from the usual one are even: so are months.
EVEN = 1.5


def notes_on_values(
    roles: Mapping[str, Sequence[Column]],
    time: Column | None,
    timeline: Timeline,
    rows: int,
    *,
    numbered: bool = True,
) -> list[str]:
    """Return a note for each doubt about the values of the columns in use.

    Arguments:
        roles: the columns of each role: "feature", "target", ...
        time: the column of timestamps.
        timeline: how it goes on.
        rows: of the file.
        numbered: whether the rows are those of one file, and can be found by their number.
    """
    used = dict.fromkeys(
        one for column in chain(*roles.values()) for one in (column.parents or (column,))
    )
    notes = [
        *_on_time(time, timeline, roles["feature"], numbered),
        *_on_writing(list(used)),
        *_on_words(roles["feature"]),
    ]
    clocks = (time.parents or (time,)) if time else ()
    for column in dict.fromkeys([*used, *clocks]):
        notes += _on_missing(column, rows)
    notes += _on_codes(list(used), rows)
    for role, columns in roles.items():
        empty = [column.name for column in columns if not column.present]
        if empty:
            notes.append(f"No value at all in the {role} {listed(empty)}.")
        constant = [column.name for column in columns if column.present and column.is_constant]
        if constant:
            notes.append(f"Always the same value in the {role} {listed(constant)}.")
    return notes


def notes_on_strays(targets: Sequence[Column]) -> list[str]:
    """Return a note for text among numbers that was asked for as classes."""
    return [
        f"{column.stray[0]!r} in the target {column.name!r}, {column.stray_place}, is learnt as a "
        "class, though most of that column is no text."
        for column in targets
        if column.stray
    ]


def _on_time(
    time: Column | None, timeline: Timeline, features: Sequence[Column], numbered: bool
) -> list[str]:
    if time is None:
        return []
    notes = []
    if time.parents:
        both = " and ".join(repr(one.name) for one in time.parents)
        notes.append(f"Took {both} together as the time of the rows.")
    if time.kind == "number" and time not in features:
        notes.append(f"Kept {time.name!r} as the time of the rows, not as a feature.")
    form = time.parents[0].form if time.parents else time.form
    if time.twin and form:
        chosen = "month comes" if form.find("%m") < form.find("%d") else "day comes"
        notes.append(f"Read {time.name!r} as if the {chosen} first; it fits the other order too.")
    if timeline.backward and not timeline.forward:
        turn = "to turn the rows round, try reverse=True (--reverse)"
        notes.append(f"Unsorted: {time.name!r} runs from the newest row to the oldest; {turn}.")
    elif timeline.backward:
        notes.append(f"Unsorted: {time.name!r} goes back in {_rows(timeline.backward)}.")
    if timeline.repeated:
        again = f"{time.name!r} repeats the row before in {_rows(timeline.repeated)}"
        notes.append(f"Duplicates: {again}.")
    jump = timeline.jump()
    if jump and (jump.length > EVEN * jump.median or jump.median > EVEN * jump.shortest):
        notes.append(_on_steps(time, jump, numbered))
    return notes


def _on_steps(time: Column, jump: Jump, numbered: bool) -> str:
    def said(length: float) -> str:
        return f"{length:.4g}" if time.kind == "number" else duration(length)

    reached = f"{jump.time:g}" if time.kind == "number" else moment_text(jump.time)
    return (
        f"Uneven: the steps of {time.name!r} are {said(jump.median)} in the median and "
        f"{said(jump.shortest)} at least; the longest, {said(jump.length)}, leads to "
        + (f"row {jump.row} ({reached})." if numbered else f"{reached}.")
    )


def _on_writing(columns: Sequence[Column]) -> list[str]:
    notes = []
    parted: dict[str, list[str]] = {}
    signed: dict[str, list[str]] = {}
    for column in columns:
        form = column.number_form
        if form.thousands:
            mark = "a blank" if form.thousands == BLANKS else repr(form.thousands[0])
            parted.setdefault(mark, []).append(column.name)
        if form.sign:
            signed.setdefault(form.sign, []).append(column.name)
    for mark, names in parted.items():
        notes.append(f"Read {mark} in {listed(names)} as a mark for thousands.")
    for sign, names in signed.items():
        notes.append(f"Read the numbers of {listed(names)} without their {sign!r}.")
    return notes


def _on_words(features: Sequence[Column]) -> list[str]:
    made: dict[str, list[str]] = {}
    for column in features:
        if column.parents:
            made.setdefault(column.parents[0].name, []).append(column.name)
    return [
        f"Text in {name!r} became one feature for each value: {listed(names)}."
        for name, names in made.items()
    ]


def _on_missing(column: Column, rows: int) -> list[str]:
    notes = []
    if column.mark:
        share = _share(column.mark.count, rows)
        notes.append(f"Took {column.mark.text!r}, in {share} of {column.name!r}, for missing.")
    for word in column.words:
        share = _share(word.count, rows)
        notes.append(
            f"{word.text!r} in {share} of {column.name!r} is a value like others; if it means "
            f"missing, try {_codes(word.text)}."
        )
    if column.kind == "text" and column.missing:
        notes.append(f"Took {listed(column.missing)} in {column.name!r} for missing.")
    return notes


def _on_codes(columns: Sequence[Column], rows: int) -> list[str]:
    found: dict[str, list[str]] = {}
    for column in columns:
        for code in codes_in(column):
            share = f"{_share(code.count, rows)} of {column.name!r}"
            found.setdefault(code.text, []).append(share)
    return [
        f"{code} in {', '.join(shares)}, far from the rest: if it means missing, "
        f"try {_codes(code)}."
        for code, shares in found.items()
    ]


def _codes(text: str) -> str:
    return f"missing_codes={text!r} (--missing-code={text})"


def _share(count: int, rows: int) -> str:
    return f"{100 * count / max(rows, 1):.2g} %" if count >= rows / 100 else _rows(count)


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
