"""What to try where the learner did not win."""

import shlex
from collections.abc import Mapping
from typing import Any

from onward.evaluate import FROZEN
from onward.report.table import (
    LEARNER,
    LEVEL,
    best_baseline,
    headline,
    mixed,
    score_of,
    subject,
)

# Of a run's options, those that say what the stream is and what the network is.
OPTIONS = ("target", "features", "task", "start", "weight", "series", "valid", "gap", "calendar")
NETWORK = {"cell": "gru", "size": 64}


def next_steps(metrics: Mapping[str, Any]) -> list[str]:
    """Sentences on what beat the learner and what to try; none where nothing did."""
    ours, metric, baseline = score_of(metrics, LEARNER), headline(metrics), best_baseline(metrics)
    if ours is None:
        return []
    steps, frozen = [], score_of(metrics, FROZEN)
    if frozen is not None and frozen - ours >= LEVEL:
        better = "the first network, frozen," if mixed(metrics) else "the frozen copy"
        steps.append(
            f"Adaptation hurt here: {better} is better, {metric.label} "
            f"{metric.format(frozen)} against {metric.format(ours)}. Try a smaller --learning-rate."
        )
    best = None if baseline is None else score_of(metrics, baseline)
    if baseline is not None and best is not None and best - ours > -LEVEL:
        word = "better" if best - ours >= LEVEL else "as good"
        steps.append(
            f"The baseline “{baseline}” is {word}: {metric.label} {metric.format(best)} against "
            f"{metric.format(ours)}. {_reason(metrics, baseline)}"
        )
    return steps


def advise_command(metrics: Mapping[str, Any]) -> str | None:
    """`onward advise` on the run's own stream; None where the configuration names no stream."""
    config = metrics["config"]
    if "stream" not in config:
        return None
    stream = config["stream"]
    words = ["onward", "advise", *([stream] if isinstance(stream, str) else stream)]
    for name in OPTIONS:
        value = config.get(name)
        if value is True:
            words.append(f"--{name}")
        elif value:
            words += [f"--{name}", value if isinstance(value, str) else ",".join(value)]
    if config.get("horizon"):
        words += ["--horizon", str(config["horizon"])]
    if config.get("feedback") is False:
        words.append("--no-feedback")
    for name, usual in NETWORK.items():
        if config.get(name, usual) != usual:
            words += [f"--{name}", str(config[name])]
    return shlex.join(words)


def _reason(metrics: Mapping[str, Any], baseline: str) -> str:
    if baseline.startswith("last label"):
        if metrics["config"].get("feedback") is False:
            return (
                f"The {subject(metrics)} was not told the newest label: try without --no-feedback."
            )
        return "Labels change slowly: the features add little at this horizon. Try a longer one."
    if "RLS" in baseline:
        samples = metrics["counts"]["samples"]
        return (
            "What can be learnt here is close to linear in the latest inputs and labels, or "
            f"{samples:,} samples are few for a network."
        )
    if mixed(metrics):
        return "The features tell little about the label, or its members learn too fast or slowly."
    return "The features tell little about the label, or the network learns too fast or too slowly."
