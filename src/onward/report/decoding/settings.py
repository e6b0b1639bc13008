"""What a study was asked to do, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from onward.evaluate.metrics.metric import MISSING
from onward.report.decoding.parts import in_words
from onward.report.settings import listed


def decode_settings(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was trained on, decoded, told and learnt: (heading, words)."""
    config = results["config"]
    found = (
        ("decodes", _decodes(results)),
        ("trained on", _sessions(results["training"], results["bin_s"])),
        ("then through", _sessions(results["sessions"], results["bin_s"])),
        ("labels told", labels_words(config["labels"], results["bin_s"])),
        ("network", f"{config['cell']}, {config['hidden']} units; {_seeds(config)}"),
        ("trained", _training(config)),
        ("learns by", _learns(config, results["bin_s"])),
        ("scale of inputs", _scale(config)),
        ("between sessions", _between(config)),
        ("safeguard", _safeguard(config)),
        ("guards", _guards(config)),
        ("opponents", listed(config["opponents"]) or "none"),
    )
    return [(heading, words) for heading, words in found if words]


def labels_words(labels: str, bin_s: float) -> str:
    """When labels are told."""
    timing, _, amount = labels.partition(":")
    if timing == "every-bin":
        return "each after the prediction of its own bin"
    if timing == "after-trial":
        return "all those of a trial after its last bin"
    if timing == "calibration-only":
        return f"those of the first {float(amount):g} s of each session, and none later"
    if timing == "late":
        return f"{amount} bins ({float(amount) * bin_s:g} s) after their own bin"
    return labels


def latency_tiles(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How long a bin takes: (value, what it is); nothing where it was not measured."""
    latency = results.get("latency") or {}
    if not latency.get("count"):
        return []
    names = {"p50": "half of the bins within", "p99": "99 % of the bins within", "max": "longest"}
    tiles = [(_duration(latency.get(key)), name) for key, name in names.items()]
    tiles.append((_duration(results["bin_s"]), "a bin lasts"))
    load = latency.get("load")
    tiles.append((MISSING if load is None else f"{load:.2f}", "load for each CPU"))
    return tiles


def busy(results: Mapping[str, Any]) -> bool:
    """Whether the machine had more to do than it could while times were taken."""
    return ((results.get("latency") or {}).get("load") or 0) > 1


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return MISSING
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.2g} µs"


def _decodes(results: Mapping[str, Any]) -> str:
    unit = f" in {results['unit']}" if results.get("unit") else ""
    return (
        f"{listed(results['targets'])}{unit}, from {len(results['channels']):,} channels in bins "
        f"of {1000 * results['bin_s']:g} ms"
    )


def _sessions(sessions: Sequence[Mapping[str, Any]], bin_s: float) -> str:
    rows = sum(session["rows"] for session in sessions)
    scored = sum(session["scored"] for session in sessions)
    count = f"{len(sessions)} session{'s' if len(sessions) != 1 else ''}"
    share = f"; {100 * scored / rows:.3g} % of their bins are scored" if rows else ""
    names = listed([session["name"] for session in sessions])
    return f"{count}, {rows * bin_s / 60:,.0f} minutes: {names}{share}"


def _seeds(config: Mapping[str, Any]) -> str:
    first, count = config["seed"], config["seeds"]
    return f"seed {first}" if count == 1 else f"seeds {first} to {first + count - 1}"


def _training(config: Mapping[str, Any]) -> str:
    if not config["pretrain"]:
        return "online, in one pass over these sessions"
    segments = config["segments"]
    return (
        f"off line in batches of {segments['batch']} segments of {segments['length']} "
        f"bins, {segments['epochs']} epochs at most"
    )


def _learns(config: Mapping[str, Any], bin_s: float) -> str:
    if not config["adapt"]:
        return "does not learn after its training"
    every = config["every"]
    when = "at every bin" if every == 1 else f"every {every} bins ({every * bin_s:g} s)"
    return f"{config['rule']}, an update {when}; {config['optimizer']}, rate {config['rate']:g}"


def _scale(config: Mapping[str, Any]) -> str:
    if config["moments"] == "all-time":
        return "moments of all bins so far"
    return (
        "moments of the session so far; they begin with those of the session before, which weigh "
        f"{config['prior_strength']:g} bins"
    )


def _between(config: Mapping[str, Any]) -> str:
    if config["carry"]:
        return "goes on from what it had learnt"
    return "begins each session from its training"


def _safeguard(config: Mapping[str, Any]) -> str:
    if not (config["adapt"] and config["safeguard"]):
        return "none"
    return "a frozen copy runs beside it, and takes over while learning does harm"


def _guards(config: Mapping[str, Any]) -> str:
    """What is watched and done then; nothing where nothing is."""
    watched = {kind: acts for kind, acts in (config.get("guards") or {}).items() if acts}
    if not (config["adapt"] and watched):
        return ""
    return "; ".join(in_words(kind, config) for kind in watched)
