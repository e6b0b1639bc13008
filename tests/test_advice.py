"""What a message says to try can be tried, and then works."""

import re

import jax
import numpy as np
import pytest

from onward import (
    MLSTM,
    RNN,
    CrossEntropy,
    Embedded,
    Learner,
    Linear,
    RecursiveLeastSquares,
    WindowedTransformer,
)

KEY = jax.random.key(0)
MAKERS = {
    "input_size": lambda input_size: RNN(input_size, 3, key=KEY),
    "hidden_size": lambda hidden_size: RNN(2, hidden_size, key=KEY),
    "heads": lambda heads: WindowedTransformer(2, 6, key=KEY, heads=heads),
    "window": lambda window: WindowedTransformer(2, 6, key=KEY, window=window),
    "key_size": lambda key_size: MLSTM(2, 3, key=KEY, key_size=key_size),
    "symbols": lambda symbols: Embedded(RNN(2, 3, key=KEY), symbols, key=KEY),
    "targets": lambda targets: Learner(RNN(2, 3, key=KEY), targets, loss=CrossEntropy(2)),
    "features": lambda features: Linear(features, 1),
    "outputs": lambda outputs: Linear(3, outputs),
    "direct": lambda direct: Linear(3, 1, direct=direct),
    "forgetting": lambda forgetting: RecursiveLeastSquares(3, 1, forgetting=forgetting),
    "regularisation": lambda regularisation: RecursiveLeastSquares(
        3, 1, regularisation=regularisation
    ),
}


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("name", MAKERS)
def test_the_value_to_try_works(name):
    with pytest.raises(ValueError, match=rf"^Expected .*Try {name}=[0-9.]+\.$") as refused:
        MAKERS[name](-1)
    given = re.search(rf"Try {name}=([0-9.]+)\.$", str(refused.value))
    assert given is not None
    value = given[1]
    MAKERS[name](float(value) if "." in value else int(value))


@pytest.mark.usefixtures("untyped")
def test_a_size_of_numpy_is_repeated_as_one_of_python():
    with pytest.raises(ValueError, match=r"Try input_size=3\.$"):
        MAKERS["input_size"](np.int64(3))
