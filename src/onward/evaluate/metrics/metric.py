"""A number of a score, as tables show it."""

from dataclasses import dataclass

MISSING = "–"


@dataclass(frozen=True)
class Metric:
    """A column of scores.

    Attributes:
        key: its name in the score's result.
        label: what tables call it.
        higher_is_better: which end is marked as the best.
        decimals: digits after the point, for scores whose scale is fixed; None for scores in the
            units of the targets, which are written with four significant digits.
    """

    key: str
    label: str
    higher_is_better: bool
    decimals: int | None

    @property
    def header(self) -> str:
        """The label, with an arrow that points to the better end."""
        return f"{self.label} {'↑' if self.higher_is_better else '↓'}"

    def format(self, value: float | None) -> str:
        """The score as text; a dash where there is none."""
        if value is None:
            return MISSING
        if self.decimals is None:
            text = f"{value:.4g}"
        elif abs(value) < 1000:
            text = f"{value:.{self.decimals}f}"
        else:
            text = f"{value:.1e}"
        # A score that rounds to zero has no sign.
        return text.replace("-", "−") if float(text) else text.lstrip("-")
