"""One figure for each diagnostic of `onward.diagnose`, as image files."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onward.report.figures.theme import PALETTE, plain_logarithm, save, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from onward.diagnose import (
        Alignment,
        CreditHorizon,
        GradientNorms,
        SelfPropagation,
        Spectrum,
    )

LEVEL = 0.9


def spectrum_figure(path: Path, spectrum: "Spectrum") -> None:
    """Singular values of J, and how products of J shrink and lose directions."""

    def plot(values: "Axes", norms: "Axes", conditions: "Axes") -> None:
        ranks = np.arange(1, spectrum.singular_values.shape[2] + 1)
        single = spectrum.singular_values[:, 0]
        values.plot(ranks, _positive(single).T, color=PALETTE["baseline"], linewidth=0.6, alpha=0.6)
        values.plot(ranks, _positive(np.median(single, axis=0)), color=PALETTE["learner"])
        values.set(xlabel="rank", ylabel="singular value", title="Jacobian", yscale="log")
        plain_logarithm(values.yaxis)
        _band(norms, spectrum.lengths, spectrum.norm)
        norms.set(xlabel="steps", ylabel="spectral norm", title="Products of Jacobians")
        _band(conditions, spectrum.lengths, spectrum.condition_number)
        conditions.set(xlabel="steps", ylabel="condition number", title="Products of Jacobians")
        for axes in (norms, conditions):
            _powers_of_two(axes, spectrum.lengths)

    save(path, (9.6, 2.9), 3, plot)


def self_propagation_figure(path: Path, found: "SelfPropagation") -> None:
    """The mean diagonal of J along the stretch."""

    def plot(axes: "Axes") -> None:
        axes.plot(found.mean_diagonal, color=PALETTE["learner"], linewidth=1.2)
        axes.axhline(found.mean, color=PALETTE["frozen"], linewidth=1.2, linestyle=(0, (4, 2)))
        axes.set(xlabel="row of the stretch", ylabel="mean diagonal of J")
        axes.set_title(f"Self-propagation: {found.mean:.3f} in the mean")
        axes.margins(x=0)

    save(path, (6.2, 2.9), 1, plot)


def gradient_norms_figure(path: Path, found: "GradientNorms") -> None:
    """The size of a single parameter's gradient in each group."""

    def plot(axes: "Axes") -> None:
        places = np.arange(len(found.groups))[::-1]
        typical = _positive(found.typical)
        axes.hlines(places, np.nanmin(typical) / 2, typical, color=PALETTE["grid"], linewidth=2)
        axes.plot(typical, places, "o", color=PALETTE["learner"], markersize=6)
        axes.set_yticks(places, [shorten(name) for name in found.groups])
        axes.set_xscale("log")
        plain_logarithm(axes.xaxis)
        axes.set(xlabel="root mean square gradient of one parameter", ylim=(-0.6, places[0] + 0.6))
        axes.grid(visible=False, axis="y")
        axes.set_title("Gradients by group of parameters")

    save(path, (6.2, 0.9 + 0.34 * len(found.groups)), 1, plot)


def alignment_figure(path: Path, alignments: "Mapping[str, Alignment]") -> None:
    """How each rule's gradient lies to the exact one, over the stretch and sample by sample."""

    def plot(cosines: "Axes", ratios: "Axes") -> None:
        places = np.arange(len(alignments))[::-1]
        for place, one in zip(places, alignments.values(), strict=True):
            for axes, samples, overall in (
                (cosines, one.cosine, one.overall_cosine),
                (ratios, one.norm_ratio, one.overall_norm_ratio),
            ):
                low, high = np.quantile(samples[np.isfinite(samples)], [0.1, 0.9])
                axes.hlines(place, low, high, color=PALETTE["baseline"], linewidth=3, alpha=0.5)
                axes.plot(overall, place, "o", color=PALETTE["learner"], markersize=6)
        names = [shorten(name) for name in alignments]
        cosines.set_yticks(places, names)
        ratios.set_yticks(places, [""] * len(names))
        cosines.set(
            xlabel="cosine with the exact gradient", xlim=(min(0, cosines.get_xlim()[0]), 1.03)
        )
        ratios.set(xlabel="norm by the exact gradient's", xscale="log")
        plain_logarithm(ratios.xaxis)
        ratios.axvline(1, color=PALETTE["muted"], linewidth=0.8)
        cosines.set_title("Dot: the stretch as a whole")
        ratios.set_title("Band: 10 to 90 % of its samples")
        for axes in (cosines, ratios):
            axes.set_ylim(-0.6, places[0] + 0.6)

    save(path, (8.6, 1.0 + 0.34 * len(alignments)), 2, plot)


def credit_horizon_figure(path: Path, found: "CreditHorizon") -> None:
    """The cosine of truncated with exact credit, against the window."""

    def plot(axes: "Axes") -> None:
        axes.plot(found.windows, found.cosine, "o-", color=PALETTE["learner"], markersize=5)
        axes.axhline(LEVEL, color=PALETTE["muted"], linewidth=0.8, linestyle=(0, (4, 2)))
        reach = found.reach(LEVEL)
        if reach is not None:
            axes.axvline(reach, color=PALETTE["frozen"], linewidth=1.2, linestyle=(0, (4, 2)))
        title = f"more than {found.windows[-1]}" if reach is None else str(reach)
        axes.set(xlabel="steps that credit goes back", ylabel="cosine with the exact gradient")
        axes.set(ylim=(min(0, np.nanmin(found.cosine)) - 0.02, 1.03))
        axes.set_title(f"Credit horizon: {title} steps for a cosine of {LEVEL:g}")
        _powers_of_two(axes, found.windows)

    save(path, (5.4, 3.0), 1, plot)


def _band(axes: "Axes", lengths: np.ndarray, values: np.ndarray) -> None:
    """Median and quartiles over the samples."""
    # Samples themselves: there is no interpolating towards an infinite condition number.
    ordered = _positive(np.sort(values, axis=0))
    low, middle, high = (ordered[round(q * (len(ordered) - 1))] for q in (0.25, 0.5, 0.75))
    if np.isnan(low).all():
        axes.text(0.5, 0.5, "infinite", transform=axes.transAxes, ha="center")
        return
    axes.fill_between(lengths, low, high, color=PALETTE["learner"], alpha=0.2, linewidth=0)
    axes.plot(lengths, middle, "o-", color=PALETTE["learner"], markersize=4)
    axes.set_yscale("log")
    plain_logarithm(axes.yaxis)


def _positive(values: np.ndarray) -> np.ndarray:
    """NaN, which leaves a gap, where a logarithmic axis can show nothing."""
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _powers_of_two(axes: "Axes", lengths: np.ndarray) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(lengths, [str(length) for length in lengths])
    axes.tick_params(axis="x", which="minor", length=0)
