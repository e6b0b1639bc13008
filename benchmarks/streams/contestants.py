"""Who takes part: one row each, in the order of the table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from benchmarks.streams.environments import HERE, ROOT
from benchmarks.streams.streams import Task

Kind = Literal["ours", "baseline", "peer"]
BOTH: tuple[Task, ...] = ("regression", "classification")
CLASSES: tuple[Task, ...] = ("classification",)
NUMBERS: tuple[Task, ...] = ("regression",)
SOURCE = ROOT / "src" / "onward"
# What every contestant's process reads.
SHARED = (HERE / "peers" / "protocol.py",)


@dataclass(frozen=True)
class Contestant:
    """A learner that predicts every row before it learns from it.

    Attributes:
        kind: of ours, a baseline, or another library's.
        script: its file in `peers/`, which runs in a process of its own.
        environment: the name of the Python for that.
        tasks: those that it can do.
        seeded: whether it draws and runs with several seeds; what is slow and only informs runs
            with one.
        sources: files and folders beside the script that its predictions depend on.
        within: the contestant whose process also predicts for this one; None for one of its own.
    """

    kind: Kind
    script: str
    environment: str
    tasks: tuple[Task, ...] = BOTH
    seeded: bool = False
    sources: tuple[Path, ...] = ()
    within: str | None = None

    def files(self) -> Iterator[Path]:
        """All that its predictions depend on beside its environment."""
        for path in (*SHARED, HERE / "peers" / f"{self.script}.py", *self.sources):
            yield from sorted(path.rglob("*.py")) if path.is_dir() else (path,)


BASELINE = Contestant(
    "baseline", "baselines", "onward", sources=(SOURCE / "evaluate" / "baselines",)
)
MEMBERS = (HERE / "columns.py", HERE / "peers" / "onward_members.py")
OURS = Contestant("ours", "onward_models", "onward", seeded=True, sources=(*MEMBERS, SOURCE))
RIVER = {
    "adaptive random forest": (BOTH, True),
    "random patches": (BOTH, True),
    "ALMA": (CLASSES, False),
    "adaptive tree": (BOTH, True),
    "leveraging bagging": (CLASSES, True),
    "k-NN": (BOTH, False),
}
FORECASTER = Contestant(
    "peer", "river_forecasters", "peers", NUMBERS, sources=(HERE / "scoring.py",)
)


CONTESTANTS: Mapping[str, Contestant] = {
    "onward": OURS,
    "frozen": replace(OURS, within="onward"),
    "last label": BASELINE,
    "running mean": BASELINE,
    "online linear": BASELINE,
    "sliding ridge": Contestant("baseline", "ridge", "onward"),
    **{
        name + end: Contestant("peer", "river_models", "peers", tasks, seeded and not end)
        for end in ("", ", x alone")
        for name, (tasks, seeded) in RIVER.items()
    },
    "SNARIMAX": FORECASTER,
    "Holt-Winters": FORECASTER,
    "gradient boosted trees": Contestant("peer", "capymoa_models", "peers", CLASSES, seeded=True),
    "SOKNL": Contestant("peer", "capymoa_models", "peers", NUMBERS, seeded=True),
    "LSTM of deep-river": Contestant("peer", "deep_river_models", "deep-river"),
}
