"""Text of few values as numbers: one column for each value."""

from onward.streams.files.column import Column

MOST_VALUES = 20


def indicators(column: Column) -> tuple[Column, ...]:
    """Return a column for each value of a column of text, in the order in which they appear.

    It is named `column=value`, and is 1 in the rows of that value and 0 in all others, also
    where the cell is missing. There are none for text of one value, of more than 20, or of a new
    one in every row.
    """
    values = column.appeared
    is_few = 1 < len(values) <= MOST_VALUES and len(values) < column.present
    if column.kind != "text" or column.distinct is None or not is_few:
        return ()
    return tuple(
        Column(
            f"{column.name}={value}",
            "number",
            column.present,
            (0.0, 1.0),
            parents=(column,),
            value=value,
        )
        for value in values
    )
