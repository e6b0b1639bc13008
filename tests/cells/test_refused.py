"""Settings of cells that make no sense are refused, with a way out."""

import jax
import pytest

from onward import CTRNN, RNN, RTU, S5, IndRNN


@pytest.mark.parametrize("factory", [RNN, IndRNN, RTU])
def test_an_unknown_activation_is_refused(factory, untyped) -> None:
    message = r"^Expected activation to be one of tanh, relu; got 'gelu'\. Try activation='tanh'\.$"
    with pytest.raises(ValueError, match=message):
        factory(2, 3, key=jax.random.key(0), activation="gelu")


def test_an_unknown_recurrence_is_refused(untyped) -> None:
    message = r"^Expected recurrence to be one of linear, nonlinear; got 'relu'\. Try recurrence="
    with pytest.raises(ValueError, match=message):
        RTU(2, 3, key=jax.random.key(0), recurrence="relu")


@pytest.mark.parametrize("leak", [0.0, -0.1, 1.5, float("nan")])
def test_a_leak_outside_of_its_range_is_refused(leak: float) -> None:
    with pytest.raises(ValueError, match=r"^Expected 0 < leak <= 1; got .*\. Try leak=0\.2\.$"):
        CTRNN(2, 3, key=jax.random.key(0), leak=leak)


@pytest.mark.parametrize("steps", [(0.0, 0.1), (0.2, 0.1)])
def test_steps_out_of_order_are_refused(steps: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"^Expected 0 < minimum_step < maximum_step; got .* Try"):
        S5(2, 3, key=jax.random.key(0), minimum_step=steps[0], maximum_step=steps[1])
