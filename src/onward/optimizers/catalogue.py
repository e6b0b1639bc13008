"""The optimizers that have a name, one row each."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import optax

from onward.optimizers.factored import FactoredTransformation
from onward.optimizers.intentional import scale_by_intention
from onward.optimizers.joint import JointTransformation
from onward.optimizers.overshooting import bound_overshooting
from onward.optimizers.rms import scale_by_rms


class Named(NamedTuple):
    """An optimizer with a name.

    Attributes:
        learning_rate: its default.
        direction: makes the optax transformation, whose updates are directions of ascent; the
            step is minus the learning rate times the direction.
        of_output: whether a step is as large as what it does to the output, so that its rate is
            the same for however many inputs.
    """

    learning_rate: float
    direction: Callable[
        [], optax.GradientTransformation | FactoredTransformation | JointTransformation
    ]
    of_output: bool = False


# Second-moment normalisation without bias correction: the first updates are about 1/√(1-β2)
# times larger, which finds the scale of a new stream within tens of samples. The square root's
# guard is far below float32 gradients of interest, else small recurrent gradients (claim B4:
# a hundredth of the readout's) would not be normalised.
OPTIMIZERS: Mapping[str, Named] = {
    "sgd": Named(2e-3, optax.identity),
    "momentum": Named(2e-4, lambda: optax.trace(decay=0.9)),
    "rmsprop": Named(1e-3, lambda: scale_by_rms(decay=0.999, floor=1e-16)),
    # As Adam without its momentum: the first updates are no larger than the later ones.
    "rmsprop-corrected": Named(
        1e-3,
        lambda: optax.scale_by_rms(decay=0.999, eps=1e-8, eps_in_sqrt=False, bias_correction=True),
    ),
    "adam": Named(1e-3, lambda: optax.scale_by_adam(b1=0.9, b2=0.999)),
    "adagrad": Named(1e-2, lambda: optax.scale_by_rss(initial_accumulator_value=0.0, eps=1e-16)),
    # The rates are relative to the size of each array of weights. Momentum sees sums of steps, so
    # its order with a constant rate is free, and this is optax.lars with a trust coefficient of 1
    # (You et al. 2017): weights of zero, which have no size, take a step of plain descent.
    "lars": Named(1e-3, lambda: optax.chain(optax.scale_by_trust_ratio(), optax.trace(decay=0.9))),
    # As in optax.adafactor: matrices of 128 rows and columns or more keep row and column means of
    # squares in place of the squares (Shazeer & Stern 2018).
    "adafactor": Named(
        1e-2,
        lambda: optax.chain(
            optax.scale_by_factored_rms(),
            optax.clip_by_block_rms(1.0),
            optax.scale_by_param_block_rms(),
        ),
    ),
    # A fraction of the error, of which the label's noise is a part.
    "intentional": Named(0.2, scale_by_intention, of_output=True),
    "overshooting-bounded": Named(1.0, bound_overshooting, of_output=True),
}
