"""Labels that are inferred from where the target was: what the user meant to do."""

import numpy as np


def intended_velocity(
    decoded: np.ndarray, position: np.ndarray, goal: np.ndarray, radius: float
) -> np.ndarray:
    """Velocities as fast as the decoded ones that point at the goal.

        y_t = |ŷ_t| (g_t - p_t) / |g_t - p_t|,   0 where |g_t - p_t| <= radius

    A user who sees the cursor is taken to mean to move it straight to the goal, and to stop
    there. Opponents are then fitted on these labels as on any others.

    Args:
        decoded: velocities of the cursor, shape (T, axes).
        position: of the cursor at the start of each bin, shape (T, axes).
        goal: where the target is, shape (T, axes), NaN where there is none.
        radius: of the target, in units of position.

    Returns:
        Shape (T, axes), NaN where there is no goal or no position.

    Raises:
        ValueError: if the shapes differ.

    Source: Gilja, Nuyujukian, Chestek et al. (2012), A high-performance neural prosthesis enabled
    by control algorithm design, Nature Neuroscience 15.
    """
    if not decoded.shape == position.shape == goal.shape:
        raise ValueError(
            "Expected velocities, positions and goals of one shape (T, axes); got "
            f"{decoded.shape}, {position.shape} and {goal.shape}. Try one row a bin in each."
        )
    way = goal - position
    distance = np.linalg.norm(way, axis=1, keepdims=True)
    speed = np.linalg.norm(decoded, axis=1, keepdims=True)
    outside = distance > radius
    return np.where(outside, way * (speed / np.where(outside, distance, 1.0)), 0.0 * way)
