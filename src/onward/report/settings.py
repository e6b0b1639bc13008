"""What a run was set to do, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from onward.report.table import mixed, subject

SHOWN = 12


def settings(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was predicted, from what, by what, and what was left out: (heading, words)."""
    found = (
        ("predicts", _predicts(metrics)),
        ("from", _inputs(metrics)),
        (subject(metrics), _learner(metrics)),
        ("stream", _stream(metrics)),
        ("left out", _left_out(metrics)),
    )
    return [(heading, words) for heading, words in found if words]


def listed(names: Sequence[str]) -> str:
    """Names in a row; of many, the first."""
    if len(names) <= SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN:,} more"


def _predicts(metrics: Mapping[str, Any]) -> str:
    stream, horizon = metrics["stream"], metrics["config"].get("horizon") or 0
    words = listed(stream["target_names"])
    if stream["task"] == "classification":
        words += f" ({len(stream['class_names'])} classes: {listed(stream['class_names'])})"
    if not horizon:
        return f"{words}, of the same sample"
    return f"{words}, {horizon:,} sample{'s' if horizon > 1 else ''} ahead; the label arrives then"


def _inputs(metrics: Mapping[str, Any]) -> str:
    names, config = metrics["stream"]["feature_names"], metrics["config"]
    words = (
        f"{len(names):,} feature{'s' if len(names) != 1 else ''}: {listed(names)}" if names else ""
    )
    fed = "the newest label that has arrived" if config.get("feedback") else ""
    return "; and ".join(filter(None, (words, fed)))


def _learner(metrics: Mapping[str, Any]) -> str:
    config, words = metrics["config"], [_parts(metrics)]
    rate = config.get("learning_rate")
    words.append(
        f"learning rate {rate:g}" if rate is not None else "the optimizer's own learning rate"
    )
    if metrics["stream"]["task"] == "regression" and config.get("loss"):
        words.append(f"{config['loss']} loss")
    seeds = metrics.get("seeds", {}).get("seeds")
    if seeds and len(seeds) > 1:
        words.append(f"seeds {listed([str(seed) for seed in seeds])}")
    elif "seed" in config:
        words.append(f"seed {config['seed']}")
    if config.get("warmup"):
        copy = "a frozen copy of the first network" if mixed(metrics) else "a frozen copy"
        words.append(f"{copy} that stops learning after {config['warmup']:,} samples")
    return "; ".join(words)


def _parts(metrics: Mapping[str, Any]) -> str:
    """The network; of a mixture how many members there are, and what its networks are made of."""
    members = metrics.get("members", ())
    if not members:
        return metrics["learner"]
    learners = [one["name"] for one in members if one["kind"] == "learner"]
    _, _, network = metrics["learner"].partition(" · ")
    return (
        f"{len(members)} members, weighed by what they predict: {len(learners)} learners "
        f"({listed(learners)}) and {len(members) - len(learners)} forecasters; "
        f"networks are {network}"
    )


def _stream(metrics: Mapping[str, Any]) -> str:
    stream, filled, words = metrics["stream"], metrics["counts"].get("filled"), []
    if time := stream.get("time_name"):
        words.append(f"in the order of {time}")
    if stream.get("session_lengths"):
        lengths = [f"{rows:,}" for rows in stream["session_lengths"]]
        words.append(f"{len(lengths)} files of {listed(lengths)} rows")
    if stream.get("start_name"):
        words.append(f"what begins a sequence: {stream['start_name']}")
    if stream.get("series_name"):
        words.append(
            f"{len(stream['series_names']):,} series, told apart by {stream['series_name']}"
        )
    if stream.get("weight_name"):
        words.append(f"labels weigh what {stream['weight_name']} says")
    if stream.get("phase_name"):
        words.append(f"{len(stream['phase_names']):,} phases, told apart by {stream['phase_name']}")
    if filled:
        words.append(f"missing features of {filled:,} samples were filled in")
    return "; ".join(words)


def _left_out(metrics: Mapping[str, Any]) -> str:
    config, counts, words = metrics["config"], metrics["counts"], []
    if config.get("valid"):
        words.append(f"rows where {config['valid']} is false")
    if config.get("limit"):
        words.append(f"everything after the first {config['limit']:,} samples")
    if counts["skipped"]:
        why = " or met while the learner had blown up" if counts.get("restarts") else ""
        words.append(f"{counts['skipped']:,} samples with a missing or unusable feature{why}")
    return "; ".join(words)
