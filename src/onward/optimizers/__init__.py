"""How gradients become steps, on optax."""

from onward.optimizers.base import Optimizer
from onward.optimizers.catalogue import OPTIMIZERS, Named
from onward.optimizers.factored import FactoredTransformation
from onward.optimizers.intentional import intentional
from onward.optimizers.joint import JointTransformation
from onward.optimizers.overshooting import overshooting_bounded
from onward.optimizers.rms import inverse_root, scale_by_rms

__all__ = [
    "OPTIMIZERS",
    "FactoredTransformation",
    "JointTransformation",
    "Named",
    "Optimizer",
    "intentional",
    "inverse_root",
    "overshooting_bounded",
    "scale_by_rms",
]
