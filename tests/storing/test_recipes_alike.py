"""Two equal recipes are equal, one is changed in one field, and what it prints tells all."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from catalogue import make_cell
from onward import (
    RTRL,
    TBPTT,
    Absolute,
    AdaptiveMoments,
    ExponentialMoments,
    FixedMoments,
    Learner,
    Linear,
    Optimizer,
    RecursiveLeastSquares,
    Unscaled,
)

SCHEDULE = optax.constant_schedule(0.1)


def made(**changes: Any) -> Learner:
    settings = {"cell": make_cell("rnn"), "optimizer": "sgd"}
    return Learner(**{**settings, **changes})


plain = cache(made)


def moved(tree: Any) -> Any:
    """With one weight a bit larger."""
    leaves, structure = jax.tree.flatten(tree)
    return jax.tree.unflatten(structure, [leaves[0] + 1e-9, *leaves[1:]])


# One change of each argument.
CHANGES: dict[str, dict[str, Any]] = {
    "cell": {"cell": moved(make_cell("rnn"))},
    "targets": {"targets": 2},
    "loss": {"loss": Absolute()},
    "rule": {"rule": RTRL()},
    "setting of a rule": {"rule": TBPTT(3)},
    "optimizer": {"optimizer": "adam"},
    "learning_rate": {"learning_rate": 0.5},
    "schedule": {"learning_rate": SCHEDULE},
    "groups": {"learning_rate": {"cell": 0.5}},
    "clip": {"optimizer": Optimizer("sgd", clip=1.0)},
    "readout": {"readout": Linear(5, 1)},
    "weights of a readout": {"readout": moved(Linear(5, 1, direct=3))},
    "readout that learns itself": {"readout": RecursiveLeastSquares},
    "delay": {"delay": 1},
    "feedback": {"feedback": True},
    "scale": {"scale": {"inputs": ExponentialMoments(9.0)}},
    "scale of targets": {"scale": {"targets": Unscaled()}},
    "guard": {"guard": False},
}


@pytest.mark.parametrize("name", CHANGES)
def test_equal_recipes_are_equal_and_others_are_not(name: str) -> None:
    one, other = made(**CHANGES[name]), made(**CHANGES[name])
    assert one == other
    assert hash(one) == hash(other) and len({one, other}) == 1
    assert one != plain() and plain() != one
    assert repr(one) == repr(other)


@pytest.mark.parametrize("name", CHANGES)
def test_replace_changes_one_field_and_nothing_else(name: str) -> None:
    learner = plain()
    changed = learner.replace(**CHANGES[name])
    assert changed == made(**CHANGES[name])
    assert learner == made()
    assert changed.replace(**{key: learner.asked[key] for key in CHANGES[name]}) == learner


def test_what_is_given_and_what_is_chosen_are_equal() -> None:
    given = made(
        loss=made().parts.loss,
        optimizer=Optimizer("sgd"),
        readout=Linear(5, 1, direct=3),
        scale=AdaptiveMoments(),
    )
    assert given == made() and given != 3
    assert Learner(**made().used) == made()


def test_weights_of_another_dtype_are_others() -> None:
    assert made(cell=make_cell("rnn", dtype=np.float32)) != made()


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError) as error:
        made().replace(rate=1, size=3)
    assert str(error.value) == (
        "Expected settings among cell, targets, loss, rule, optimizer, learning_rate, readout, "
        "delay, every, feedback, scale, missing, mask, expansions, guard; got rate, size. Try "
        "rule=onward.RTRL()."
    )


def test_parts_and_sizes_are_printed() -> None:
    lines = repr(made(rule=TBPTT(3), delay=2, targets=2)).splitlines()
    assert lines[0] == (
        "Learner(  # float64; 3 in, 2 to learn, 2 out; weights: 45 in the cell, 18 in the readout"
    )
    given = "'sgd', learning_rate=0.002, weight_decay=0.0, clip=None, bound=None"
    for line in (
        "    rule=TBPTT(window=3),",
        f"    optimizer=Optimizer({given}),",
        "    targets=2,",
        "    delay=2,",
        "    feedback=False,",
        "    guard=True,",
    ):
        assert line in lines
    assert lines[-1] == ")"
    text = "\n".join(lines)
    places = [text.index(f"\n    {name}=") for name in made().used]
    assert places == sorted(places)


def test_parts_of_many_lines_stand_within_the_learner() -> None:
    class Long(Absolute):
        def __repr__(self) -> str:
            return "Long(\n    a,\n    b,\n)"

    text = repr(made(loss=Long()))
    assert "\n    loss=Long(\n        a,\n        b,\n    ),\n" in text


def test_a_part_that_goes_on_and_on_is_cut() -> None:
    numbers = jnp.linspace(1, 2, 500)
    text = repr(made(scale={"inputs": Unscaled(), "targets": FixedMoments(0.0, 1.0)}))
    assert " ..." not in text

    class Endless(Absolute):
        def __repr__(self) -> str:
            return f"Endless({numbers.tolist()})"

    text = repr(made(loss=Endless()))
    assert " ...,\n" in text and len(text) < 3_000 and text.endswith("guard=True,\n)")


def test_optimizers_print_what_they_were_given() -> None:
    assert repr(Optimizer("adam", 0.1, clip=2.0)) == (
        "Optimizer('adam', learning_rate=0.1, weight_decay=0.0, clip=2.0, bound=None)"
    )
    mixed = Optimizer({"cell": "adam", "readout": optax.sgd(0.1)}, SCHEDULE)
    assert repr(mixed) == (
        "Optimizer({'cell': 'adam', 'readout': custom}, learning_rate=custom, weight_decay=0.0, "
        "clip=None, bound=None)"
    )
    assert repr(Optimizer(optax.sgd(0.1))) == (
        "Optimizer(custom, learning_rate={}, weight_decay=0.0, clip=None, bound=None)"
    )
