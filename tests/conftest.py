"""Double precision, strict promotion, and shapes checked at run time, before onward is imported."""

import importlib.util
import itertools
from collections.abc import Iterator
from pathlib import Path

import jax
import jaxtyping
import pytest

from rooms import MAY_IMPORT

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

# The rooms of models, whose arrays have shapes to check.
MODEL = [f"onward.{room}" for room in (*MAY_IMPORT["diagnose"], "diagnose") if room[0] != "_"]
if importlib.util.find_spec("beartype"):
    jaxtyping.install_import_hook(MODEL, "beartype.beartype")


@pytest.fixture
def untyped() -> Iterator[None]:
    """As for a user, who has no checks of types and shapes at run time: only our own errors."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


# Each compiled program maps pages of its own, and Linux grants a process 65,530 maps: beyond that
# XLA crashes. So many tests as pass between two looks make a few thousand.
MOST_MAPS, LOOK_EVERY = 30_000, 50
MAPS = Path("/proc/self/maps")
DONE = itertools.count(1)


def pytest_runtest_teardown() -> None:
    """Forget what has been compiled before there is too much of it."""
    if next(DONE) % LOOK_EVERY == 0 and MAPS.exists():
        with MAPS.open("rb") as maps:
            if sum(1 for _ in maps) > MOST_MAPS:
                jax.clear_caches()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one `xdist_group` share what they have compiled, on one worker.

    pytest 9.2 no longer reads the attribute in which xdist 3.8 writes the group.
    """
    for item in items:
        written = getattr(item, "_nodeid", item.nodeid)
        if written != item.nodeid:
            item._id = type(item._id).parse(written)
