"""B6: what immediate derivatives and exact RTRL take in memory."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from onward.cost.budget import readable
from papers import footprint
from papers.claim import AbstractClaim, held_in
from papers.lab import Lab
from papers.result import Figure, Row, Series, Table, Verdict

RULES = {"immediate": "immediate", "exact RTRL": "rtrl"}
FLOAT, COPIES = 4, 3
FAR = 0.1


@dataclass(frozen=True)
class B6(AbstractClaim):
    """Judged by exact RTRL's bytes over the immediate rule's, counted at the largest network and
    measured at the largest where both run: at least a tenth of n."""

    id: ClassVar[str] = "B6"
    statement: ClassVar[str] = "Without propagation, learning takes n times less memory"
    paper: ClassVar[str] = "12.6 MB against 12.9 GB at n=1024"
    notes: ClassVar[tuple[str, ...]] = (
        "The paper's figures are three float32 copies of the n² recurrent weights, 12·n² bytes "
        "(weights, gradients and second moments, say), and three of an influence of n³ numbers, "
        "12·n³ bytes.",
        "Kept is what stays from sample to sample here: weights, second moments, the state and "
        "one influence, which is moved in place.",
        "Measured is the largest resident size of a process of its own while it makes a network "
        "and learns four samples, above its size before. Exact RTRL's is twice what is kept, "
        "because the state is copied once while it is made. Small networks lie below what a "
        "process can be measured to: read the large ones.",
        "Exact RTRL is run up to n=512 (256 on the quick scale) and counted beyond.",
    )

    sizes: tuple[int, ...] = (64, 128, 256, 512, 1024)
    largest_exact: int = 512

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        # Time grows with n⁴, so that it is divided by more than the factor.
        runs = tuple(n for n in self.sizes if n**2 * lab.factor <= self.largest_exact**2)
        counted = [
            Row.of(_name(rule, n), [footprint.kept(RULES[rule], n)], [_copies(rule, n)])
            for rule in RULES
            for n in self.sizes
        ]
        measured = [
            Row.of(_name(rule, n), [size])
            for rule, sizes in zip(RULES, (self.sizes, runs), strict=True)
            for n, size in zip(sizes, self._resident(lab, RULES[rule], sizes), strict=True)
        ]
        return (
            Table("Counted, vanilla RNN", ("kept, bytes", "as the paper, bytes"), tuple(counted)),
            Table("Measured, vanilla RNN", ("peak resident, bytes",), tuple(measured)),
        )

    def _resident(self, lab: Lab, rule: str, sizes: tuple[int, ...]) -> list[float]:
        what = {"resident": rule, "sizes": list(sizes), "steps": footprint.STEPS}
        run = lambda: np.array(footprint.resident(rule, sizes))  # noqa: E731
        return lab.remembered(what, f"memory of {rule}", run).tolist()

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        counted, measured = tables
        names = [row.name for row in measured]
        both = max(n for n in self.sizes if _name("exact RTRL", n) in names)
        largest = max(self.sizes)
        ratios = [_ratio(counted, largest), _ratio(measured, both)]
        small, large = (counted[_name(rule, largest)].mean() for rule in RULES)
        return held_in(
            [ratio >= FAR * n for ratio, n in zip(ratios, (largest, both), strict=True)],
            [f"counted at n={largest}", f"measured at n={both}"],
            ours=f"{readable(int(small))} against {readable(int(large))}",
            reason=f"exact RTRL takes {ratios[0]:.0f} times as much at n={largest} (counted) and "
            f"{ratios[1]:.0f} times at n={both} (measured); the paper's copies give "
            f"{readable(_copies('immediate', largest))} and "
            f"{readable(_copies('exact RTRL', largest))}",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        series = []
        for table, kind in zip(tables, ("kept", "measured"), strict=True):
            names = [row.name for row in table]
            for rule in RULES:
                sizes = [n for n in self.sizes if _name(rule, n) in names]
                rows = [table[_name(rule, n)] for n in sizes]
                series.append(Series.of(f"{rule}, {kind}", sizes, rows))
        return Figure(
            "lines",
            "Memory of learning",
            xlabel="hidden units n",
            ylabel="bytes",
            series=tuple(series),
            logarithmic="xy",
        )


def _name(rule: str, size: int) -> str:
    return f"{rule}, n={size}"


def _copies(rule: str, size: int) -> int:
    """Three copies of the recurrent weights, or of their influence on n units."""
    return COPIES * FLOAT * size**2 * (1 if rule == "immediate" else size)


def _ratio(table: Table, size: int) -> float:
    small, large = (table[_name(rule, size)].mean() for rule in RULES)
    return large / small
