"""Running worlds: every draw a job, and the draws of a world a file."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from onward.jobs import AbstractPlace, Job, run_jobs
from papers.files import write_text
from papers.multiverse.draw import Draw
from papers.multiverse.world import AbstractWorld
from papers.multiverse.worlds import at_scale
from papers.result import ResultsError


class Measured:
    """The draws and the named points of a world, as its file has them.

    Args:
        path: of the file.

    Raises:
        ResultsError: there is none, or it is no such file.
    """

    def __init__(self, path: Path):
        try:
            content = json.loads(path.read_text("utf-8"))
            methods, numbers = content["methods"], content["numbers"]
            factors, found = content["factors"], content["draws"]
        except (OSError, ValueError, KeyError) as error:
            raise ResultsError(
                f"Expected the draws of a world in {path}; got {error!r}. Try removing that file."
            ) from error
        self.world: Mapping[str, Any] = content["world"]
        every = [_unpacked(one, factors, methods, numbers) for one in found]
        self.draws = [draw for draw in every if draw.name.isdigit()]
        self.points = {draw.name: draw for draw in every if not draw.name.isdigit()}


def run_worlds(
    names: Iterable[str],
    folder: Path,
    factor: int,
    place: AbstractPlace,
    progress: Callable[[str, int, int], None],
    draws: int | None = None,
) -> None:
    """Run every draw of some worlds that has not been run yet, and write their files.

    What the file of a world has already is taken from there, so that a checkout, which carries
    those files alone, goes on with further draws.

    Args:
        names: of the worlds; one that misses its recordings is left out.
        folder: of the results: `multiverse/WORLD.json`, and `runs/multiverse-WORLD/` for each
            draw.
        factor: of the scale; 1 is the full one.
        place: where jobs run.
        progress: told the world, what is done and what is to be done.
        draws: protocols of a world; None for as many as it asks for. Further ones can be run later.

    Raises:
        ResultsError: a draw failed, or the folder holds draws of another protocol.
    """
    for name in names:
        world = at_scale(name, factor)
        world = world if draws is None else replace(world, draws=draws)
        path, protocol = file_of(folder, name), described(world)
        same = {key: value for key, value in protocol.items() if key != "draws"}
        protocols, found = world.protocols(), _kept(path, same)
        if world.missing() or protocols.keys() <= found.keys():
            continue
        jobs = [
            Job(
                name=re.sub(r"\W+", "-", one),
                call="papers.multiverse.work:measure",
                arguments={"world": name, "factor": factor, "name": one},
                cost=world.cost(chosen),
            )
            for one, chosen in protocols.items()
            if one not in found
        ]
        failed = []
        outcomes = run_jobs(jobs, folder / "runs" / f"multiverse-{name}", place, same)
        for count, done in enumerate(outcomes, start=1):
            progress(name, count, len(jobs))
            if done.error is None:
                draw = Draw.of(done.value)
                found[draw.name] = draw
            else:
                failed.append(f"{done.name}: {done.error}")
        if failed:
            raise ResultsError(
                f"Expected every draw of the world {name} to run; got errors in {len(failed)}, the "
                f"first in {failed[0]}. Try again: what was measured is kept."
            )
        write_text(path, _packed(protocol, [found[one] for one in protocols]))


def file_of(folder: Path, world: str) -> Path:
    """Where the draws of a world stand in a folder of results."""
    return folder / "multiverse" / f"{world}.json"


def _kept(path: Path, same: Mapping[str, Any]) -> dict[str, Draw]:
    """What a file of a world has, by name; nothing where it is of another protocol, or none."""
    if not path.exists():
        return {}
    kept = Measured(path)
    if kept.world != {**same, "draws": kept.world.get("draws")}:
        return {}
    return {draw.name: draw for draw in [*kept.draws, *kept.points.values()]}


def described(world: AbstractWorld) -> dict[str, Any]:
    """What names the world, as it reads after a round through JSON."""
    return json.loads(json.dumps({"onward": version("onward"), **world.as_dict()}))


def _packed(world: Mapping[str, Any], draws: list[Draw]) -> str:
    """The file of a world: what is the same in every draw is said once, and a draw is a line."""
    plain = [draw.as_dict() for draw in draws]
    heads = {
        "factors": list(draws[0].protocol),
        "methods": list(dict.fromkeys(name for one in plain for name in one["errors"])),
        "numbers": list(dict.fromkeys(name for one in plain for name in one["numbers"])),
    }
    lines = [
        json.dumps(
            {
                "name": one["name"],
                "protocol": [one["protocol"][name] for name in heads["factors"]],
                "errors": [one["errors"].get(name) for name in heads["methods"]],
                "numbers": [one["numbers"].get(name) for name in heads["numbers"]],
                **({"hopeless": one["hopeless"]} if "hopeless" in one else {}),
            },
            separators=(",", ":"),
        )
        for one in plain
    ]
    head = json.dumps({"world": world, **heads}, indent=1)
    return head[:-2] + ',\n "draws": [\n' + ",\n".join(lines) + "\n]}\n"


def _unpacked(
    line: Mapping[str, Any], factors: list[str], methods: list[str], numbers: list[str]
) -> Draw:
    named = lambda names, values: {  # noqa: E731
        name: value for name, value in zip(names, values, strict=True) if value is not None
    }
    return Draw.of(
        {
            "name": line["name"],
            "protocol": dict(zip(factors, line["protocol"], strict=True)),
            "errors": named(methods, line["errors"]),
            "numbers": named(numbers, line["numbers"]),
            "hopeless": line.get("hopeless", ""),
        }
    )
