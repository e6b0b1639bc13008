"""Double precision, strict promotion, quick compiling, checked shapes: before onward is imported.

Where ONWARD_THOROUGH is set, as `make test-all` does, XLA optimizes every program, and shapes are
checked at run time in every test. Both cost much, and find what a few tests find: else programs are
compiled quickly, and shapes are checked in the tests marked `shapes`.
"""

import gc
import importlib.util
import itertools
import os
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
import jaxtyping
import pytest

from quick import keep_compiled, quicken_kernels
from rooms import MAY_IMPORT

THOROUGH = bool(os.environ.get("ONWARD_THOROUGH"))
# What the tests run is small, and compiling it is most of what it costs. A small program gains
# nothing by being compiled in parts.
QUICK = (
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_parallel_codegen_split_count=1"
)
if not THOROUGH:
    os.environ["XLA_FLAGS"] = f"{QUICK} {os.environ.get('XLA_FLAGS', '')}".strip()

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

# The rooms of models, whose arrays have shapes to check.
MODEL = [f"onward.{room}" for room in (*MAY_IMPORT["diagnose"], "diagnose") if room[0] != "_"]
if importlib.util.find_spec("beartype"):
    jaxtyping.install_import_hook(MODEL, "typechecker.checked_if_asked")
jaxtyping.config.update("jaxtyping_disable", not THOROUGH)
if not THOROUGH:
    # A learner's kernels have a level of the library's own, which takes a third more than all else.
    # What holds at that level alone is tested in a process that is thorough.
    quicken_kernels()


@contextmanager
def shapes_checked(checked: bool) -> Iterator[None]:
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", not checked)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture(autouse=True)
def _shapes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Types and shapes are checked in all tests or in those that ask for it."""
    with shapes_checked(THOROUGH or request.node.get_closest_marker("shapes") is not None):
        yield


@pytest.fixture
def untyped(_shapes: None) -> Iterator[None]:
    """As for a user, who has no checks of types and shapes at run time: only our own errors."""
    with shapes_checked(False):
        yield


# Each compiled program maps pages of its own, and Linux grants a process 65,530 maps: beyond that
# XLA crashes. So many tests as pass between two looks make a few thousand. Long before that memory
# is short: with each of its maps a program keeps some .4 MB.
MOST_MAPS, LOOK_EVERY = 16_000, 50
MAPS = Path("/proc/self/maps")
DONE = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Share what is compiled among workers, the processes that tests start and later runs.

    `pytest --cache-clear` forgets it, and `-p no:cacheprovider` keeps nothing.
    """
    if not THOROUGH and hasattr(config, "cache"):
        keep_compiled(config.cache.mkdir("compiled"))


# What JAX traces is millions of objects and hardly any garbage: with Python's own thresholds eight
# hundredths of the time go into looking for it.
GARBAGE = (50_000, 20, 50)


def pytest_collection_finish() -> None:
    """Never look for garbage in what is imported and collected, and seldom in the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def pytest_runtest_teardown() -> None:
    """Forget what has been compiled before there is too much of it."""
    if next(DONE) % LOOK_EVERY == 0 and MAPS.exists():
        with MAPS.open("rb") as maps:
            if sum(1 for _ in maps) > MOST_MAPS:
                jax.clear_caches()


COLLECTED = pytest.StashKey[list[str]]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None]:
    """Keep what has been collected; tests of one group share what they compile.

    A test is of the group that its mark `xdist_group` names, else of its file's.
    """
    config.stash[COLLECTED] = [item.nodeid for item in items]
    if "ONWARD_COLLECTED" in os.environ:
        Path(os.environ["ONWARD_COLLECTED"]).write_text("\n".join(config.stash[COLLECTED]))
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
    yield
    if hasattr(config, "workerinput"):
        for item in items:
            # pytest 9.2 no longer reads the attribute in which xdist 3.8 writes the group.
            item._id = type(item._id).parse(getattr(item, "_nodeid", item.nodeid))
        longest_first(items)


def longest_first(items: list[pytest.Item]) -> None:
    """Start what takes long before the rest, so that no worker is left with it at the end.

    Those are the tests that say so by the mark `first`, and then the largest groups.
    """

    sizes = Counter(map(group_of, items))
    first = {group_of(item) for item in items if item.get_closest_marker("first")}
    items.sort(key=lambda item: (group_of(item) not in first, -sizes[group_of(item)]))


def group_of(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    assert mark is not None
    return mark.args[0]


@pytest.fixture
def collected(pytestconfig: pytest.Config) -> list[str]:
    """The names of all tests that were found, those that are not to be run too."""
    return pytestconfig.stash[COLLECTED]
