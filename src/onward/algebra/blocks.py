"""A matrix product with many columns, in place and some columns at a time."""

from collections.abc import Callable

import jax

from onward._typing import Array, Shaped

# Entries of an influence that are moved together on CPUs. Where each is read a few times,
# 128 kB in float32 stay within a core's own cache; a product of matrices wants enough work for
# several threads, and finds what to keep in a cache by itself.
CACHED, THREADED = 1 << 15, 1 << 21
# Up to here a product of matrices is given all columns at once: to cut blocks out of them and to
# put those back takes a seventh of the time, which a second influence of 64 MB is worth.
WHOLE = 1 << 24


def threaded(entries: int) -> int:
    """Of so many entries of an influence those that a product of matrices moves at a time."""
    return entries if entries <= WHOLE else THREADED


def in_blocks(
    product: Callable[[Array], Array],
    rows: Array,
    entries: int = CACHED,
    on_accelerators: int | None = None,
) -> Array:
    """`product` of a matrix with rows (N, ...), some columns at a time.

    Column by column the product stands alone. Blocks of columns, of so many `entries`, are
    therefore moved in place: memory is read and written once, and an enclosing loop needs no
    second influence to write to and copy back. An accelerator wants one large product, of all
    columns, or of `on_accelerators` entries at a time.
    """
    flat = rows.reshape(rows.shape[0], -1)
    moved = jax.lax.platform_dependent(
        flat,
        cpu=lambda flat: _block_by_block(product, flat, entries),
        default=lambda flat: (
            _block_by_block(product, flat, on_accelerators) if on_accelerators else product(flat)
        ),
    )
    return moved.reshape(rows.shape)


def _block_by_block(
    product: Callable[[Array], Array], flat: Shaped[Array, "N q"], entries: int
) -> Shaped[Array, "N q"]:
    count = flat.shape[1]
    width = min(max(entries // flat.shape[0], 1), count)

    def move(start: int | Array, flat: Array, width: int) -> Array:
        block = product(jax.lax.dynamic_slice_in_dim(flat, start, width, 1))
        return jax.lax.dynamic_update_slice_in_dim(flat, block, start, 1)

    flat = jax.lax.fori_loop(
        0, count // width, lambda index, flat: move(index * width, flat, width), flat
    )
    if rest := count % width:
        flat = move(count - rest, flat, rest)
    return flat
