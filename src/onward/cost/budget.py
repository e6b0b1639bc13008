"""Counts what an allocation would take before it is made."""

from typing import Any

import jax
import psutil


class MemoryBudgetError(MemoryError):
    """A configuration that would not fit into the free memory."""


def counted_bytes(tree: Any) -> int:
    """Bytes of the arrays, or of the shapes, in a tree."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def readable(count: int) -> str:
    """A number of bytes in units that are easy to read."""
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def free_bytes() -> int:
    """Bytes that are free where JAX computes by default: on its device, if that tells, or here."""
    if jax.default_backend() != "cpu":
        stats = jax.devices()[0].memory_stats() or {}
        if "bytes_limit" in stats and "bytes_in_use" in stats:
            return stats["bytes_limit"] - stats["bytes_in_use"]
    return psutil.virtual_memory().available


def refuse_if_too_large(parts: dict[str, int], alternatives: str) -> None:
    """Raise MemoryBudgetError where the parts' bytes together pass the free memory.

    Args:
        parts: what is held, by name, in bytes.
        alternatives: what to try, for the message.
    """
    free = free_bytes()
    total = sum(parts.values())
    if total > free:
        listed = ", ".join(f"{name} {readable(count)}" for name, count in parts.items() if count)
        raise MemoryBudgetError(
            f"Expected at most {readable(free)}, the free memory; got {readable(total)} "
            f"({listed}). Try {alternatives}."
        )
