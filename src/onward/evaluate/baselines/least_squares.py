"""Linear and logistic regression by recursive least squares with forgetting."""

import math
from collections.abc import Mapping

import numpy as np

from onward.evaluate.state import State, copy_arrays, load_arrays

# Rows that are remembered, and how many times the number of features at least.
MEMORY, TIMES_WIDTH = 1000, 10
# In rows: as much as this many say that a weight stays where it is.
PRIOR = 1.0
# Features above which every weight is sure by itself: then a row costs O(q) and not O(q²).
WIDEST = 256
MOST_STEPS, LONGEST, PRECISION = 100, 4.0, 1e-6


class RecursiveLeastSquares:
    """o = W φ, learnt row by row with forgetting λ: for labels in units, or for classes.

    With P = S Sᵀ the inverse of what is known about a row of W:

        P ← P / λ,   s = φᵀ P φ,   k = P φ
        W ← W + (o* - o) kᵀ / s,   P ← P - k kᵀ h / (1 + h s)

    In regression o* = o + (label - o) s / (1 + s) and h = 1: least squares weighted by age. In
    classification o* is the argmin of -log softmax(o')[label] + |o' - o|² / (2 s): the step whose
    slope is that of the place it arrives at, which cannot overshoot; and
    h = (1 - Σ p²) / (classes - 1) there, the mean curvature. The outputs share P.

    Each weight has a prior in units of its feature's variance, which keeps its strength: what
    forgetting takes from it is given back, to one weight a row in turn, and to all in rows 2, 4,
    8 ..., since the variances are not known at first. A feature that has not varied is left out.
    So scales may differ and may move: features are never divided by them.

    λ = 1 - 1 / max(1000, 10 q) for q features. Above 256 features P is kept diagonal: then the
    step is a normalised gradient step with a rate for each weight.

    Cost: some 60 µs a row at 100 features and 200 µs at 256, then 60 µs for each further 1,000.

    Args:
        features: q, with the constant.
        outputs: numbers of o.
        classes: whether o are logits.
    """

    def __init__(self, features: int, outputs: int, classes: bool):
        self.classes = classes
        self.forgetting = 1.0 - 1.0 / max(MEMORY, TIMES_WIDTH * features)
        self.full = features <= WIDEST
        # Weights that know nothing of each other would all correct the same error.
        self._strength = PRIOR if self.full else float(features)
        self.weights = np.zeros((outputs, features))
        self._root = np.zeros((features, features) if self.full else features)
        # What is left of each weight's prior.
        self._prior = np.zeros(features)
        self._learnt = np.zeros(1, np.int64)
        self._scratch = np.empty_like(self._root)

    def learn(
        self, features: np.ndarray, label: np.ndarray, known: np.ndarray, variances: np.ndarray
    ) -> None:
        """Learn from one row.

        Args:
            features: φ, shape (q,).
            label: one number an output, 1 at the class in classification, shape (outputs,).
            known: which outputs have a label, shape (outputs,).
            variances: of the features, 1 for the constant, shape (q,).
        """
        self._keep_prior(self._strength * variances)
        self._root /= math.sqrt(self.forgetting)
        self._prior *= self.forgetting
        seen = self._root.T @ features if self.full else self._root * features
        spread = float(seen @ seen)
        if not spread > 0:
            return
        gain = self._root @ seen if self.full else self._root * seen
        output = self.weights @ features
        if self.classes:
            step, curvature = proximal_softmax(output, label, spread)
        else:
            step, curvature = (label - output) / (1.0 + spread), 1.0
        self.weights += np.where(known, step, 0.0)[:, None] * gain
        self._inform(gain, seen, spread, curvature)

    def state(self) -> State:
        return copy_arrays(self._arrays())

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(self._arrays(), state)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {
            "weights": self.weights,
            "root": self._root,
            "prior": self._prior,
            "learnt": self._learnt,
        }

    def _inform(self, gain, seen: np.ndarray, spread: float, information: float) -> None:
        """S after P⁻¹ has gained `information` · φ φᵀ, where `seen` = Sᵀ φ and `gain` = P φ."""
        total = 1.0 + information * spread
        if self.full:
            share = information / (total + math.sqrt(total))
            np.multiply((share * gain)[:, None], seen, out=self._scratch)
            self._root -= self._scratch
        else:
            self._root *= np.sqrt(1.0 - information * seen * seen / total)

    def _keep_prior(self, wanted: np.ndarray) -> None:
        """Give the next weight, or every weight, what its prior lacks of `wanted`."""
        count = int(self._learnt[0])
        self._learnt += 1
        if not self._prior.all():
            places = np.flatnonzero((self._prior == 0) & (wanted > 0))
            self._root[(places, places) if self.full else places] = 1.0 / np.sqrt(wanted[places])
            self._prior[places] = wanted[places]
        if not self.full:
            lacking = np.maximum(wanted - self._prior, 0.0)
            self._root /= np.sqrt(1.0 + lacking * self._root * self._root)
            self._prior += lacking
            return
        every = count & (count - 1) == 0
        for place in range(len(wanted)) if every else (count % len(wanted),):
            lacking = float(wanted[place] - self._prior[place])
            if lacking > 0:
                seen = self._root[place].copy()
                gain = self._root @ seen
                self._inform(gain, seen, float(seen @ seen), lacking)
                self._prior[place] = wanted[place]


def softmax(output: np.ndarray) -> np.ndarray:
    """Probabilities of classes from their logits, shape (classes,)."""
    powers = np.exp(output - output.max())
    return powers / powers.sum()


def proximal_softmax(
    output: np.ndarray, label: np.ndarray, spread: float
) -> tuple[np.ndarray, float]:
    """(o* - output) / spread for o* = argmin -log softmax(o)[label] + |o - output|² / (2 spread),
    and the mean curvature of the first term there.

    By Newton's method, with the inverse of I + spread · (diag(p) - p pᵀ) as Sherman and Morrison
    give it; no step moves a logit by more than 4.
    """
    reached, probabilities = output, softmax(output)
    for _ in range(MOST_STEPS):
        slope = reached - output + spread * (probabilities - label)
        inverse = 1.0 / (1.0 + spread * probabilities)
        direct, across = inverse * slope, inverse * probabilities
        step = direct + across * (spread * float(probabilities @ direct) / float(across.sum()))
        longest = float(np.abs(step).max())
        reached = reached - step * min(1.0, LONGEST / max(longest, LONGEST))
        probabilities = softmax(reached)
        if longest <= PRECISION * (1.0 + float(np.abs(reached).max())):
            break
    curvature = (1.0 - float(probabilities @ probabilities)) / (len(output) - 1)
    return label - probabilities, curvature
