"""Benchmarks at sizes that say nothing, in a process of its own: prints the rows as JSON.

`python benchmarks_small.py PART…` takes some of them, without an argument all that can be.

Tests run in double precision with strict promotion; benchmarks run as a user does.
"""

import importlib.util
import json
import sys
from dataclasses import asdict

import beside_braintrace
import blocks
import compiling
import guards
import held
import influence
import latency
import many
import structures
from places import PEER
from quick import quicken_kernels

ROUNDS = 2
SMALL = {
    "influence": lambda: (
        influence.measure(8, (12, 12), ROUNDS) + influence.measure_rounded(8, 100, ROUNDS)
    ),
    "structures": lambda: few_structures(),
    "held": lambda: held.measure(1024),
    "blocks": lambda: blocks.measure(6, 3, 12, ROUNDS),
    "guards": lambda: guards.measure(6, {"immediate": 30, "e-prop": 20}, ROUNDS),
    "many": lambda: many.measure(8, 4, 10, ROUNDS),
    "compiling": lambda: compiling.measure(6, ["rnn"], ["immediate"]),
    "braintrace": lambda: beside_braintrace.measure(PEER, 8, 60, ROUNDS, 4),
    "updates": lambda: updates_of_few(),
}


def few_structures():
    return structures.gated(6, 5, ROUNDS, ["LSTM"]) + structures.diagonal(6, 5, ROUNDS, ["LRU"])


def updates_of_few():
    import updates

    found = updates.measure(8, (60, 20), ROUNDS)
    return found + updates.measure_many(8, 4, (10, 5), ROUNDS)


if __name__ == "__main__":
    quicken_kernels()
    absent = set() if PEER.exists() else {"braintrace"}
    if importlib.util.find_spec("torch") is None:
        absent.add("updates")
    found = {
        part: [asdict(row) for row in SMALL[part]()]
        for part in sys.argv[1:] or SMALL
        if part not in absent
    }
    print(json.dumps({"rows": found, "latency": latency.once(5)}))
