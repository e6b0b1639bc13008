"""One draw of a world as a job, which a process or a cluster's worker can do by itself."""

from typing import Any

import jax


def measure(world: str, factor: int, name: str) -> dict[str, Any]:
    """What a draw comes to, as plain data.

    Args:
        world: its name.
        factor: of the scale; 1 is the full one.
        name: of the draw or the point.
    """
    # Draws in float64 stand beside draws in float32.
    jax.config.update("jax_enable_x64", True)
    from papers.multiverse.worlds import at_scale

    chosen = at_scale(world, factor)
    return chosen.measure(chosen.protocols()[name], name).as_dict()
