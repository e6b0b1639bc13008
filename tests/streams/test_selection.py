import numpy as np
import pytest

from onward.streams import StreamError, open_stream


def test_columns_come_in_the_order_they_are_named_in() -> None:
    some = open_stream("lorenz", target="z", features=["y", "x"])
    (part,), (whole,) = some.chunks(20_000), open_stream("lorenz").chunks(20_000)
    np.testing.assert_array_equal(part.x, whole.x[:, [1, 0]])
    np.testing.assert_array_equal(part.y, whole.y[:, [2]])
    assert some.info.feature_names == ("y", "x") and some.info.target_names == ("z",)
    assert some.info.horizon == 1 and some.info.length == 10_000


def test_what_is_not_named_stays() -> None:
    some = open_stream("cortex", target="velocity_y")
    assert len(some.info.feature_names) == 96


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (
            {"target": "velocity"},
            "Expected a target of cortex; got 'velocity'; try 'velocity_y' or 'velocity_x' "
            "(one of 'velocity_x', 'velocity_y').",
        ),
        (
            {"target": "n00"},
            "Expected a target of cortex; got 'n00'; try one of 'velocity_x', 'velocity_y'.",
        ),
        (
            {"features": ["n00", "velocity_x"]},
            "Expected a feature of cortex; got 'velocity_x'; try one of 'n00', 'n01', 'n02', "
            "'n03', 'n04', 'n05', 'n06', 'n07', 'n08', 'n09', 'n10', 'n11' and 84 more.",
        ),
        (
            {"task": "classification"},
            "Expected the task 'regression', which cortex sets; got 'classification'; "
            "try leaving the task out.",
        ),
    ],
)
def test_columns_and_tasks_that_a_stream_lacks_are_refused(choice: dict, message: str) -> None:
    with pytest.raises(StreamError) as error:
        open_stream("cortex", **choice)
    assert str(error.value) == message
