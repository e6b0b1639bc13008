"""When a recording began, from what its file says or is called."""

import re
from datetime import datetime
from pathlib import Path

FORMS = ("%m/%d/%Y %H:%M:%S.%f", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%Y%m%d")
IN_NAMES = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)")


def parsed(text: str) -> datetime | None:
    """A moment in ISO 8601 or as American laboratories write it; None for anything else."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        pass
    for form in FORMS:
        try:
            return datetime.strptime(text.strip(), form)
        except ValueError:
            continue
    return None


def date_in_name(path: Path) -> datetime | None:
    """The day that the name of a file holds, as `indy_20160630_01.mat` does; None without one.

    A number behind the day tells the files of one day apart, and counts as seconds.
    """
    found = IN_NAMES.search(path.stem)
    if found is None:
        return None
    run = re.match(r"[-_](\d{1,2})(?!\d)", path.stem[found.end() :])
    try:
        day = datetime(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None
    return day.replace(second=min(int(run[1]), 59) if run else 0)
