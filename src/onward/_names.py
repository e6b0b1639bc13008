"""What members are called in configurations and on the command line. Imports none of them."""

import difflib
from collections.abc import Iterable, Mapping

# Name and class, in the order of the lists.
CELLS: Mapping[str, str] = {
    "rnn": "RNN",
    "gru": "GRU",
    "lstm": "LSTM",
    "lru": "LRU",
    "ctrnn": "CTRNN",
    "indrnn": "IndRNN",
    "min-gru": "MinGRU",
    "min-lstm": "MinLSTM",
    "rtu": "RTU",
    "s5": "S5",
    "mgu": "MGU",
    "gru-reset-before": "GRUResetBefore",
    "slstm": "SLSTM",
    "alif": "ALIF",
    "selective-ssm": "SelectiveSSM",
    "linear-attention": "LinearAttention",
    "delta-rule": "DeltaRule",
    "mlstm": "MLSTM",
    "rwkv": "RWKV",
    "windowed-transformer": "WindowedTransformer",
}
RULES: Mapping[str, str] = {
    "frozen": "Frozen",
    "readout-only": "ReadoutOnly",
    "immediate": "Immediate",
    "eligibility-trace": "EligibilityTrace",
    "rtrl": "RTRL",
    "sparse-rtrl": "SparseRTRL",
    "tbptt": "TBPTT",
    "bptt": "BPTT",
    "eprop": "EProp",
    "rflo": "RFLO",
    "snap": "SnAp",
    "kernl": "KeRNL",
    "dni": "DNI",
    "shadowed": "Shadowed",
    "head-sparse": "HeadSparse",
    "uoro": "UORO",
    "kf-rtrl": "KFRTRL",
    "optimal-kronecker": "OptimalKronecker",
    "sketched-rtrl": "SketchedRTRL",
}
REGRESSION_LOSSES: Mapping[str, str] = {
    "squared": "Squared",
    "absolute": "Absolute",
    "huber": "Huber",
    "poisson": "Poisson",
}

LEARNERS = ("mixture", "network")
TASKS = ("regression", "classification")
# Whose weights are, of several series; where a missing feature stands.
WEIGHTS = ("shared", "own")
MISSING = ("mean", "last", "skip")
OPTIMIZERS = (
    "sgd",
    "momentum",
    "rmsprop",
    "rmsprop-corrected",
    "adam",
    "adagrad",
    "lars",
    "adafactor",
    "intentional",
    "overshooting-bounded",
)
SYNONYMS: Mapping[str, str] = {"mse": "squared", "mae": "absolute"}
# What guards watch, and what they may do then; see `onward.Guards`.
GUARDED: Mapping[str, tuple[str, ...]] = {
    "outlying": ("warn", "drop"),
    "loss": ("warn", "restart", "roll back", "lower"),
    "influence": ("warn", "clip", "restart", "roll back", "lower"),
}


def canonical(kind: str, name: str, members: Iterable[str]) -> str:
    """The member that is meant, whatever the case and what is between the words.

    Raises:
        ValueError: there is none; the message names the near misses.
    """
    known = {plain(member): member for member in members}
    meant = SYNONYMS.get(plain(name), plain(name))
    if meant in known:
        return known[meant]
    near = difflib.get_close_matches(name.lower(), known.values(), n=2, cutoff=0.5)
    hint = " or ".join(repr(one) for one in near) if near else "one of these"
    article = "an" if kind[0] in "aeiou" else "a"
    raise ValueError(
        f"Expected {article} {kind} among {', '.join(known.values())}; got {name!r}. Try {hint}."
    )


def plain(name: str) -> str:
    """A name without its case and what is between its words."""
    return name.lower().translate(str.maketrans("", "", "-_ "))
