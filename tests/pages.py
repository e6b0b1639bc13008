"""The pages of docs/, and a command that runs the code of some: `python pages.py PAGE…`."""

import os
import re
import sys
import time
from itertools import islice
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
CELL = re.compile(r"^```\{code-cell\}.*\n(?::.*\n)*((?:.*\n)*?)```$", re.MULTILINE)
ALL = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)


def text(page: str) -> str:
    """A page, by its path in docs/ without the suffix."""
    return (DOCS / f"{page}.md").read_text("utf-8")


def code(page: str) -> list[str]:
    """The code of a page's cells, in order."""
    return CELL.findall(text(page))


# Those that hold code.
PAGES = [page for path in ALL if code(page := path.relative_to(DOCS).with_suffix("").as_posix())]


# Of each kind of member of the whole mixture one, and of each data set of River's so many samples.
FEW, SAMPLES = ("network", "line", "last label"), 100


def quicken() -> None:
    """What compiles quickly: kernels, and mixtures of few members in the adapters; few samples.

    The pages on these show the whole one twice on each; it is tested in tests/adapters/.
    """
    from river import evaluate

    from onward.adapters import make
    from quick import quicken_kernels

    quicken_kernels()
    score = evaluate.progressive_val_score
    evaluate.progressive_val_score = lambda stream, *others: score(islice(stream, SAMPLES), *others)
    whole = make.default_mixture
    make.default_mixture = lambda *sizes, **settings: make.picked(whole(*sizes, **settings), FEW)


def main(pages: list[str]) -> None:
    """Run the pages one after another, each in a scope of its own."""
    import matplotlib.pyplot as plt

    if not os.environ.get("ONWARD_THOROUGH"):
        quicken()
    for page in pages:
        began, scope = time.process_time(), {"__name__": page}
        for number, cell in enumerate(code(page), 1):
            exec(compile(cell, f"{page}.md, cell {number}", "exec"), scope)
        plt.close("all")
        print(f"{page}: {time.process_time() - began:.1f} s of CPU time")


if __name__ == "__main__":
    main(sys.argv[1:])
