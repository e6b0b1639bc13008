"""The parts of a learner as JSON, and back. Nothing that a file names is ever imported."""

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward import (
    cells,
    expansions,
    forecasters,
    losses,
    mixing,
    optimizers,
    readouts,
    rules,
    scales,
)
from onward._typing import Array
from onward.cells.elementwise import Constant, Drive
from onward.readouts.window import Window
from onward.storing.store import CheckpointError

# Of JSON values within each other. A stack of residual blocks of cells takes a dozen.
DEEPEST = 100
OWN = "onward."


class UnwritableError(TypeError):
    """A value that cannot be written; the message says which."""


def _public(*rooms: Any) -> dict[str, type]:
    """The classes of these rooms that have instances, by name."""
    members = (getattr(room, name) for room in rooms for name in room.__all__)
    return {
        member.__name__: member
        for member in members
        if isinstance(member, type)
        and issubclass(member, eqx.Module)
        and not inspect.isabstract(member)
    }


PARTS: Mapping[str, type] = {
    **_public(cells, expansions, forecasters, losses, mixing, optimizers, readouts, rules, scales),
    **{part.__name__: part for part in (Constant, Drive, Window)},
}


def name_of(kind: type) -> str:
    """The name by which a class is written: `onward.GRU` for one of the library's."""
    name = kind.__name__
    return OWN + name if PARTS.get(name) is kind else name


def by_name(classes: Iterable[type]) -> dict[str, type]:
    """The library's classes, and others, by the names that `name_of` gives.

    Raises:
        ValueError: something is no class of modules, or two have the same name.
    """
    found = {OWN + name: kind for name, kind in PARTS.items()}
    for kind in classes:
        if not (isinstance(kind, type) and issubclass(kind, eqx.Module)):
            raise ValueError(
                f"Expected classes of cells, rules and other parts; got {repr(kind)[:60]}. Try "
                "classes=[MyCell]."
            )
        if found.setdefault(name_of(kind), kind) is not kind:
            raise ValueError(
                f"Expected classes of different names; got two of the name {kind.__name__}. Try "
                "renaming one."
            )
    return found


def encode(value: Any, keep: Callable[[str, Array], str], path: str) -> Any:
    """A part as what JSON can hold.

    Args:
        value: numbers, strings, modules of weights and such, nested in any way.
        keep: takes the path and the content of an array, and returns the name that it is kept by.
        path: of the value.

    Raises:
        UnwritableError: something is none of these, as a function.
    """
    value = value.item() if isinstance(value, np.generic) else value
    inner = lambda name, part: encode(part, keep, f"{path}.{name}")  # noqa: E731
    if type(value) is float and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        items = [inner(index, each) for index, each in enumerate(value)]
        return items if type(value) is list else {"tuple": items}
    if type(value) is dict and all(type(name) is str for name in value):
        return {"mapping": {name: inner(name, each) for name, each in value.items()}}
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jnp.inexact):
        return {"array": keep(path, value)}
    if isinstance(value, type):
        return {"type": name_of(value)}
    if type(value) is partial:
        parts = (("call", value.func), ("arguments", value.args), ("settings", value.keywords))
        return {name: inner(name, part) for name, part in parts}
    if isinstance(value, eqx.Module):
        names = [field.name for field in dataclasses.fields(type(value))]
        parts = {name: inner(name, getattr(value, name)) for name in names}
        return {"class": name_of(type(value)), "fields": parts}
    raise UnwritableError(f"{path}, of type {type(value).__name__}")


def decode(
    value: Any,
    arrays: Mapping[str, np.ndarray],
    classes: Mapping[str, type],
    depth: int = 0,
) -> Any:
    """The inverse of `encode`.

    Args:
        value: from JSON.
        arrays: by the names that they are kept by.
        classes: from `by_name`.
        depth: how many values are around it.

    Raises:
        CheckpointError: it is not what `encode` writes; a class or an array is not there.
        Exception: any other that a `__check_init__` raises.
    """
    if depth > DEEPEST:
        raise CheckpointError(
            f"Expected parts within parts, {DEEPEST} deep at most; got more. Try a file that "
            "onward.save wrote."
        )
    inner = partial(decode, arrays=arrays, classes=classes, depth=depth + 1)
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return list(map(inner, value))
        case {"tuple": list(items)}:
            return tuple(map(inner, items))
        case {"mapping": dict(items)}:
            return {name: inner(each) for name, each in items.items()}
        case {"float": str(text)}:
            return float(text)
        case {"array": str(name)}:
            return _array(name, arrays)
        case {"type": str(name)}:
            return _class(name, classes)
        case {"call": function, "arguments": arguments, "settings": settings}:
            return partial(inner(function), *inner(arguments), **inner(settings))
        case {"class": str(name), "fields": dict(fields)}:
            return _module(_class(name, classes), fields, inner)
    raise CheckpointError(
        f"Expected a part of a learner; got {repr(value)[:60]}. Try a file that onward.save wrote."
    )


def _array(name: str, arrays: Mapping[str, np.ndarray]) -> Array:
    if name not in arrays:
        raise CheckpointError(
            f"Expected the array {name} in the file; got none. Try a file that onward.save wrote."
        )
    # Not `jnp.asarray`, which compiles a copy for every shape.
    return jax.device_put(arrays[name])


def _class(name: str, classes: Mapping[str, type]) -> type:
    if name in classes:
        return classes[name]
    if name.startswith(OWN):
        raise CheckpointError(
            f"Expected a class of this version of the library; got {name}. Try the version that "
            "onward.describe names."
        )
    raise CheckpointError(
        f"Expected the class {name}, which is not the library's own; got none of that name. Try "
        f"onward.load(path, classes=[{name}])."
    )


def _module(kind: type, fields: dict[str, Any], inner: Callable[[Any], Any]) -> eqx.Module:
    """A module with these fields, checked as if its own `__init__` had set them."""
    names = [field.name for field in dataclasses.fields(kind)]
    if set(names) != set(fields):
        raise CheckpointError(
            f"Expected the fields {', '.join(names) or 'none'} of {kind.__name__}; got "
            f"{', '.join(fields) or 'none'}. Try the class as it was when the file was written."
        )
    module = object.__new__(kind)
    for name in names:
        object.__setattr__(module, name, inner(fields[name]))
    for parent in kind.__mro__:
        if "__check_init__" in vars(parent):
            vars(parent)["__check_init__"](module)
    return module
