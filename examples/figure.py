"""Draws docs/cortex.png, the README's figure, from the results of `make demo`."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

RESULTS = Path("out/demo/cortex/metrics.json")
FIGURE = Path("docs/cortex.png")
STYLES = {
    "onward": ("onward: GRU, immediate + RMSprop, always learning", "#0b6e4f", 2.4),
    "frozen after warm-up": ("the same network, frozen after 2,000 samples", "#c8553d", 1.6),
    "last label": ("last label", "#8d99ae", 1.2),
}


def main() -> None:
    """Rolling error of the learner beside its frozen twin and the last label."""
    metrics = json.loads(RESULTS.read_text())
    rolling, length = metrics["rolling"], metrics["stream"]["length"]
    figure, axes = plt.subplots(figsize=(8.5, 3.2), layout="constrained")
    for name, (label, colour, width) in STYLES.items():
        series = np.array(rolling["series"][name], float)
        smooth = np.convolve(np.pad(series, 2, mode="edge"), np.full(5, 0.2), mode="valid")
        score = metrics["learners"][name]["overall"]["r2"]
        axes.plot(
            rolling["rows"], smooth, color=colour, lw=width, label=f"{label} (R² {score:.2f})"
        )
    for event in (0.5, 0.75):
        axes.axvline(event * length, color="#555555", lw=0.8, ls=":")
    axes.set(
        xlabel="sample (50 ms bins; dotted: 30 % of the electrodes are replaced)",
        ylabel="mean absolute error / s.d.",
        xlim=(0, length),
        ylim=(0, None),
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", fontsize=9)
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=110)


if __name__ == "__main__":
    main()
