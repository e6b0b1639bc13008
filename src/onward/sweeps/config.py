"""What `onward sweep` is asked for, from a file of TOML or JSON."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from onward._checks import check_integer, check_sizes
from onward._names import CELLS, LEARNERS, OPTIMIZERS, REGRESSION_LOSSES, canonical
from onward.runs.config import STDIN, RunConfig
from onward.runs.members import rule_of_run
from onward.sweeps.errors import SweepError
from onward.sweeps.space import Point, Space, axis

Method = Literal["grid", "random", "optuna"]
SETTINGS = tuple(field.name for field in fields(RunConfig))
# They hold several values, even where one is told.
SEVERAL = ("target", "features", "missing_codes", "classes")
NAMED = {
    "cell": CELLS,
    "learner": LEARNERS,
    "optimizer": ("auto", *OPTIMIZERS),
    "loss": REGRESSION_LOSSES,
}


@dataclass(frozen=True)
class SweepConfig:
    """Which runs there are.

    Attributes:
        run: what they share: fields of `RunConfig`. Its `seed` is the first one, and that of what
            is drawn.
        space: what varies: for fields of `RunConfig`, what they may be.
        method: "grid" for every combination, "random" for `draws` of them, "optuna" for as many
            that Optuna proposes from what it has seen.
        draws: points of a random or Optuna's search; None for 20.
        seeds: runs of each point, whose seeds follow each other.

    Raises:
        SweepError: one of these is something else.
    """

    run: Mapping[str, Any]
    space: Space
    method: Method = "grid"
    draws: int | None = None
    seeds: int = 3

    def __post_init__(self):
        unknown = [name for name in (*self.run, *self.space) if name not in SETTINGS]
        if unknown:
            raise SweepError(
                f"Expected settings of a run among {', '.join(SETTINGS)}; got {unknown[0]!r}. Try "
                "the name of its option, with _ in place of -."
            )
        if not self.space:
            raise SweepError(
                "Expected settings that vary in [sweep.space]; got none. Try "
                'cell = ["gru", "lstm"] there.'
            )
        for name in ("seed", "seeds"):
            if name in self.space or (name == "seeds" and name in self.run):
                raise SweepError(
                    f"Expected the number of seeds as seeds in [sweep]; got {name} among the "
                    "settings. Try seeds = 3 there."
                )
        if self.method not in get_args(Method):
            raise SweepError(
                f"Expected method to be grid, random or optuna; got {self.method!r}. Try "
                'method = "grid".'
            )
        if self.method == "grid" and self.draws is not None:
            raise SweepError(
                f"Expected no number of draws for a grid, which has every point; got {self.draws}. "
                'Try method = "random".'
            )
        if self.draws is not None:
            check_integer("draws", self.draws, least=1, example=20)
        check_integer("seeds", self.seeds, least=1, example=3)

    def settings(self, point: Point, seed: int) -> dict[str, Any]:
        """All that is told of a run, as `RunConfig` takes it.

        Args:
            point: what varies.
            seed: which of the point's runs, from 0 on.
        """
        told = {**self.run, **point, "seed": self.run.get("seed", 0) + seed}
        return {name: _meant(name, value) for name, value in told.items()}

    def config(self, point: Point, seed: int = 0) -> RunConfig:
        """The configuration of a run.

        Raises:
            ValueError: a value that no run has.
        """
        settings = self.settings(point, seed)
        if settings.get("stream") in (None, STDIN):
            raise SweepError(
                f"Expected a stream that can be read again; got {settings.get('stream')!r}. Try "
                'stream = "data.csv", above [sweep].'
            )
        check_sizes(size=settings.get("size", RunConfig.size))
        rule_of_run(settings.get("rule", RunConfig.rule))
        try:
            return RunConfig(**settings)
        except TypeError as error:
            raise SweepError(
                f"Expected values of the kinds that a run has; got {settings} ({error}). Try "
                "numbers without quotes."
            ) from error


def read_config(path: Path) -> SweepConfig:
    """Read a sweep from a file.

    Settings of the run stand at its top, `method`, `draws` and `seeds` in `[sweep]`, and what
    varies in `[sweep.space]`.

    Args:
        path: of a file that ends in .toml or .json.

    Raises:
        SweepError: it cannot be read, or asks for what there is not.
    """
    told = _parsed(path)
    sweep = told.pop("sweep", {})
    if not isinstance(sweep, dict) or not isinstance(sweep.get("space", {}), dict):
        raise SweepError(f"Expected [sweep] and [sweep.space] in {path}; got {sweep}. Try both.")
    space = {name: axis(name, value) for name, value in sweep.pop("space", {}).items()}
    unknown = set(sweep) - {"method", "draws", "seeds"}
    if unknown:
        raise SweepError(
            f"Expected method, draws, seeds and space in [sweep]; got {min(unknown)!r}. Try "
            "settings of the run above [sweep]."
        )
    return SweepConfig(told, space, **sweep)


def _parsed(path: Path) -> dict[str, Any]:
    readers = {".toml": tomllib.loads, ".json": json.loads}
    if path.suffix not in readers:
        raise SweepError(f"Expected a sweep as .toml or .json; got {path}. Try sweep.toml.")
    try:
        found = readers[path.suffix](path.read_text("utf-8"))
    except FileNotFoundError:
        raise SweepError(f"Expected a file {path}; got no such file. Try another path.") from None
    except ValueError as error:
        kind = path.suffix[1:].upper()
        raise SweepError(
            f"Expected {kind} in {path}; got what cannot be read: {error}. Try that line again."
        ) from None
    if not isinstance(found, dict):
        raise SweepError(f"Expected settings by name in {path}; got {found!r}. Try cell and size.")
    return found


def _meant(name: str, value: Any) -> Any:
    """A value as `RunConfig` has it."""
    if name in SEVERAL and isinstance(value, str):
        return (value,)
    if name in NAMED and isinstance(value, str):
        return canonical(name, value, NAMED[name])
    return tuple(value) if isinstance(value, list) else value
