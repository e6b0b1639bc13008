"""The folder that advice is written to."""

from pathlib import Path

from onward._files import write_json
from onward.advice.advice import Advice
from onward.advice.explanation import explain
from onward.runs.folder import FolderError


def make_folder(path: Path) -> None:
    """Make the folder where there is none.

    Raises:
        FolderError: it is a file, has files in it, or cannot be made.
    """
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        what = "a file" if path.is_file() else "one with files in it"
        raise FolderError(f"Expected an empty folder {path}; got {what}. Try another --out.")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(
            f"Expected a folder that can be written to; got {path} ({error.strerror}). "
            "Try another --out."
        ) from error


def write_advice(path: Path, advice: Advice) -> None:
    """Write `advice.json`, which is the same for the same advice."""
    write_json(path / "advice.json", {**advice.as_dict(), "sentences": explain(advice)})
