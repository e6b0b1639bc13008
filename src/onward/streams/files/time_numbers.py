"""Moments that are written as numbers: 20190131, or the time since 1970."""

import numpy as np

# Digits of a number, and how they are read.
WRITTEN = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
EPOCHS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# From 1973 to 2100, in seconds since 1970. The four units cannot be taken for each other.
EARLIEST, LATEST = 10**8, 4_102_444_800
FIRST_YEAR, LAST_YEAR = 1900, 2100
TIME_WORDS = ("time", "date", "stamp", "epoch", "zeit", "datum", "fecha", "horodat")
TIME_NAMES = ("ts", "t", "dt", "utc", "when", "moment")


def named_like_time(name: str) -> bool:
    """Return whether a column's name says that it holds moments."""
    return any(word in name.lower() for word in TIME_WORDS) or name.lower() in TIME_NAMES


def written_form(value: float) -> str | None:
    """Return how a number may be read as a date: "%Y%m%d" for 20190131."""
    if not (0 <= value < 1e15 and float(value).is_integer()):
        return None
    text = str(int(value))
    form = WRITTEN.get(len(text))
    return form if form and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR else None


def written_moments(values: np.ndarray, form: str) -> np.ndarray:
    """Return numbers of a form of `WRITTEN` as datetime64[us]; NaT where one is no date."""
    digits = next(count for count, written in WRITTEN.items() if written == form)
    good = np.isfinite(values) & (values >= 0) & (values < 10.0**digits)
    whole = np.where(good, values, 0).astype(np.int64)
    good &= whole == np.where(good, values, 0)
    parts = [whole // 10 ** (digits - 4)]
    parts += [whole // 10**place % 100 for place in range(digits - 6, -1, -2)]
    year, month, day, *clock = parts
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    good &= (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= days.astype("datetime64[M]") == months
    moments = days.astype("datetime64[us]")
    for part, unit, limit in zip(clock, ("h", "m", "s"), (24, 60, 60), strict=False):
        good &= part < limit
        moments = moments + part.astype(f"timedelta64[{unit}]")
    return np.where(good, moments, np.datetime64("NaT"))


def epoch_form(lowest: float, highest: float) -> str | None:
    """Return the unit since 1970 under which all numbers of a range lie in 1973 to 2100."""
    for unit, per_second in EPOCHS.items():
        if EARLIEST * per_second <= lowest and highest <= LATEST * per_second:
            return f"epoch {unit}"
    return None


def is_epoch(form: str) -> bool:
    return form.startswith("epoch ")


def seconds_in(form: str) -> float:
    """Return how many seconds the unit of an `epoch_form` is."""
    return 1 / EPOCHS[form.removeprefix("epoch ")]


def epoch_moments(values: np.ndarray, form: str) -> np.ndarray:
    """Return numbers since 1970 as datetime64[us]; NaT where one is missing."""
    per_second = EPOCHS[form.removeprefix("epoch ")]
    if np.issubdtype(values.dtype, np.integer):
        micros = values.astype(np.int64)
        whole = micros * (10**6 // per_second) if per_second <= 10**6 else micros // 1000
        return whole.astype("datetime64[us]")
    good = np.isfinite(values)
    micros = np.round(np.where(good, values, 0) * (10**6 / per_second)).astype(np.int64)
    return np.where(good, micros.astype("datetime64[us]"), np.datetime64("NaT"))
