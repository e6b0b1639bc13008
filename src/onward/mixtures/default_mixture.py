"""The members that are good together on most streams."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax

from onward._checks import check_integer, check_key
from onward._typing import PRNGKeyArray
from onward.cells import GRU, AbstractCell, Memoryless
from onward.expansions import AbstractExpansion, Lags, MovingAverages, OneHot
from onward.forecasters import (
    AbstractForecaster,
    HoltWinters,
    LastLabel,
    Markov,
    MovingAverage,
    RunningMean,
    Seasonal,
)
from onward.learning.assembly import input_size
from onward.learning.inputs import Missing
from onward.learning.learner import Learner
from onward.losses import AbstractLoss, CrossEntropy, Squared
from onward.mixtures.mixture import Mixture
from onward.optimizers import Optimizer
from onward.readouts import KernelClassifier, KernelRegressor, RecursiveLeastSquares
from onward.rules import AbstractRule, ReadoutOnly

# Numbers that a line reads at most: the cost of its update grows with their square.
WIDEST = 128
# Numbers by which samples are compared at most: the cost of it grows with a thousand times that.
MOST_COMPARED = 64
# Numbers that a network with expansions reads at most.
MOST_READ = 320
# Of the optimizer's rate, for the second network.
SLOWER = 0.3
# Features up to which those of few integers get a column for each value.
MOST_LISTED = 12
# Lags of the fed-back label: hours of the day before, and of the week before, among others.
DAY_LAGS = (1, 2, 3, 5, 11, 22, 23)
LABEL_LAGS = (*DAY_LAGS, 46, 47, 166, 167)
PERIODS = (7, 12, 24, 168)

Expansions = tuple[AbstractExpansion, ...]


def default_mixture(
    features: int,
    targets: int = 1,
    *,
    classes: int | None = None,
    delay: int = 0,
    key: PRNGKeyArray,
    cell: Callable[..., AbstractCell] = GRU,
    size: int = 64,
    rule: AbstractRule | None = None,
    loss: AbstractLoss | None = None,
    optimizer: Any = "auto",
    learning_rate: Any = None,
    feedback: bool = True,
    missing: Missing = "mean",
    mask: bool = False,
) -> Mixture:
    """Networks, lines and forecasters, for somebody with a stream, one pass and no time to tune.

    Members: a network on the features; one at a third of its rate; one that also reads moving
    averages; one of half the size that reads lags of the label, and integer features as names;
    the labels of the thousand newest samples, by how like they are (`KernelRegressor`,
    `KernelClassifier`); lines by recursive least squares on the features, and on moving averages
    and lags; the last label, the running mean, a moving average, the label of a week, a
    year or a day ago; exponential smoothing for numbers, a Markov table for classes. A line that
    would read more than 128 numbers reads fewer lags, and is left out if it still does; samples of
    more than 64 numbers are not compared. Where there is one feature or none, likeness is that of
    lags of the label, too.

    Cost: some five times that of the first network alone, and three times with a hundred features.

    Args:
        features: numbers per sample.
        targets: numbers per label (1 for classification: the index of the class).
        classes: how many there are; None for regression.
        delay: the label passed to a step belongs to the sample this many steps earlier.
        key: draws the networks' weights.
        cell: class of the networks' cell, called as `cell(input_size, size, key=key)`.
        size: hidden units of a network.
        rule: of the networks; see `Learner` for this and what follows.
        loss: of the networks. Lines learn squares, or classes.
        optimizer: of the networks.
        learning_rate: of the networks; the second has a third of it.
        feedback: whether members read the newest label.
        missing: where a missing feature stands.
        mask: whether members read which features are missing.
    """
    check_integer("features", features, least=0, example=1)
    check_key(key)
    if not callable(cell):
        raise ValueError(f"Expected the class of a cell; got {cell!r}. Try cell=onward.GRU.")
    if loss is None:
        loss = Squared() if classes is None else CrossEntropy(classes)
    width = loss.width(targets) if feedback else 0
    common: dict[str, Any] = {
        "delay": delay,
        "feedback": feedback,
        "missing": missing,
        "mask": mask,
    }
    keys = iter(jax.random.split(key, 4))

    def network(
        chosen: Any, rate: Any, *expansions: AbstractExpansion, units: int = size
    ) -> Learner | None:
        inputs = input_size(features, width, mask, expansions)
        if expansions and inputs > MOST_READ:
            return None
        return Learner(
            cell(inputs, units, key=next(keys)),
            targets,
            loss=loss,
            rule=rule,
            optimizer=chosen,
            learning_rate=rate,
            expansions=expansions,
            **common,
        )

    def memoryless(readout: Any, inputs: int, expansions: Expansions) -> Learner:
        return Learner(
            Memoryless(inputs, dtype=dtype),
            targets,
            loss=loss if loss.categorical else Squared(),
            rule=ReadoutOnly(),
            optimizer="sgd",
            readout=readout,
            expansions=expansions,
            **common,
        )

    def line(forgetting: float, *wanted: AbstractExpansion) -> Learner | None:
        expansions: Expansions = ()
        for one in wanted:
            if input_size(features, width, mask, (*expansions, one)) < WIDEST:
                expansions = (*expansions, one)
        inputs = input_size(features, width, mask, expansions)
        if not 0 < inputs < WIDEST or len(expansions) < min(1, len(wanted)):
            return None
        return memoryless(partial(RecursiveLeastSquares, forgetting=forgetting), inputs, expansions)

    def like_samples() -> Learner | None:
        past: Expansions = (Lags(DAY_LAGS, "labels"),) if feedback and features < 2 else ()
        inputs = input_size(features, width, mask, past)
        if not 0 < inputs <= MOST_COMPARED:
            return None
        return memoryless(KernelClassifier if loss.categorical else KernelRegressor, inputs, past)

    averages, lags = MovingAverages(), Lags(LABEL_LAGS, "labels")
    named = (OneHot(),) if 0 < features <= MOST_LISTED else ()
    main = network(optimizer, learning_rate)
    assert main is not None, "without expansions it is always there"
    dtype = main.dtype
    # What "auto" says of the cell holds for all; measuring it takes a second.
    chosen = main.parts.optimizer.name if optimizer == "auto" else optimizer
    memory = (*((lags,) if feedback else ()), *named)
    # In this order they pass side by side: what takes long comes before what does not.
    learners = {
        "network": main,
        "slow network": network(*_slower(chosen, main.parts.optimizer)),
        "network with averages": network(chosen, learning_rate, averages),
        # It reads so much that more units would make it the dearest by far.
        "network with lags": network(chosen, learning_rate, *memory, units=max(1, size // 2))
        if memory
        else None,
        "like samples": like_samples(),
        "line with memory": line(0.999, averages, *((lags,) if feedback else ()), Lags((1, 2))),
        "line": line(0.999),
    }
    kept = {name: one for name, one in learners.items() if one is not None}
    return Mixture({**kept, **_forecasters(loss.categorical)})


def _slower(chosen: Any, used: Optimizer) -> tuple[Any, Any]:
    """The optimizer and the learning rate of the second network."""
    rates = {group: _slowed(rate) for group, rate in used.rates}
    if not isinstance(chosen, Optimizer):
        return chosen, rates
    kept = {name: getattr(used, name) for name in ("weight_decay", "clip", "bound")}
    return Optimizer(dict(used.members), rates, **kept), None


def _slowed(rate: Any) -> Any:
    if callable(rate):
        schedule: Any = rate
        return lambda count: SLOWER * schedule(count)
    return SLOWER * rate


def _forecasters(categorical: bool) -> dict[str, AbstractForecaster]:
    common: dict[str, AbstractForecaster] = {
        "last label": LastLabel(),
        "running mean": RunningMean(),
        "moving average": MovingAverage(16.0),
        **{f"label {period} before": Seasonal(period) for period in PERIODS},
    }
    if categorical:
        return {**common, "Markov table": Markov()}
    return {
        **common,
        "smoothing": HoltWinters(seasonal=None),
        "smoothing, period 12": HoltWinters(12, "multiplicative"),
        "smoothing, period 24": HoltWinters(24, "additive"),
    }
