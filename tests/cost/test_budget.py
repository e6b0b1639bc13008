"""Bytes are counted before they are taken."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import psutil
import pytest

from onward import MemoryBudgetError
from onward.cost.budget import counted_bytes, free_bytes, readable, refuse_if_too_large


def test_arrays_and_shapes_are_counted_alike() -> None:
    tree = {"a": jnp.zeros((3, 4)), "b": [jnp.zeros(5, jnp.float32), None], "c": jnp.array(True)}
    assert counted_bytes(tree) == 3 * 4 * 8 + 5 * 4 + 1
    assert counted_bytes(jax.eval_shape(lambda: tree)) == counted_bytes(tree)
    assert counted_bytes(None) == 0
    assert counted_bytes(jax.random.split(jax.random.key(0), 3)) > 0


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_600_000, "12.6 MB"),
        (12.9e9, "12.9 GB"),
        (64e12, "64.0 TB"),
        (64e15, "64000.0 TB"),
    ],
)
def test_bytes_are_readable(count, text) -> None:
    assert readable(int(count)) == text


def test_only_what_passes_the_free_memory_is_refused(monkeypatch) -> None:
    class Free:
        available = 1000

    monkeypatch.setattr(psutil, "virtual_memory", Free)
    refuse_if_too_large({"weights": 400, "carry": 600}, "less")
    message = (
        r"^Expected at most 1\.0 kB, the free memory; got 1\.1 kB \(weights 401 B, carry 700 B\)\."
        r" Try less\.$"
    )
    with pytest.raises(MemoryBudgetError, match=message) as caught:
        refuse_if_too_large({"weights": 401, "nothing": 0, "carry": 700}, "less")
    assert isinstance(caught.value, MemoryError)


@pytest.mark.parametrize(
    ("stats", "free"),
    [({"bytes_limit": 900, "bytes_in_use": 200}, 700), ({"bytes_limit": 900}, 1000), (None, 1000)],
)
def test_on_an_accelerator_what_is_free_is_the_device_s_if_it_tells(
    stats, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Free:
        available = 1000

    monkeypatch.setattr(psutil, "virtual_memory", Free)
    device = SimpleNamespace(memory_stats=lambda: stats)
    monkeypatch.setattr(jax, "devices", lambda: [device])
    assert free_bytes() == 1000
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert free_bytes() == free
