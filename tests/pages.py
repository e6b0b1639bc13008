"""The pages of docs/ that hold code, and a command that runs some of them: `python pages.py …`."""

import re
import sys
import time
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
CELL = re.compile(r"^```\{code-cell\}.*\n((?::.*\n)*)((?:.*\n)*?)```$", re.MULTILINE)
PAGES = sorted(
    path.relative_to(DOCS).with_suffix("").as_posix()
    for path in DOCS.rglob("*.md")
    if "_build" not in path.parts and CELL.search(path.read_text("utf-8"))
)


def code(page: str) -> list[str]:
    """The code of a page's cells, in order."""
    return [cell[2] for cell in CELL.finditer((DOCS / f"{page}.md").read_text("utf-8"))]


def main(pages: list[str]) -> None:
    """Run the pages one after another, each in a scope of its own."""
    import matplotlib.pyplot as plt

    for page in pages:
        began, scope = time.process_time(), {"__name__": page}
        for number, cell in enumerate(code(page), 1):
            exec(compile(cell, f"{page}.md, cell {number}", "exec"), scope)
        plt.close("all")
        print(f"{page}: {time.process_time() - began:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
