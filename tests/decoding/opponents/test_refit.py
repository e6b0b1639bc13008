import numpy as np
import pytest

from onward.decoding.opponents import intended_velocity


def test_it_points_at_the_goal_with_the_speed_that_was_decoded() -> None:
    decoded = np.array([[3.0, 4.0], [0.0, 2.0], [1.0, 1.0], [1.0, 0.0]])
    position = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 0.0]])
    goal = np.array([[8.0, 0.0], [1.0, -9.0], [2.5, 2.0], [np.nan, np.nan]])
    found = intended_velocity(decoded, position, goal, radius=1.0)
    expected = np.array([[5.0, 0.0], [0.0, -2.0], [0.0, 0.0], [np.nan, np.nan]])
    np.testing.assert_allclose(found, expected)


def test_it_says_which_shapes_differ() -> None:
    with pytest.raises(ValueError, match=r"Expected velocities, .* got \(3, 2\), \(3, 2\) and"):
        intended_velocity(np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((2, 2)), 1.0)
