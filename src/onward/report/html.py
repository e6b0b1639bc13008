"""One page per run, in one file that needs no network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onward.evaluate.metrics.metric import MISSING
from onward.report.explorer import SHOWN_TARGETS, explorer
from onward.report.figures.classes import class_accuracy_figure, confusion, frequent_classes
from onward.report.figures.gain import gain_figure, gain_sentence
from onward.report.figures.rolling import lines_of, lines_that_leave, rolling_figure
from onward.report.figures.stream_axis import MARKERS, event_kinds, told
from onward.report.figures.targets import scatter_figure
from onward.report.figures.trust import areas_of, trust_figure
from onward.report.intervals import intervals_table
from onward.report.members import idle_sentence, members_table, regret_sentence
from onward.report.next_steps import advise_command, next_steps
from onward.report.page import filled
from onward.report.settings import settings
from onward.report.summary import summary_sentence
from onward.report.table import LEVEL, display_name, headline, mixed
from onward.report.tables import overall_table, phase_table, phase_word, series_table
from onward.report.verdict import verdict

# Inches. Both are in the page, which shows the one that fits the screen.
SIZES = {"wide": (9.2, 3.1), "narrow": (4.1, 3.1)}

# What the shapes that matplotlib draws look like in text.
SHAPES = dict(zip(MARKERS, "▼▲■◆●✚✖", strict=True))


def write_report(path: Path, metrics: Mapping[str, Any], predictions: Path) -> None:
    """Write the report of a run as a single HTML file without external resources.

    Figures thin and cut the predictions, so the page stays below 2 MB for any length, and they
    are read by columns and in pieces, so memory does too.

    Args:
        path: where the page is written.
        metrics: the content of metrics.json.
        predictions: predictions.parquet. Where there is no such file (a run that was interrupted
            early), the page says so and leaves out the figures drawn from it.
    """
    path.write_text(render(metrics, predictions), encoding="utf-8")


def render(metrics: Mapping[str, Any], predictions: Path) -> str:
    """The page as text. Arguments as in `write_report`."""
    return filled(
        "report.html.j2",
        metrics=metrics,
        learner=display_name(metrics, "onward"),
        verdict=verdict(metrics),
        summary=summary_sentence(metrics),
        settings=settings(metrics),
        steps=next_steps(metrics),
        advise=advise_command(metrics),
        headline=headline(metrics),
        level=LEVEL,
        overall=overall_table(metrics),
        phases=phase_table(metrics),
        phase_word=phase_word(metrics),
        series=series_table(metrics),
        intervals=intervals_table(metrics),
        tiles=_tiles(metrics),
        lines=lines_of(metrics),
        leaving=lines_that_leave(metrics),
        events=_events(metrics),
        **_stream_figures(metrics),
        **_mixture_parts(metrics),
        has_predictions=predictions.exists(),
        **_prediction_parts(metrics, predictions),
    )


def _stream_figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    gains = {size: gain_figure(metrics, f"gain{size}", inches) for size, inches in SIZES.items()}
    shown = all(gains.values())
    return {
        "gain": gains if shown else {},
        "gain_sentence": gain_sentence(metrics) if shown else "",
        "rolling": {
            size: rolling_figure(metrics, f"rolling{size}", inches)
            for size, inches in SIZES.items()
        },
    }


def _mixture_parts(metrics: Mapping[str, Any]) -> dict[str, Any]:
    figures = {
        size: trust_figure(metrics, f"trust{size}", inches) for size, inches in SIZES.items()
    }
    told = mixed(metrics)
    return {
        "trust": figures if all(figures.values()) else {},
        "areas": areas_of(metrics),
        "members": members_table(metrics),
        "regret": regret_sentence(metrics) if told else None,
        "idle": idle_sentence(metrics) if told else None,
    }


def _prediction_parts(metrics: Mapping[str, Any], predictions: Path) -> dict[str, Any]:
    stream = metrics["stream"]
    regression = stream["task"] == "regression"
    parts = {"targets": [], "confusion": None, "classes": [], "class_accuracy": None}
    parts["explorer"] = explorer(predictions, metrics) if predictions.exists() else None
    if not regression:
        parts["confusion"] = confusion(metrics)
    if not predictions.exists():
        return parts
    if regression:
        shown = stream["target_names"][:SHOWN_TARGETS]
        parts["targets"] = [
            (target, scatter_figure(predictions, target, f"target{index}"))
            for index, target in enumerate(shown)
        ]
    else:
        parts["classes"] = frequent_classes(metrics)
        parts["class_accuracy"] = class_accuracy_figure(predictions, metrics, "classes", (4.1, 2.9))
    return parts


def _events(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The mark of each kind of event, and how often it happened."""
    kinds = event_kinds(metrics)
    marks = (SHAPES[MARKERS[index % len(MARKERS)]] for index in range(len(kinds)))
    return [(mark, told(*kind)) for mark, kind in zip(marks, kinds.items(), strict=True)]


def _tiles(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    counts = metrics["counts"]
    names = {
        "samples": "samples read",
        "scored": "labels scored",
        "unlabelled": "labels missing or unusable",
        "skipped": "samples skipped",
        "sequences": "sequences",
    }
    told = {key: name for key, name in names.items() if counts[key] is not None}
    tiles = [(f"{counts[key]:,}", name) for key, name in told.items()]
    speed = metrics["samples_per_second"]
    tiles.append((f"{speed:,.0f}" if speed else MISSING, "samples per second"))
    return tiles + [
        (MISSING if value is None else f"{value:.3f}", f"mean {name.replace('_', ' ')}")
        for name, value in metrics["diagnostics"].items()
    ]
