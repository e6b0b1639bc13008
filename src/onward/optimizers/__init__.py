"""How gradients become steps."""

from onward.optimizers.base import OPTIMIZERS, Optimizer, inverse_root

__all__ = ["OPTIMIZERS", "Optimizer", "inverse_root"]
