"""How long a decoder of 96 channels takes for a bin: alone, and through `DecoderService`.

Percentiles in µs, with the machine's load, for on a busy machine they tell of that. The goal, on an
idle one: half of the bins within 100 µs and 99 of 100 within 1 ms.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from machine import describe
from onward import GRU, EProp, Immediate, Learner, fast_dispatch
from onward.serving import Decoder, DecoderService, Latency, Limit

CHANNELS, UNITS, TARGETS, WARMUP, BINS = 96, 64, 2, 500, 3_000
# Between two bins where they come as from an amplifier, and how many of those.
PACE_S, PACED = 2e-3, 1_500
RULES = {"immediate": Immediate(), "e-prop": EProp()}
HALF_S, NEARLY_ALL_S = 100e-6, 1e-3


def learner_of(rule: Any) -> Learner:
    cell = GRU(CHANNELS, UNITS, key=jax.random.key(0))
    return Learner(cell, TARGETS, rule=rule, learning_rate=1e-4)


def bins(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts, and velocities with every bin."""
    generator = np.random.default_rng(0)
    counts = generator.poisson(1.0, (count, CHANNELS)).astype(np.float32)
    return counts, generator.standard_normal((count, TARGETS)).astype(np.float32)


def timed(one: Callable[[np.ndarray, np.ndarray], Any]) -> Latency:
    """What each call takes, the first ones aside."""
    latency, (xs, ys) = Latency(), bins(WARMUP + BINS)
    for t, (x, y) in enumerate(zip(xs, ys, strict=True)):
        began = time.perf_counter()
        one(x, y)
        if t >= WARMUP:
            latency.add(time.perf_counter() - began)
    return latency


def alone(rule: Any) -> Latency:
    """`Learner.step`, with its prediction read."""
    learner = learner_of(rule)
    state = learner.init(jax.random.key(0))

    def one(x: np.ndarray, y: np.ndarray) -> None:
        nonlocal state
        state, info = learner.step(state, x, y)
        np.asarray(info.prediction)

    return timed(one)


def guarded(rule: Any) -> Latency:
    """`Decoder.decode`: the same with all that keeps it safe."""
    learner = learner_of(rule)
    decoder = Decoder(learner, learner.init(jax.random.key(0)), limit=Limit(change=0.1))
    decoder.warm_up()
    return timed(decoder.decode)


def there_and_back(rule: Any) -> Latency:
    """`put`, then `get`: two threads hand over to each other."""
    learner = learner_of(rule)
    limit = Limit(change=0.1)
    with DecoderService(learner, learner.init(jax.random.key(0)), limit=limit) as service:

        def one(x: np.ndarray, y: np.ndarray) -> None:
            service.put(x, y)
            service.get()

        return timed(one)


def paced(rule: Any) -> Latency:
    """From `put` until the result is there, of bins that come by the clock."""
    learner = learner_of(rule)
    xs, ys = bins(PACED)
    with DecoderService(
        learner, learner.init(jax.random.key(0)), callback=lambda result: None
    ) as service:
        due = time.perf_counter()
        for x, y in zip(xs, ys, strict=True):
            due += PACE_S
            time.sleep(max(0.0, due - time.perf_counter()))
            service.put(x, y)
    return service.latency


WAYS = {
    "Learner.step": alone,
    "Decoder.decode": guarded,
    "DecoderService, there and back": there_and_back,
    f"DecoderService, a bin in {1e3 * PACE_S:.0f} ms": paced,
}


def measure() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every way with every rule."""
    for name, rule in RULES.items():
        for way, take in WAYS.items():
            yield name, way, take(rule).summary()


def main() -> None:
    """Print a table."""
    for name, value in describe("python benchmarks/serving.py").items():
        print(f"{name}: {value}")
    print(f"\n{'':<42}{'p50':>8}{'p99':>8}{'max':>9}{'load':>6}")
    for rule, way, found in measure():
        fast = found["p50"] <= HALF_S and found["p99"] <= NEARLY_ALL_S
        cells = "".join(
            f"{1e6 * found[key]:>{8 + (key == 'max')}.0f}" for key in ("p50", "p99", "max")
        )
        print(f"{rule + ', ' + way:<42}{cells}{found['load']:>6.2f}  {'met' if fast else 'missed'}")


if __name__ == "__main__":
    fast_dispatch()
    main()
