"""Real streams from the folder of recordings, which are never copied from it."""

import csv
import os
from pathlib import Path

import numpy as np

VARIABLE, USUAL = "ONWARD_DATA", Path(__file__).parents[2] / "shared" / "data"
BESIDE = Path(__file__).parents[3] / "shared" / "data"

Arrays = tuple[np.ndarray, np.ndarray]


class AbsentError(Exception):
    """A stream that cannot be had here, with the reason."""


def folder() -> Path:
    """What ONWARD_DATA names, else shared/data in the checkout or beside it."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    return USUAL if USUAL.is_dir() else BESIDE


def recording(name: str) -> Path:
    """The path of a recording.

    Args:
        name: the path within the folder.

    Raises:
        AbsentError: it is not there.
    """
    path = folder() / name
    if not path.is_file():
        raise AbsentError(
            f"Expected {name} in {folder()}; got no such file. Try {VARIABLE}=the folder of it."
        )
    return path


def elec2() -> Arrays:
    """Whether the price of electricity rises, from prices and demand, every half hour."""
    with np.load(recording("elec2/elec2.npz")) as file:
        return file["X"], file["y"]


def bike_sharing() -> Arrays:
    """Rentals of bicycles in an hour, from the calendar and the weather."""
    with np.load(recording("bike_sharing_hourly/bike_hourly.npz")) as file:
        return file["X"], file["count"]


def air_quality() -> Arrays:
    """Carbon monoxide in mg/m³, from five sensors that drift, temperature and humidity."""
    with np.load(recording("air_quality_uci/air_quality.npz")) as file:
        values, columns = file["X"], [str(name) for name in file["columns"]]
    sensors = [name for name in columns if name.startswith("PT08")] + ["T", "RH", "AH"]
    return values[:, [columns.index(name) for name in sensors]], values[:, columns.index("CO(GT)")]


def etth1() -> Arrays:
    """The temperature of a transformer's oil in °C, from it and six loads, every hour."""
    with recording("etth1/ETTh1.csv").open() as file:
        _, *rows = csv.reader(file)
    values = np.array([row[1:] for row in rows], np.float64)
    return values, values[:, -1]
