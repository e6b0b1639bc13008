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
    # A fraction of the error, of which the label's noise is a part.
    "intentional": Named(0.2, scale_by_intention, of_output=True),
    "overshooting-bounded": Named(1.0, bound_overshooting, of_output=True),
}
