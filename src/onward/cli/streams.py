"""`onward streams`: what there is to learn from."""

from rich.console import Console

from onward.cli.listing import print_listing
from onward.streams import builtin_streams

HEADERS = ("stream", "task", "rows", "features → targets", "origin")


def streams() -> None:
    """List the built-in streams. Files are streams too: tables of text, Parquet, NumPy, ..."""
    console = Console()
    rows = (
        (
            row.name,
            row.task,
            f"{row.rows:,}",
            f"{row.features} → {row.targets}",
            f"{row.origin} ({row.note})" if row.note else row.origin,
        )
        for row in builtin_streams()
    )
    print_listing(console, HEADERS, rows)
    console.print("\nFiles: onward run data.csv --target COLUMN", soft_wrap=True)
    console.print("(CSV, JSON lines, Parquet, Arrow, ARFF, Excel or NumPy)", soft_wrap=True)
