"""What happens to credit inside a network: measured with frozen weights, never plotted here.

Every diagnostic takes a learner, its state (which is neither consumed nor moved) and a stretch of
the stream, and returns plain NumPy arrays.
"""

from onward.diagnose.alignment import Alignment, alignment, alignments
from onward.diagnose.credit_horizon import CreditHorizon, credit_horizon
from onward.diagnose.gradient_norms import GradientNorms, gradient_norms
from onward.diagnose.self_propagation import SelfPropagation, self_propagation
from onward.diagnose.spectrum import Spectrum, spectrum
from onward.diagnose.trajectory import Trajectory, record

__all__ = [
    "Alignment",
    "CreditHorizon",
    "GradientNorms",
    "SelfPropagation",
    "Spectrum",
    "Trajectory",
    "alignment",
    "alignments",
    "credit_horizon",
    "gradient_norms",
    "record",
    "self_propagation",
    "spectrum",
]
