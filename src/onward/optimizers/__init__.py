"""How gradients become steps, on optax."""

from onward.optimizers.base import Optimizer
from onward.optimizers.catalogue import OPTIMIZERS, Named
from onward.optimizers.factored import FactoredTransformation
from onward.optimizers.rms import inverse_root, scale_by_rms

__all__ = [
    "OPTIMIZERS",
    "FactoredTransformation",
    "Named",
    "Optimizer",
    "inverse_root",
    "scale_by_rms",
]
