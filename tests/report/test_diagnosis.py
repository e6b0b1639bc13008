"""Figures of diagnostics: drawn from results alone, the same each time, for odd numbers too."""

from pathlib import Path

import numpy as np
import pytest

from matrix import left
from onward.diagnose import Alignment, CreditHorizon, GradientNorms, SelfPropagation, Spectrum
from onward.report.figures import diagnosis, theme

RANDOM = np.random.default_rng(0)
LENGTHS = np.array([1, 2, 4])
VALUES = -np.sort(-RANDOM.random((5, 3, 6)), axis=-1)
SINGULAR = VALUES * np.array([1, 1, 1, 1, 1, 0])
COSINE = np.append(RANDOM.random(40), np.nan)
ALIGNED = Alignment(COSINE, 2 * COSINE, 0.4, 0.8)

FIGURES = {
    "spectrum": (diagnosis.spectrum_figure, Spectrum(np.arange(5), LENGTHS, VALUES)),
    "singular": (diagnosis.spectrum_figure, Spectrum(np.arange(5), LENGTHS, SINGULAR)),
    "self-propagation": (diagnosis.self_propagation_figure, SelfPropagation(RANDOM.random(50))),
    "norms": (
        diagnosis.gradient_norms_figure,
        GradientNorms(("cell.a", "cell.b"), np.array([4, 9]), RANDOM.random((30, 2)) * [1e-4, 1]),
    ),
    "a group without gradient": (
        diagnosis.gradient_norms_figure,
        GradientNorms(("cell.a", "cell.$"), np.array([4, 9]), RANDOM.random((30, 2)) * [0, 1]),
    ),
    "alignment": (diagnosis.alignment_figure, {"one": ALIGNED, "two:k=4": ALIGNED}),
    "horizon": (
        diagnosis.credit_horizon_figure,
        CreditHorizon(LENGTHS, np.array([0.2, 0.95, 1.0]), np.ones(3)),
    ),
    "no horizon": (
        diagnosis.credit_horizon_figure,
        CreditHorizon(LENGTHS, np.array([-0.2, 0.3, 0.4]), np.ones(3)),
    ),
}


# Others are drawn by the same functions.
AGAIN = ("singular", "a group without gradient", "no horizon")


@pytest.mark.parametrize("case", [left(case) if case in AGAIN else case for case in FIGURES])
def test_a_figure_is_drawn_the_same_each_time(case: str, tmp_path: Path) -> None:
    draw, result = FIGURES[case]
    for name in ("first.png", "second.png"):
        draw(tmp_path / name, result)
    first = (tmp_path / "first.png").read_bytes()
    assert first == (tmp_path / "second.png").read_bytes()
    assert first[:4] == b"\x89PNG" and len(first) > 5_000


def test_figures_show_the_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is plotted, read back from the axes."""
    from matplotlib.figure import Figure

    drawn = {}

    def save(path, size, columns, plot):
        drawn[path.name] = Figure().subplots(1, columns, squeeze=False)[0]
        plot(*drawn[path.name])

    monkeypatch.setattr(diagnosis, "save", save)
    for name, (draw, result) in FIGURES.items():
        draw(tmp_path / name, result)
    values, norms, _ = drawn["spectrum"]
    np.testing.assert_allclose(values.lines[-1].get_ydata(), np.median(VALUES[:, 0], axis=0))
    np.testing.assert_allclose(norms.lines[0].get_ydata(), np.median(VALUES[..., 0], axis=0))
    (norms,) = drawn["norms"]
    np.testing.assert_allclose(norms.lines[0].get_xdata(), FIGURES["norms"][1].typical)
    cosines, ratios = drawn["alignment"]
    assert [line.get_xdata()[0] for line in cosines.lines] == [0.4, 0.4]
    assert [line.get_xdata()[0] for line in ratios.lines[:2]] == [0.8, 0.8]
    (horizon,) = drawn["horizon"]
    np.testing.assert_allclose(horizon.lines[0].get_ydata(), [0.2, 0.95, 1.0])
    assert "2 steps" in horizon.get_title() and "more than 4" in drawn["no horizon"][0].get_title()


def test_no_stand_in_colour_is_left(tmp_path: Path) -> None:
    draw, result = FIGURES["alignment"]
    draw(tmp_path / "figure.svg", result)
    text = (tmp_path / "figure.svg").read_text("utf-8")
    assert theme.PALETTE["learner"] in text
    assert not any(colour in text for colour in theme.COLOURS.values())
