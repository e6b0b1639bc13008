"""How moments and times of day are written."""

import re
from datetime import datetime

NUMERIC = (
    *("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y"),
    *("%d.%m.%Y", "%d.%m.%y"),
    *("%m-%d-%Y", "%d-%m-%Y", "%m-%d-%y", "%d-%m-%y"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%y-%m-%d", "%y/%m/%d"),
)
NAMED = (
    *("%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d.%b.%Y", "%d. %b %Y", "%d%b%Y", "%d %b, %Y"),
    *("%d %b %y", "%d-%b-%y", "%d/%b/%y", "%d%b%y"),
    *("%b %d, %Y", "%b %d %Y", "%b-%d-%Y", "%b/%d/%Y", "%b %d, %y", "%b. %d, %Y"),
    *("%Y-%b-%d", "%Y %b %d", "%Y/%b/%d"),
    *("%b %Y", "%b-%Y", "%b %y", "%b-%y", "%Y-%b", "%Y %b"),
)
DATES = (*NUMERIC, *NAMED, *(date.replace("%b", "%B") for date in NAMED))
WEEKDAYS = ("", "%a ", "%a, ", "%A ", "%A, ")
ISO = "ISO8601"
SHORTEST = 6
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?P<minute>(?P<mark>[:.])\d{2}(?P<second>(?P=mark)\d{2}"
    r"(?P<fraction>[.,]\d{1,9})?)?)?(?P<half>\s?[AaPp][Mm])?"
    r"(?P<zone>\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?$"
)
GLUE = re.compile(r"(?:\s*T\s*|\s*,\s*|\s+|:)(?=\d{1,2}\D)")
# "Tue Jan  3 16:05:00 2019", as C writes it.
CTIME = "%a %b %d %H:%M:%S %Y"


def moment_forms(cell: str, day_first: bool) -> tuple[str, ...]:
    """Return the forms in which a text is a moment, to be tried by pandas; ISO 8601 comes first.

    Arguments:
        cell: the text.
        day_first: whether 10/03/2004 is rather the tenth of March.
    """
    if len(cell) < SHORTEST or not any(mark.isdigit() for mark in cell):
        return ()
    forms = [*_date_forms(cell, ""), *([CTIME] if _fits(cell, CTIME) else [])]
    for glue in GLUE.finditer(cell):
        clock = _clock_form(cell[glue.end() :])
        if clock:
            between = re.sub(r"\s+", " ", glue.group())
            forms += _date_forms(cell[: glue.start()], between + clock)
    if day_first:
        forms.sort(key=lambda form: not _is_day_first(form))
    return (*((ISO,) if re.match(r"\d{4}", cell) else ()), *forms)


def clock_forms(cell: str) -> tuple[str, ...]:
    """Return the forms in which a text is a time of day."""
    form = _clock_form(cell)
    return (form,) if form and _fits(cell, form) else ()


def are_twins(one: str, other: str) -> bool:
    """Return whether two forms differ in the order of day and month."""
    swapped = one.replace("%m", "%?").replace("%d", "%m").replace("%?", "%d")
    return one != other and swapped == other


def _is_day_first(form: str) -> bool:
    return "%d" in form and form.find("%d") < form.find("%m")


def _date_forms(date: str, clock: str) -> list[str]:
    return [
        day + form + clock
        for day in WEEKDAYS
        if not day or date[:1].isalpha()
        for form in DATES
        if _fits(date, day + form)
    ]


def _clock_form(clock: str) -> str:
    """The form of a time of day; empty where it is none. An hour alone needs its half."""
    found = CLOCK.match(clock)
    if not found or not (found["minute"] or found["half"]):
        return ""
    form = "%I" if found["half"] else "%H"
    form += f"{found['mark']}%M" if found["minute"] else ""
    form += f"{found['mark']}%S" if found["second"] else ""
    form += f"{found['fraction'][0]}%f" if found["fraction"] else ""
    form += f"{' ' if found['half'][0].isspace() else ''}%p" if found["half"] else ""
    zone = found["zone"] or ""
    blank = " " if zone[:1].isspace() else ""
    name = zone.strip()
    return form + blank + (name if name in ("UTC", "GMT") else "%z" if name else "")


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
