"""Factors that several worlds have in common, and their names."""

from papers.multiverse.space import Factor

# Names of factors that every world of adaptation has.
WEIGHTS, INPUTS, READOUT = "recurrent weights", "input weights", "readout weights"
PRETRAINING, OPTIMIZER, PRE_RATE = "pre-training by", "pre-training optimizer", "pre-training rate"
SAMPLES, SIZE, PRECISION = "pre-training samples", "n", "precision"
RATE, PLAIN, WINDOW, SCORE, PLASTIC = "rate", "plain rate by", "window", "score", "plastic"
SCORES = ("whole window", "first third", "last third", "frozen afterwards")

# What every world of a synthetic task leaves open.
READOUTS = Factor(READOUT, ("zero", "small", "uniform"))
START = (
    Factor(WEIGHTS, ("uniform", "gaussian 0.5", "gaussian 1", "gaussian 1.5",
                     "orthogonal 0.5", "orthogonal 0.8", "orthogonal 1", "orthogonal 1.2")),
    Factor(INPUTS, ("uniform", "small")),
    READOUTS,
)  # fmt: skip
TRAINING = (
    Factor(PRETRAINING, ("rtrl", "tbptt:window=20", "immediate")),
    Factor(OPTIMIZER, ("adam", "rmsprop-corrected")),
    Factor(PRE_RATE, (1e-3, 3e-4, 3e-3)),
    Factor(SAMPLES, (5000, 500, 1500)),
)
RATES = Factor(RATE, (1e-3, 1e-4, 3e-4, 3e-3, 1e-2))
ADAPTATION = (
    RATES,
    Factor(PLAIN, (1, 10, 100)),
    Factor(WINDOW, (300, 100, 1000)),
    Factor(SCORE, SCORES),
    Factor(PLASTIC, ("recurrent", "all")),
)
PRECISIONS = Factor(PRECISION, ("float32", "float32", "float64"))
NETWORK = (Factor(SIZE, (64, 32)), PRECISIONS)
