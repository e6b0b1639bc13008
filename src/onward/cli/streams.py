"""`onward streams`: what there is to learn from."""

from rich.console import Console
from rich.table import Table

from onward.streams import builtin_streams


def streams() -> None:
    """List the built-in streams. Any CSV, Parquet or NPZ file is a stream too."""
    table = Table("stream", "task", "rows", "features → targets", "origin", box=None)
    for row in builtin_streams():
        size = f"{row.features} → {row.targets}"
        origin = f"{row.origin} ({row.note})" if row.note else row.origin
        table.add_row(row.name, row.task, f"{row.rows:,}", size, origin)
    console = Console()
    console.print(table)
    console.print("\nFiles: onward run data.csv --target COLUMN (CSV, Parquet or NPZ)")
