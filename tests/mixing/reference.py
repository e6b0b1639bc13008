"""Mixing as it is defined, in plain NumPy: weights as such, information matrices inverted."""

import numpy as np

from onward.mixing import Mixing
from onward.mixing.charges import LEAST, MOST_LOSS
from onward.mixing.mixing import FAR, PLAIN, SLOW_SHARE, TOP_LOSS, TOP_PLAIN


def normalised(logarithms: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Weights of those that are there."""
    if not there.any():
        return np.zeros(len(there))
    mass = np.where(there, np.exp(logarithms - logarithms[there].max()), 0)
    return mass / mass.sum()


def shared(logarithms, loss, there, discount, share) -> np.ndarray:
    """log w ← γ log w - loss, w ← (1 - α) w / Σ w + α / N; who is absent loses as all others do."""
    together = 0.0
    if there.any():
        mean = normalised(logarithms, there) @ np.exp(-np.where(there, loss, 0))
        together = -np.log(mean)
    weights = normalised(
        discount * logarithms - np.where(there, loss, together), np.ones(len(there), bool)
    )
    return np.log((1 - share) * weights + share / len(weights))


class Stacker:
    """Ridge regression with forgetting, one output; the prior renewed in turn."""

    def __init__(self, width: int, forgetting: float, prior: float):
        self.information = prior * np.eye(width)
        self.coefficients = np.zeros(width)
        self.place, self.forgetting, self.prior = 0, forgetting, prior

    def learn(self, features, target, weight) -> None:
        age, width = self.forgetting**weight, len(features)
        self.information = age * self.information + weight * np.outer(features, features)
        error = target - self.coefficients @ features
        self.coefficients += weight * error * np.linalg.solve(self.information, features)
        if age < 1:
            self.information[self.place, self.place] += (1 - age) * width * self.prior
            self.place = (self.place + 1) % width


class Reference:
    """See `Mixing`; of one stream of opinions and labels."""

    def __init__(self, mixing: Mixing, members: int, outputs: int, classes: bool, favourite=None):
        self.mixing, self.classes = mixing, classes
        self.hedges = np.zeros((len(mixing.discounts) + 1, members))
        if favourite is not None:
            self.hedges[:, favourite] = mixing.lean
        self.stackers = [
            [Stacker(members + 1, forgetting, mixing.prior) for _ in range(outputs)]
            for forgetting in mixing.forgetting
        ]
        self.top = np.zeros(len(self.hedges) + len(self.stackers))
        self.errors, self.count = np.zeros(outputs), np.zeros(outputs)

    def speak(self, said: np.ndarray, there: np.ndarray) -> np.ndarray:
        """The prediction from opinions, shape (members, outputs)."""
        middle = len(self.mixing.discounts) // 2
        heard = np.where(there[:, None], said, 0)
        if not self.classes:
            most = heard[np.where(there, self.hedges[middle], -np.inf).argmax()]
            far = FAR * np.sqrt(self.errors)
            heard = np.clip(heard, most - far, most + far)
        hedged = [normalised(one, there) @ heard for one in self.hedges]
        base = hedged[middle]
        units = np.sqrt(np.where(self.errors > 0, self.errors, 1))
        units = np.ones_like(units) if self.classes else units
        apart = np.where(there[:, None], np.clip((said - base) / units, -10, 10), 0)
        features = np.vstack([apart, np.ones(len(units))]).T
        stacked = []
        for each in self.stackers:
            made = [one.coefficients @ row for one, row in zip(each, features, strict=True)]
            one = base + units * np.array(made)
            stacked.append(np.clip(one, LEAST, 1) if self.classes else one)
        if self.classes:
            stacked = [one / one.sum() for one in stacked]
        self.said = said, there, np.array(hedged + stacked), base, units, features
        return normalised(self.top, np.ones(len(self.top), bool)) @ self.said[2]

    def losses(self, said, label, known) -> tuple[np.ndarray, np.ndarray]:
        """By the loss, and by mistakes."""
        if self.classes:
            right = int(label.argmax())
            others = np.delete(said, right, axis=1).max(axis=1)
            mistaken = others >= said[:, right]
            return -np.log(np.clip(said[:, right], LEAST, 1)), mistaken.astype(float)
        usual = np.where(self.errors > 0, self.errors, 1)[known]
        gaps = (said - label)[:, known]
        squares = (gaps**2 / usual).mean(axis=1) / 2
        return np.minimum(squares, MOST_LOSS), np.minimum(
            (np.abs(gaps) / np.sqrt(usual)).mean(axis=1), MOST_LOSS
        )

    def learn(self, label, known, weight=1.0, rate=1.0) -> None:
        if not known.any() or weight == 0:
            return
        said, there, candidates, base, units, features = self.said
        mixing, ones = self.mixing, np.ones(len(self.top), bool)
        for output in np.flatnonzero(known):
            square = (label[output] - base[output]) ** 2
            if self.errors[output] > 0:
                square = min(square, 100 * self.errors[output])
            self.count[output] += 1
            part = 1 / min(self.count[output], mixing.memory)
            self.errors[output] += part * (square - self.errors[output])
        loss, plain = (rate * weight * one for one in self.losses(said, label, known))
        for place, discount in enumerate(mixing.discounts):
            self.hedges[place] = shared(self.hedges[place], loss, there, discount, mixing.share)
        self.hedges[-1] = shared(self.hedges[-1], PLAIN * plain, there, 1.0, SLOW_SHARE)
        loss, plain = (rate * weight * one for one in self.losses(candidates, label, known))
        if self.classes:
            cost = TOP_LOSS * loss + TOP_PLAIN * plain
            self.top = shared(self.top, cost, ones, 1.0, SLOW_SHARE)
        else:
            self.top = shared(self.top, loss, ones, mixing.top_discount, mixing.share)
        for each in self.stackers:
            for output in np.flatnonzero(known):
                residual = (label[output] - base[output]) / units[output]
                residual = residual if self.classes else np.clip(residual, -10, 10)
                each[output].learn(features[output], residual, weight)
