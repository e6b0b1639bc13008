"""Which files a path, a pattern, a folder or several of these stand for."""

import glob
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from onward.streams.errors import listed, stream_error
from onward.streams.files.kinds import has_known_ending
from onward.streams.files.sources import split_name

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def is_one_file(path: Paths) -> bool:
    """Whether this is the path of a single file, which may not exist."""
    return isinstance(path, str | os.PathLike) and not (Path(path).is_dir() or _is_pattern(path))


def files_of(paths: Paths) -> tuple[Path, ...]:
    """Return the files in order: as given, and of a folder or a pattern by their names.

    Numbers within names count as numbers: day2 comes before day10. Of a folder, and of a
    pattern, only files with a known ending are taken, none that is hidden, and `.txt` only where
    nothing else is.

    Arguments:
        paths: one or several.

    Raises:
        StreamError: where there is no such file, or one is named twice.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not given:
        raise stream_error("at least one file", "an empty list", "the path of a file")
    found = [file for path in given for file in _files(path)]
    twice = [file for file, count in Counter(f.resolve() for f in found).items() if count > 1]
    if twice:
        names = listed(file.name for file in twice)
        raise stream_error("every file once", f"{names} twice", "removing the repetition")
    return tuple(found)


def file_names(files: Sequence[Path]) -> tuple[str, ...]:
    """Return a name for each file: without ending where these differ, else with it, or whole."""
    stems = tuple(split_name(file.name)[0] or file.name for file in files)
    for names in (stems, tuple(file.name for file in files)):
        if len(set(names)) == len(names):
            return names
    return tuple(str(file) for file in files)


def stream_name(paths: Paths, names: Sequence[str]) -> str:
    """Return a name for a stream of several files: that of their folder, else the first's."""
    if isinstance(paths, str | os.PathLike) and Path(paths).is_dir():
        return Path(paths).resolve().name
    return names[0] if len(names) == 1 else f"{names[0]}+{len(names) - 1}"


def _is_pattern(path: str | os.PathLike[str]) -> bool:
    return glob.has_magic(os.fspath(path)) and not Path(path).exists()


def _files(path: str | os.PathLike[str]) -> list[Path]:
    if Path(path).is_dir():
        inside, what = list(Path(path).iterdir()), f"the folder {path}"
    elif _is_pattern(path):
        inside, what = [Path(one) for one in glob.glob(os.fspath(path), recursive=True)], path
    else:
        return [Path(path)]
    seen = [one for one in inside if one.is_file() and one.name[0] != "."]
    known = [one for one in seen if has_known_ending(one)]
    # Among data a text file is a note about them.
    files = [one for one in known if one.suffix.lower() != ".txt"] or known
    if not files:
        got = f"{what}, which has none" if Path(path).is_dir() else f"{what}, which fits none"
        raise stream_error("at least one file of a known kind", got, "the path of a file")
    return sorted(files, key=_natural)


def _natural(file: Path) -> tuple[tuple[tuple[int, int, str], ...], str]:
    parts = re.split(r"(\d+)", str(file))
    keys = ((0, int(p), "") if p.isdecimal() else (1, 0, p.lower()) for p in parts if p)
    return tuple(keys), str(file)
