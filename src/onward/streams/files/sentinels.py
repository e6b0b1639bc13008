"""Numbers that look like a code for "missing": one value, often, far from all others."""

from onward.streams.files.column import Column, Counted, Mark

LEAST_OFTEN = 3
# A column that is all of few values is one of codes itself, unless one is much farther away.
FEW_VALUES = 10
FAR_AMONG_FEW = 5
ALL_NINES = ("99", "999", "9999", "99999", "999999", "9999999")


def codes_in(column: Column) -> tuple[Mark, ...]:
    """Return the values at the ends of a column of numbers that look like codes, and how often.

    Such a value occurs at least three times. It lies farther from the next one than all others
    lie from each other; or it is a whole number below -9, or one among fractions, where nothing
    else is below zero; or all of its digits are nines and a tenth of the others' range is between
    them.
    """
    bottom, top = list(column.bottom), list(column.top)
    found = []
    while True:
        if _is_code(column, bottom, top, is_low=True):
            found.append(bottom.pop(0))
        elif _is_code(column, top, bottom, is_low=False):
            found.append(top.pop(0))
        else:
            return tuple(Mark(f"{value:.15g}", count) for value, count in found)


def _is_code(column: Column, ends: Counted | list, others: Counted | list, is_low: bool) -> bool:
    """Whether the first of the values at one end is a code, given those at the other end."""
    if len(ends) < 2 or not others:
        return False
    (value, count), (following, _), *_ = ends
    spread, gap = abs(others[0][0] - following), abs(value - following)
    if count < LEAST_OFTEN or not spread:
        return False
    number = len(column.distinct) if column.distinct is not None else None
    if number is not None and number <= FEW_VALUES:
        return gap > FAR_AMONG_FEW * spread and abs(value) > max(9, abs(following))
    if gap > spread:
        return True
    odd = value < -9 or (value < 0 and not following.is_integer())
    only_negative = is_low and odd and value.is_integer() and following >= 0
    often = count >= column.present / 100
    digits = f"{abs(value):.15g}".replace(".", "").rstrip("0")
    nines = digits in ALL_NINES and gap > spread / 10
    return (only_negative and often) or nines
