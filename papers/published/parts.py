"""What is run of each task, as rows: the peer's form of a method, then what else was tried."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import jax.numpy as jnp
import numpy as np
import optax

from onward import (
    DNI,
    KFRTRL,
    RFLO,
    RTRL,
    TBPTT,
    UORO,
    AbstractRule,
    EligibilityTrace,
    Immediate,
    KeRNL,
    SnAp,
)
from papers.published import models, tasks
from papers.published.averages import last_labels, tail
from papers.published.chunked import chunked
from papers.published.figures import COSINES, Row
from papers.published.tasks import Task
from papers.published.trainer import KINDS, Record, follow
from papers.published.variants import LabelDNI

WIDTH, LANES, ADAM = 64, 8, optax.adam(1e-3)
ADD_WIDTH, DESCENT = 32, optax.sgd(1e-4)
TAUGHT_BY_EXACT = "the exact gradient teaches"

# The peer's RFLO on a cell without a leak: a trace that decays by .9 a step.
LOCAL = {
    "SnAp-1": SnAp(1),
    "KF-RTRL": KFRTRL(),
    "RFLO": EligibilityTrace(0.9),
    "UORO": UORO(),
}


def labelled_steps(task: Task) -> np.ndarray:
    """Which of all steps have a label."""
    return np.tile(task.labelled, len(task.xs))


def cosines(
    make: Callable, name: str, steps: int, seeds: Sequence[int], width: int = WIDTH
) -> list[Row]:
    """Each rule teaches itself, as in sketched-rtrl, beside the exact gradient of its trajectory.

    The exact one is backpropagation through the whole sequence: weights hardly move within one,
    where it is RTRL (`stale` measures how nearly).
    """
    found: dict[tuple[str, str], list[float]] = {}

    def keep(method: str, form: str, value: float) -> None:
        found.setdefault((method, form), []).append(float(value))

    for seed in seeds:
        task = make(steps, LANES, seed)
        known = labelled_steps(task)
        exact = TBPTT(task.xs.shape[1])
        plain = models.uniform(task, width, seed)
        whole = models.one_matrix(plain)
        tried = {
            **{(method, ""): (plain, rule) for method, rule in LOCAL.items()},
            ("KF-RTRL", ""): (whole, KFRTRL()),
            ("KF-RTRL", "Onward's: a factor for each matrix, biases exact"): (plain, KFRTRL()),
            ("RFLO", "Onward's: no leak, so no trace"): (plain, RFLO()),
        }
        for (method, form), (model, rule) in tried.items():
            _, record = follow(model, task, (exact, rule), 1, ADAM, seed)
            keep(method, form, tail(record.cosine[:, 0, 1], known))
            if form:
                continue
            keep(method, "labels of the last fifth alone", last_labels(record.cosine[:, 0, 1]))
            for kind, values in zip(KINDS[1:], record.cosine[:, 1:, 1].T, strict=True):
                if kind != "recurrent matrix" or model is plain:
                    keep(method, kind, tail(values, known))
    return [Row(name, method, form, values) for (method, form), values in found.items()]


def shared(
    make: Callable, name: str, steps: int, seeds: Sequence[int], width: int = WIDTH
) -> list[Row]:
    """The exact gradient teaches and the others follow its trajectory."""
    found: dict[str, list[float]] = {}
    for seed in seeds:
        task = make(steps, LANES, seed)
        known = labelled_steps(task)
        every = (TBPTT(task.xs.shape[1]), *LOCAL.values())
        model = models.one_matrix(models.uniform(task, width, seed))
        _, record = follow(model, task, every, 0, ADAM, seed)
        for method, values in zip(LOCAL, record.cosine[:, 0, 1:].T, strict=True):
            found.setdefault(method, []).append(tail(values, known))
    return [Row(name, method, TAUGHT_BY_EXACT, values) for method, values in found.items()]


def kronecker(
    make: Callable, name: str, steps: int, seeds: Sequence[int], width: int = WIDTH
) -> list[Row]:
    """KF-RTRL, which teaches itself, alone: in shorter runs, or in more of them."""
    values = []
    for seed in seeds:
        task = make(steps, LANES, seed)
        model = models.one_matrix(models.uniform(task, width, seed))
        _, record = follow(model, task, (TBPTT(task.xs.shape[1]), KFRTRL()), 1, ADAM, seed)
        values.append(tail(record.cosine[:, 0, 1], labelled_steps(task)))
    return [Row(name, "KF-RTRL", f"{len(seeds)} runs of {steps:,} steps", values)]


def stale(
    make: Callable, name: str, steps: int, seeds: Sequence[int], width: int = WIDTH
) -> list[Row]:
    """Backpropagation through the whole sequence beside exact RTRL, which teaches: the two differ
    by the Jacobians of earlier weights in P."""
    values = []
    for seed in seeds:
        task = make(steps, LANES, seed)
        rules = (RTRL(), TBPTT(task.xs.shape[1]))
        model = models.uniform(task, width, seed)
        _, record = follow(model, task, rules, 0, ADAM, seed)
        values.append(float(record.cosine[:, 0, 1].mean()))
    return [Row(name, "BPTT", f"beside exact RTRL, {steps:,} steps", values)]


def add(steps: int, seeds: Sequence[int], width: int = ADD_WIDTH) -> list[Row]:
    """Exact RTRL teaches, as vanilla-rtrl has it, and the others follow its trajectory."""
    plain = {
        ("exact RTRL", ""): RTRL(),
        ("RFLO", ""): RFLO(),
        ("KeRNL", ""): KeRNL(learning_rate=0.0, decay=0.2),
        ("KeRNL", "Onward's default: the kernel learns, decay .5"): KeRNL(),
        ("KF-RTRL", "Onward's: a factor for each matrix, biases exact"): KFRTRL(),
        ("DNI", "Onward's default: present loss exact, normalised steps"): DNI(),
        ("UORO", ""): UORO(),
    }
    with_label = {
        ("", ""): RTRL(),
        ("KF-RTRL", ""): KFRTRL(),
        ("DNI", ""): LabelDNI(0.001, 2),
        ("DNI", "the same, rate .005"): LabelDNI(0.005, 2),
        ("DNI", "the same, rate .05"): LabelDNI(0.05, 2),
    }
    found: dict[tuple[str, str], list[float]] = {}
    for seed in seeds:
        task = tasks.add(steps, 1, seed)
        model = models.orthogonal(task, width, seed)
        labels = dataclasses.replace(task, xs=np.concatenate([task.xs, task.ys], -1))
        start = np.tanh(np.random.default_rng(seed).standard_normal(width))
        for rules, begun, given in (
            (plain, model, task),
            (with_label, models.one_matrix(model, task.ys.shape[-1]), labels),
        ):
            every = tuple(rules.values())
            first = jnp.asarray(start, begun.cell.dtype)
            _, record = follow(begun, given, every, 0, DESCENT, seed, first)
            for names, value in _means(rules, record):
                found.setdefault(names, []).append(value)
    return [Row("add", *names, values) for names, values in found.items() if names[0]]


def _means(
    rules: dict[tuple[str, str], AbstractRule], record: Record
) -> Iterator[tuple[tuple[str, str], float]]:
    """The mean cosine of each rule, and of the compared ones by kind, after a sixth of the run."""
    late = record.cosine[len(record.cosine) // 6 :].mean(0)
    for names, kinds in zip(rules, late.T, strict=True):
        yield names, float(kinds[0])
        if not names[1] and names[0] in COSINES["add"]:
            yield (names[0], "with readout"), float(kinds[2])


def errors(
    make: Callable, name: str, steps: int, seeds: Sequence[int], width: int = WIDTH, form: str = ""
) -> list[Row]:
    """The error of networks that learn by one rule each: mean of the last five records."""
    rules = {"SnAp-1": SnAp(1), "UORO": UORO(), "TBPTT": TBPTT(25), "Immediate": Immediate()}
    found: dict[tuple[str, str], list[float]] = {}
    for seed in seeds:
        task = make(steps, LANES, seed)
        known, model = labelled_steps(task), models.uniform(task, width, seed)
        losses = {}
        for method, rule in rules.items():
            own = form or (ROLLING if method == "TBPTT" else "")
            losses[method, own] = follow(model, task, (rule,), 0, ADAM, seed)[1].loss
        if not form:
            losses["TBPTT", ""] = chunked(model, task, ADAM)
        for names, values in losses.items():
            found.setdefault(names, []).append(tail(values, known, 1 / 12))
    return [Row(name, *names, values) for names, values in found.items()]


def exact_errors(
    make: Callable, name: str, steps: int, seeds: Sequence[int], width: int = WIDTH
) -> list[Row]:
    """The same of exact RTRL."""
    values = []
    for seed in seeds:
        task = make(steps, LANES, seed)
        model = models.uniform(task, width, seed)
        _, record = follow(model, task, (RTRL(),), 0, ADAM, seed)
        values.append(tail(record.loss, labelled_steps(task), 1 / 12))
    return [Row(name, "exact", "", values)]


SERIES = {"henon": tasks.henon, "mackey-glass": tasks.mackey_glass, "lorenz": tasks.lorenz}
STREAMED = {"mackey-glass": tasks.streamed_mackey_glass, "lorenz": tasks.streamed_lorenz}
ROLLING = "rolling: an update at every step"
STREAM = "Onward's stream: integrated finely"

# Name → (steps, seeds, what is run of so many steps and seeds).
PARTS: dict[str, tuple[int, int, Callable[[int, Sequence[int]], list[Row]]]] = {
    "add": (6_000, 3, add),
    "copy": (20_000, 5, partial(cosines, tasks.copy, "copy")),
    "adding": (20_000, 5, partial(cosines, tasks.adding, "adding")),
    "copy-shared": (20_000, 1, partial(shared, tasks.copy, "copy")),
    "adding-shared": (20_000, 1, partial(shared, tasks.adding, "adding")),
    "copy-short": (8_000, 5, partial(kronecker, tasks.copy, "copy")),
    "copy-more": (20_000, 12, partial(kronecker, tasks.copy, "copy")),
    "copy-stale": (2_000, 1, partial(stale, tasks.copy, "copy")),
    "adding-stale": (2_000, 1, partial(stale, tasks.adding, "adding")),
}
for _name, _make in SERIES.items():
    PARTS[_name] = 15_000, 5, partial(errors, tasks.series(_make), _name)
    PARTS[f"{_name}-exact"] = 15_000, 5, partial(exact_errors, tasks.series(_make), _name)
for _name, _make in STREAMED.items():
    _measure = partial(errors, tasks.series(_make), _name, form=STREAM)
    PARTS[f"{_name}-streamed"] = 15_000, 1, _measure
