"""The methods that worlds have in common."""

from papers.setting import EXACT, FROZEN, Method

ALONE = Method("readout-only", "adam")
EXACT_SGD, EXACT_RMSPROP, EXACT_LARS = (
    Method("rtrl", optimizer) for optimizer in ("sgd", "rmsprop-corrected", "lars")
)
SPARSE = Method("sparse-rtrl:k=4", "adam")
SPARSE_SGD = Method("sparse-rtrl:k=4", "sgd")
SHARED = Method("sparse-rtrl:k=4,support=shared", "adam")
LARGEST = Method("sparse-rtrl:k=4,selection=largest", "adam")
SMALLEST = Method("sparse-rtrl:k=4,selection=smallest", "adam")
# By the number of paths.
PATHS = {k: Method(f"sparse-rtrl:k={k}", "adam") for k in (1, 2, 4, 8)}
NONE, NONE_SGD, NONE_MOMENTUM, NONE_RMSPROP, NONE_LARS, NONE_ADAFACTOR = (
    Method("immediate", optimizer)
    for optimizer in ("adam", "sgd", "momentum", "rmsprop-corrected", "lars", "adafactor")
)
# By the decay; no trace at all is the immediate derivative.
TRACES = {
    decay: Method(f"eligibility-trace:decay={decay}", "adam") for decay in (0.2, 0.5, 0.8, 0.95)
}
# By the part of a transformer's heads that credit goes back through.
HEADS = {part: Method(f"head-sparse:fraction={part}", "adam") for part in (1, 0.5, 0.33, 0)}
SLOW_SGD = Method("eligibility-trace:decay=0.95", "sgd")

CONTROLS = (FROZEN, ALONE, EXACT)
