"""More features, targets or classes for a learner that goes on with what it has learnt."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_integer, check_key
from onward._typing import PRNGKeyArray
from onward.growing.input_axes import input_axes, with_inputs
from onward.growing.together_grown import grown, places
from onward.growing.transplant import columns, moved, tags, transplant
from onward.learning.learner import Learner
from onward.learning.state import LearnerFields, LearnerState, Sample
from onward.losses import CrossEntropy
from onward.mixtures.mixture import Mixture, MixtureFields
from onward.mixtures.table import Samples, initial, unsaid
from onward.readouts import (
    AbstractReadout,
    KernelClassifier,
    KernelRegressor,
    Linear,
    RecursiveLeastSquares,
)

Growing = Learner | Mixture
# Features, targets and classes; None for as many as now.
Sizes = tuple[int | None, int | None, int | None]

# Of a new class, as a share of all that is expected so far.
PRIOR = 0.01


def grow(
    learner: Growing,
    state: LearnerState,
    *,
    features: int | None = None,
    targets: int | None = None,
    classes: int | None = None,
    key: PRNGKeyArray,
) -> tuple[Growing, LearnerState]:
    """A learner or a mixture that reads more features, or predicts more, and its state.

        W' = [W_features, new, W_mask, new, W_expansions, new, W_label, new]

    Every number of the state is kept to the bit, at its new place. What is new is as in a state
    that is fresh: moments, influences and the scales' counts at zero, what waits for late labels
    as if the new features had been missing. New features come after the old ones, new classes
    after the old classes. The weights by which the cell reads what is new are drawn from the
    numbers in the weights that it began with, so they are distributed alike; those of a mask start
    at zero, since a feature that has not come yet is one that is missing. A readout reads
    what is new with weights of zero; a new target starts as in a fresh learner. The logit of a
    new class starts at a constant, by which it takes one hundredth of the probability that the
    constants give to all old ones together. Of a forecaster a new target is as in a fresh state;
    of a new class it knows that it has not come so far.

    All members of a mixture grow, and none is left out, however many numbers it comes to read:
    `default_mixture` for the larger size might have fewer. An optimizer that measures an array of
    weights as a whole, as "lars" and "adafactor" do, measures the larger array from then on.

    Args:
        learner: of any parts whose cell reads its input by weights with an axis for it; or a
            mixture of such.
        state: of that learner; its arrays become part of the new one, which consumes them.
        features: numbers per sample from now on, at least as many as now.
        targets: numbers per label from now on.
        classes: of a `CrossEntropy`, from now on.
        key: draws the new weights.

    Returns:
        The learner, whose optimizer is the one in use, and the state.

    Raises:
        ValueError: something would shrink; `classes` without a `CrossEntropy`, or `targets` with
            one; a cell whose input cannot grow (`Embedded`, `Residual`); a readout of your own
            that was handed over as an object, not as a class; an expansion without `tags`; an
            optimizer that comes to keep row and column means of a matrix ("adafactor").

    Exactness: after growing by features that stay missing predictions go on as they were, up to
    rounding, since products over more columns are summed in another order. Not so with a mask,
    whose weights learn that something is missing, nor with a `RecursiveLeastSquares` that forgets,
    which renews the priors of more weights in turn, nor for long with a `KernelClassifier` or a
    `KernelRegressor`, whose scales are drawn to where those of more inputs begin. Cost: a program
    is compiled for the new sizes.
    """
    check_key(key)
    learner.admit(state)
    sizes = features, targets, classes
    if isinstance(learner, Mixture):
        return _mixture(learner, state, sizes, key)
    bigger, fields = _grown(learner, state.fields, sizes, key)
    return bigger, LearnerState(fields)


def grow_sample(learner: Any, bigger: Any, sample: Any) -> Any:
    """A sample that waits for its label, for a learner that has grown.

    Args:
        learner: as it was.
        bigger: as `grow` made it.
        sample: seen by the learner as it was.
    """
    if isinstance(learner, Mixture):
        sizes = places(learner.table, bigger.table)
        samples = tuple(
            map(grow_sample, learner.learners.values(), bigger.learners.values(), sample.members)
        )
        return Samples(samples, moved(sample.spoken, fresh_sample(bigger).spoken, sizes))
    return transplant(learner, bigger, sample, fresh_sample(bigger))


def fresh_sample(learner: Growing) -> Any:
    """What is kept of a sample that no label can be credited to.

    Args:
        learner: of any parts, or a mixture.
    """
    if isinstance(learner, Mixture):
        samples = tuple(map(fresh_sample, learner.learners.values()))
        return Samples(samples, unsaid(learner.table, len(samples), learner.dtype))
    cell, recurrent = learner.cell, learner.cell.init_state()
    x = jnp.zeros(cell.input_size, cell.dtype)
    carry = learner.parts.rule.init(cell, recurrent, x, jax.random.key(0))
    return Sample(x, recurrent, carry, jnp.asarray(False))


def _mixture(
    mixture: Mixture, state: LearnerState, sizes: Sizes, key: PRNGKeyArray
) -> tuple[Mixture, LearnerState]:
    fields, members, states = state.fields, dict(mixture.members), []
    keys = jax.random.split(key, len(mixture.learners))
    for (name, one), own, drawn in zip(mixture.learners.items(), fields.members, keys, strict=True):
        members[name], grown_fields = _grown(one, own, sizes, drawn)
        states.append(grown_fields)
    table = mixture.table
    bigger = Mixture(members, mixing=table.mixing, learns=table.learns)
    fresh = initial(bigger.table, len(states), bigger.dtype)
    around = grown(table, bigger.table, fields.around, fresh)
    return bigger, LearnerState(MixtureFields(tuple(states), around))


def _grown(
    learner: Learner, fields: LearnerFields, sizes: Sizes, key: PRNGKeyArray
) -> tuple[Learner, LearnerFields]:
    _refuse(learner, *sizes)
    bigger = _bigger(learner, *sizes, key)
    fields = transplant(learner, bigger, fields, bigger.init(key).fields)
    return bigger, fields if sizes[2] is None else _unlikely(fields, learner.outputs)


def _bigger(
    learner: Learner,
    features: int | None,
    targets: int | None,
    classes: int | None,
    key: PRNGKeyArray,
) -> Learner:
    """The same learner of other sizes, with weights that it might have begun with."""
    parts = learner.parts
    loss = parts.loss if classes is None else CrossEntropy(classes)
    features = learner.features if features is None else features
    targets = learner.targets if targets is None else targets
    places = {
        tag: place
        for place, tag in enumerate(
            tags(
                features,
                parts.mask,
                loss.width(targets) if parts.feedback else 0,
                parts.expansions,
            )
        )
    }
    read = np.array([places[tag] for tag in columns(learner)], int)
    silent = np.array([place for tag, place in places.items() if tag[0] == "mask"], int)
    cell = with_inputs(learner.cell, input_axes(learner.cell), len(places), read, silent, key)
    return learner.replace(
        cell=cell,
        targets=targets,
        loss=loss,
        optimizer=parts.optimizer,
        learning_rate=None,
        readout=_maker(learner),
    )


def _refuse(
    learner: Learner, features: int | None, targets: int | None, classes: int | None
) -> None:
    """Raise ValueError unless sizes are of this learner, and not smaller than now."""
    loss = learner.parts.loss
    classified = isinstance(loss, CrossEntropy)
    wrong = targets if classified else classes
    if wrong is not None:
        name, other = ("targets", "classes") if classified else ("classes", "targets")
        raise ValueError(
            f"Expected no {name} with {type(loss).__name__}; got {name}={wrong}. Try {other}=."
        )
    now = {
        "features": (features, learner.features),
        "targets": (targets, learner.targets),
        "classes": (classes, learner.outputs),
    }
    for name, (asked, least) in now.items():
        if asked is not None:
            check_integer(name, asked, least=least, example=2 * least)


def _maker(learner: Learner) -> Callable[..., AbstractReadout] | None:
    """What makes the readout of a learner anew."""
    asked, made = learner.asked["readout"], learner.readout
    if asked is None or not isinstance(asked, AbstractReadout):
        return asked
    if type(made) is Linear:
        return Linear
    if isinstance(made, KernelClassifier):
        return partial(KernelClassifier, window=made.window.samples)
    if isinstance(made, KernelRegressor):
        return partial(KernelRegressor, window=made.window.samples, forgetting=made.line.forgetting)
    if type(made) is RecursiveLeastSquares:
        return partial(
            RecursiveLeastSquares, forgetting=made.forgetting, regularisation=made.regularisation
        )
    raise ValueError(
        f"Expected a readout of the library, or what makes one; got {made}. Try "
        f"readout={type(made).__name__}, the class."
    )


def _unlikely(fields: LearnerFields, outputs: int) -> LearnerFields:
    """With constants that make the classes after the first so many unlikely."""
    readout = fields.parameters["readout"]
    linear = readout.map if isinstance(readout, RecursiveLeastSquares) else readout
    if not isinstance(linear, Linear):
        return fields
    bias = np.array(linear.bias)
    bias[outputs:] = np.log(np.exp(bias[:outputs]).sum() * PRIOR)
    renewed = eqx.tree_at(lambda linear: linear.bias, linear, jax.device_put(bias))
    if linear is not readout:
        renewed = eqx.tree_at(lambda readout: readout.map, readout, renewed)
    return dataclasses.replace(fields, parameters={**fields.parameters, "readout": renewed})
