"""Parts as JSON: what is encoded is decoded, and what cannot be is named."""

import json
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from onward import AbstractCell, AbstractLoss, AbstractReadout, AbstractRule, AbstractScale, Linear
from onward.cells.elementwise import Constant, Drive
from onward.readouts.window import Window
from onward.storing.recipe import (
    PARTS,
    UnwritableError,
    by_name,
    decode,
    encode,
    name_of,
)


def there_and_back(value: Any) -> Any:
    """Encoded, written as text, read, decoded."""
    arrays: dict[str, np.ndarray] = {}

    def keep(path: str, array: jax.Array) -> str:
        arrays[path] = np.asarray(array)
        return path

    text = json.dumps(encode(value, keep, "part"), allow_nan=False)
    return decode(json.loads(text), arrays, by_name(()))


VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    10**30,
    0.1,
    -0.0,
    float("inf"),
    "",
    'a"α',
    (),
    (1, (2.0, "three"), [None]),
    [],
    {"a": (1,), "b": {}},
    Linear,
    {"tuple": [1], "class": "onward.GRU"},
)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_with_their_types(value: Any) -> None:
    found = there_and_back(value)
    assert found == value and repr(found) == repr(value)


def test_numbers_of_numpy_come_back_as_plain_ones() -> None:
    found = there_and_back((np.float32(0.1), np.int64(3), np.bool_(True), np.float64(0.1)))
    assert found == (float(np.float32(0.1)), 3, True, 0.1)
    assert [type(number) for number in found] == [float, int, bool, float]


def test_arrays_come_back_to_the_bit() -> None:
    arrays = (
        jnp.asarray([-0.0, jnp.nan, 1e-320]),
        jnp.asarray(1.5, jnp.bfloat16),
        jnp.ones((0, 2)),
    )
    for found, array in zip(there_and_back(arrays), arrays, strict=True):
        assert found.dtype == array.dtype and found.shape == array.shape
        assert np.asarray(found).tobytes() == np.asarray(array).tobytes()


def test_what_makes_a_readout_comes_back() -> None:
    made = there_and_back(partial(onward.RecursiveLeastSquares, forgetting=0.9))
    assert made.func is onward.RecursiveLeastSquares and made.keywords == {"forgetting": 0.9}
    for kind in (onward.KernelClassifier, onward.KernelRegressor):
        made = there_and_back(partial(kind, window=7))
        assert made.func is kind and made.keywords == {"window": 7}


UNWRITABLE: dict[str, Any] = {
    "part, of type function": lambda count: 0.1,
    "part.1.rate, of type object": (1, {"rate": object()}),
    "part, of type dict": {1: 2},
    "part, of type ArrayImpl": jnp.arange(3),
    "part, of type ndarray": np.ones(3),
}


@pytest.mark.parametrize("told", UNWRITABLE)
def test_what_cannot_be_written_is_named(told: str) -> None:
    with pytest.raises(UnwritableError) as error:
        encode(UNWRITABLE[told], lambda path, _: path, "part")
    assert str(error.value) == told


def test_every_public_part_is_in_the_table() -> None:
    kinds = (AbstractCell, AbstractLoss, AbstractReadout, AbstractRule, AbstractScale)
    public = [getattr(onward, name) for name in onward.__all__]
    parts = [
        part
        for part in public
        if isinstance(part, type) and issubclass(part, kinds) and "Abstract" not in part.__name__
    ]
    assert len(parts) > 40
    assert {name_of(part) for part in (*parts, onward.Optimizer, Drive, Constant, Window)} <= set(
        by_name(())
    )
    assert not any("Abstract" in name for name in PARTS)
    assert all(part.__module__.startswith("onward.") for part in PARTS.values())
