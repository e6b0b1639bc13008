"""Exact RTRL, memory, fleets and latency where JAX runs by default; `accelerator.py` puts them
together."""

import shutil
import subprocess
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.backend import get_backend

import latency
from floors import multiply
from learners import FEATURES, contender, make_learner, samples, streams
from onward import RNN, RTRL, Fleet, Immediate, Learner, Linear
from onward.cost.budget import counted_bytes, readable
from onward.learning import execution
from rows import Row, time_row
from timing import Contender, take_turns

STEPS = 4  # samples that a learner learns while its memory is looked at
DIFFERENT = 50  # streams of a fleet; of more learners some have the same
RULES = {"immediate": Immediate(), "exact RTRL": RTRL()}
DRIVER = ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")


def place() -> dict[str, str]:
    """Where JAX runs by default, in words."""
    device = jax.devices()[0]
    found = {
        "backend": jax.default_backend(),
        "device": f"{jax.device_count()} × {device.device_kind}",
        "runtime": " ".join(get_backend().platform_version.split()),
    }
    stats = device.memory_stats() or {}
    if "bytes_limit" in stats:
        found["memory for JAX"] = readable(stats["bytes_limit"])
    if found["backend"] == "gpu" and shutil.which(DRIVER[0]):
        printed = subprocess.run(DRIVER, stdout=subprocess.PIPE, text=True, check=False).stdout
        found["driver"] = ", ".join(printed.split())
    return found


def peak(device: Any) -> int | None:
    """The most bytes that were ever held on a device at once; None where it does not tell."""
    return (device.memory_stats() or {}).get("peak_bytes_in_use")


def memory(units: int) -> list[Row]:
    """The states of both rules, and the most that is held while each learns.

    A device's peak never falls, so this comes before anything that takes more than the first
    rule does, and the rule that takes more comes last.
    """
    held, peaks = {}, {}
    for name, rule in RULES.items():
        learner = of_size(units, rule)
        held[name] = counted_bytes(eqx.filter_eval_shape(learner.init, jax.random.key(0)))
        xs, ys = samples(STEPS)
        jax.block_until_ready(learner.run(learner.init(jax.random.key(0)), xs, ys)[0])
        peaks[name] = peak(jax.devices()[0])
    rows = beside("state", held, units)
    return rows if None in peaks.values() else rows + beside("peak of memory", peaks, units)


def beside(what: str, found: dict[str, Any], units: int) -> list[Row]:
    """The bytes of both rules, and their ratio."""
    small, large = found.values()
    name = f"{what}: exact RTRL / immediate, n={units}"
    return [Row(name, large / small, None, large, small, "bytes")]


def exact(units: int, count: int, rounds: int) -> list[Row]:
    """Exact RTRL beside a product of the same size."""
    learner = of_size(units, RTRL())
    recurrent = learner.cell.recurrent
    flat = (units, counted_bytes(learner.cell.parameters()) // recurrent.dtype.itemsize)
    gemm = Contender(
        lambda: jax.block_until_ready(jnp.full(flat, 1e-3)),
        lambda moved: jax.block_until_ready(multiply(recurrent, moved, count)),
        count,
    )
    seconds = take_turns({"exact": contender(learner, count), "gemm": gemm}, rounds)
    return [time_row(f"exact RTRL / its GEMM alone, n={units}", seconds, "exact", "gemm")]


def agreement(units: int, few: int, count: int) -> list[Row]:
    """Whether the same is computed as on a CPU, and by a fleet as by its learners alone."""
    return [apart_from_cpu(units, count), apart_from_one(units, few, count)]


def apart_from_cpu(units: int, steps: int) -> Row:
    """How far the predictions of exact RTRL are from those on a CPU, over the largest."""

    def predictions() -> np.ndarray:
        learner = of_size(units, RTRL())
        return np.asarray(learner.run(learner.init(jax.random.key(0)), *samples(steps))[1][0])

    here = predictions()
    with jax.default_device(jax.devices("cpu")[0]):
        there = predictions()
    name = f"exact RTRL: largest distance from a CPU's predictions, {steps} steps, n={units}"
    return Row(name, distance(here, there))


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference over the largest number; where one has no number, both have none."""
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    return float(np.nanmax(np.abs(ours - theirs)) / np.nanmax(np.abs(theirs)))


def fleets(units: int, sizes: tuple[int, ...], few: int, count: int, rounds: int) -> list[Row]:
    """Fleets beside one learner, and a fleet of few beside the way that was not chosen."""
    learner = of_size(units, Immediate())
    chosen, other = Fleet(learner), Fleet(learner, at_once=not Fleet(learner).at_once)
    ways = {True: "at once", False: "on threads"}
    seconds = take_turns(
        {
            "one": contender(learner, count),
            "other way": of_fleet(other, few, count),
            **{f"{size}": of_fleet(chosen, size, count) for size in {*sizes, few}},
        },
        rounds,
    )
    end = f"each sample, n={units}"
    return [
        *(
            time_row(f"fleet of {size:,} / one learner, {end}", seconds, f"{size}", "one")
            for size in sizes
        ),
        time_row(
            f"fleet of {few} {ways[chosen.at_once]} / {ways[other.at_once]}, {end}",
            seconds,
            f"{few}",
            "other way",
        ),
    ]


def of_fleet(fleet: Fleet, size: int, count: int) -> Contender:
    """`Fleet.run` of so many copies, each over `count` samples."""
    xs, ys = (
        np.resize(rows, (size, *rows.shape[1:])) for rows in streams(min(size, DIFFERENT), count)
    )
    keys = jax.random.split(jax.random.key(0), size)
    return Contender(
        lambda: jax.block_until_ready(fleet.init(keys)),
        lambda parts: jax.block_until_ready(fleet.run(parts, xs, ys)),
        size * count,
    )


def apart_from_one(units: int, size: int, count: int) -> Row:
    """How far the predictions of a fleet are from those of its learners alone."""
    learner = of_size(units, Immediate())
    fleet = Fleet(learner)
    keys, (xs, ys) = jax.random.split(jax.random.key(0), size), streams(size, count)
    together = fleet.run(fleet.init(keys), xs, ys)[1].prediction
    alone = [
        learner.run(learner.init(key), *own)[1].prediction
        for key, *own in zip(keys, xs, ys, strict=True)
    ]
    name = f"fleet of {size}: largest distance from each learner alone, {count} steps, n={units}"
    return Row(name, distance(np.asarray(together), np.asarray(alone)))


def steps(sizes: tuple[int, ...], count: int, rounds: int) -> list[Row]:
    """A call of `step` with its prediction read back, without that, and a sample of `run`."""
    return [row for units in sizes for row in steps_of(units, count, rounds)]


def steps_of(units: int, count: int, rounds: int) -> list[Row]:
    """The same of one size, of a learner as it is by default."""
    learner = Learner(RNN(FEATURES, units, key=jax.random.key(0)), rule=Immediate())
    xs, ys = samples(count)
    rows = list(zip(xs, ys, strict=True))

    def read(state: Any) -> None:
        for x, y in rows:
            state, _ = learner.step(state, x, y)

    def unread(state: Any) -> None:
        settings = learner.parts, learner.in_one_kernel
        for x, y in rows:
            state, _ = execution.step(*settings, state, learner.observation(x, y))
        jax.block_until_ready(state)

    prepare = lambda: jax.block_until_ready(learner.init(jax.random.key(0)))  # noqa: E731
    turns = {name: Contender(prepare, run, count) for name, run in (("r", read), ("u", unread))}
    seconds = take_turns({**turns, "run": contender(learner, count)}, rounds)
    median, late = latency.once(count, units)
    return [
        Row(f"step with its prediction read, median, n={units}", median, unit="µs"),
        Row(f"step with its prediction read, 99 %, n={units}", late, unit="µs"),
        time_row(f"step without reading back / with, n={units}", seconds, "u", "r"),
        time_row(f"a sample of run / step without reading back, n={units}", seconds, "run", "u"),
    ]


def of_size(units: int, rule: Any) -> Learner:
    """A vanilla RNN with RMSprop, without guards and running normalisation."""
    cell = RNN(FEATURES, units, key=jax.random.key(0))
    return make_learner(cell, rule, readout=Linear(units, 1), extras=False)
