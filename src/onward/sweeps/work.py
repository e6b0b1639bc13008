"""What a worker does for a sweep: one run, whose scores it returns."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from onward.evaluate import metrics_of
from onward.learning.xla import fast_dispatch
from onward.runs.config import RunConfig
from onward.runs.run import Run


def scores(**settings: Any) -> dict[str, Any]:
    """Pass over a stream once, and leave nothing but the scores.

    Args:
        settings: of `RunConfig`, as JSON.

    Returns:
        `learner`, the parts of the learner; `task`; and `scores`: of the learner, its frozen copy
        and the baselines, by name, every metric of the task over the whole stream.
    """
    fast_dispatch()
    told: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in settings.items()
    }
    with TemporaryDirectory() as folder:
        metrics = Run(RunConfig(**told), Path(folder))()
    task = metrics["stream"]["task"]
    keys = [metric.key for metric in metrics_of(task)]
    return {
        "learner": metrics["learner"],
        "task": task,
        "scores": {
            name: {key: parts["overall"].get(key) for key in keys}
            for name, parts in metrics["learners"].items()
        },
    }
