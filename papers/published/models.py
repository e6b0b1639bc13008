"""The peers' networks before learning."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward import RNN
from onward.readouts import Linear
from papers.published.tasks import Task
from papers.published.trainer import Model
from papers.published.variants import OneMatrix

Draw = Callable[[tuple[int, ...]], np.ndarray]


def uniform(task: Task, size: int, seed: int, dtype: Any = jnp.float32) -> Model:
    """All weights, and the readout's bias, uniform in ±1/√n: sketched-rtrl's."""
    random = np.random.default_rng(seed)

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        return random.uniform(-(size**-0.5), size**-0.5, shape)

    return _model(task, size, dtype, draw, draw, draw, draw)


def orthogonal(task: Task, size: int, seed: int, dtype: Any = jnp.float32) -> Model:
    """An orthogonal recurrent matrix and Gaussian others, of variance 1/width; no bias:
    vanilla-rtrl's."""
    random = np.random.default_rng(seed)

    def turned(shape: tuple[int, ...]) -> np.ndarray:
        return np.linalg.qr(random.standard_normal(shape))[0]

    def gaussian(shape: tuple[int, ...]) -> np.ndarray:
        return random.standard_normal(shape) / shape[-1] ** 0.5

    return _model(task, size, dtype, turned, gaussian, gaussian, np.zeros)


def one_matrix(model: Model, unread: int = 0) -> Model:
    """The same network with one matrix for all parameters of its cell."""
    cell = model.cell
    assert isinstance(cell, RNN), "both networks above have this cell"
    return Model(OneMatrix(cell.recurrent, cell.input, cell.bias, unread), model.readout)


def _model(
    task: Task, size: int, dtype: Any, recurrent: Draw, input: Draw, weight: Draw, bias: Draw
) -> Model:
    features, outputs = task.xs.shape[-1], task.ys.shape[-1]
    cell = RNN(features, size, key=jax.random.key(0), dtype=dtype)
    inner = recurrent((size, size)), input((size, features))
    readout = Linear(size, outputs, dtype=dtype)
    outer = weight((outputs, size)), bias((outputs,))
    return Model(
        _put(cell, lambda one: (one.recurrent, one.input), inner),
        _put(readout, lambda one: (one.weight, one.bias), outer),
    )


def _put(module: Any, where: Callable, values: tuple[np.ndarray, ...]) -> Any:
    dtype = module.bias.dtype
    return eqx.tree_at(where, module, tuple(jnp.asarray(value, dtype) for value in values))
