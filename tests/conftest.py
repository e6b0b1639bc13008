"""Double precision, strict promotion, and shapes checked at run time, before onward is imported."""

from collections.abc import Iterator

import jax
import jaxtyping
import pytest

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

MODEL = (
    "algebra",
    "architecture",
    "cells",
    "cost",
    "diagnose",
    "ensemble",
    "fitting",
    "flops",
    "learner",
    "loop",
    "losses",
    "memory",
    "optimizers",
    "pretraining",
    "readout",
    "rules",
    "scaling",
    "silent",
    "state",
)
jaxtyping.install_import_hook([f"onward.{room}" for room in MODEL], "beartype.beartype")


@pytest.fixture
def untyped() -> Iterator[None]:
    """As for a user, who has no checks of types and shapes at run time: only our own errors."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one `xdist_group` share what they have compiled, on one worker.

    pytest 9.2 no longer reads the attribute in which xdist 3.8 writes the group.
    """
    for item in items:
        written = getattr(item, "_nodeid", item.nodeid)
        if written != item.nodeid:
            item._id = type(item._id).parse(written)
