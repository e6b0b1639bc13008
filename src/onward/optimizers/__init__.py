"""How gradients become steps, on optax."""

from onward.optimizers.base import Optimizer
from onward.optimizers.catalogue import OPTIMIZERS, Named
from onward.optimizers.factored import FactoredTransformation
from onward.optimizers.intentional import scale_by_intention
from onward.optimizers.joint import JointTransformation
from onward.optimizers.overshooting import bound_overshooting
from onward.optimizers.rms import inverse_root, scale_by_rms

__all__ = [
    "OPTIMIZERS",
    "FactoredTransformation",
    "JointTransformation",
    "Named",
    "Optimizer",
    "bound_overshooting",
    "inverse_root",
    "scale_by_intention",
    "scale_by_rms",
]
