"""One page per study, in one file that needs no network."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from onward.report.decoding.curves import below_zero, day_lines, days_figure
from onward.report.decoding.drift import (
    drift_figure,
    mask_figure,
    masked_sentence,
    shifted_sentence,
)
from onward.report.decoding.parts import ablation_bars, events_table, guarded_sentence
from onward.report.decoding.passages import passages
from onward.report.decoding.settings import busy, decode_settings, latency_tiles
from onward.report.decoding.standings import SHADOW
from onward.report.decoding.tables import axes_table, decoders_table, sessions_table
from onward.report.decoding.told import told_sentence, told_table
from onward.report.decoding.verdict import decode_verdict
from onward.report.decoding.within import minutes_figure, training_figure
from onward.report.html import SIZES
from onward.report.page import filled

Draw = Callable[[str, tuple[float, float]], str | None]


def write_decode_report(path: Path, results: Mapping[str, Any], predictions_folder: Path) -> None:
    """Write the report of a study as a single HTML file without external resources.

    The page holds a stretch of the predictions of each session and means of all others, so it
    stays below 2 MB for 20 sessions of any length. Memory: one session at a time.

    Args:
        path: where the page is written.
        results: the content of decode.json.
        predictions_folder: of `SESSION.npz`; what is not there is left out.
    """
    path.write_text(_rendered(results, predictions_folder), encoding="utf-8")


def _rendered(results: Mapping[str, Any], predictions: Path) -> str:
    explorer, minutes = passages(results, predictions)
    adapts = results["config"]["adapt"]
    lines = day_lines(results)
    return filled(
        "decoding/decode.html.j2",
        results=results,
        verdict=decode_verdict(results),
        settings=decode_settings(results),
        lines=lines,
        shadowed=[line for line in lines if line.key == SHADOW],
        days=_both("days", lambda name, size: days_figure(results, name, size)),
        below=below_zero(results),
        decoders=decoders_table(results),
        sessions=sessions_table(results),
        axes=axes_table(results),
        told=told_table(results),
        told_sentence=told_sentence(results),
        minutes=_both("minutes", lambda name, size: minutes_figure(minutes, adapts, name, size)),
        events=events_table(results),
        guarded=guarded_sentence(results),
        bars=ablation_bars(results),
        training=_both("training", lambda name, size: training_figure(results, name, size)),
        explorer=explorer,
        drift=_both("drift", lambda name, size: drift_figure(results, name, size)),
        masks=_both("masks", lambda name, size: mask_figure(results, name, size)),
        shifted=shifted_sentence(results),
        masked=masked_sentence(results),
        latency=latency_tiles(results),
        busy=busy(results),
        command=results.get("command"),
    )


def _both(name: str, figure: Draw) -> dict[str, str]:
    """A figure for wide and for narrow screens; none where there is nothing to draw."""
    found = {size: figure(f"{name}{size}", inches) for size, inches in SIZES.items()}
    return {size: svg for size, svg in found.items() if svg is not None}
