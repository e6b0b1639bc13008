"""A decoder answers every bin, whatever becomes of learning."""

from typing import Any

import jax
import numpy as np
import pytest

import onward
from matrix import left
from onward.forecasters import LastLabel
from onward.learning.observation import Observation
from onward.serving import Decoded, Decoder, Limit
from onward.wrapping.late import credit, see
from serving.learners import CHANNELS, Accumulator, drawn, learner_of, numbers, start

XS, YS = drawn(60)
PARTS = [
    left({}, id="options0"),
    pytest.param({"rule": onward.EProp()}, id="options1"),
    pytest.param({"delay": 2, "feedback": False}, id="options2"),
]


def decoder_of(learner: Any = None, **options: Any) -> Decoder:
    learner = learner_of() if learner is None else learner
    return Decoder(learner, start(learner), **options)


def taught(decoder: Decoder, first: int = 0, last: int = 40) -> list[Decoded]:
    return [decoder.decode(XS[t], YS[t]) for t in range(first, last)]


@pytest.mark.parametrize("options", PARTS)
def test_it_says_and_learns_what_the_learner_does(options: dict[str, Any]) -> None:
    learner = learner_of(**options)
    decoder = decoder_of(learner)
    decoder.warm_up()
    state, told = start(learner), []
    for t in range(40):
        if t % 15:
            state, info = learner.step(state, XS[t], YS[t])
        else:
            state, info = learner.step(state, Observation(XS[t], YS[t], 1, True))
        told.append(decoder.decode(XS[t], YS[t], stamp=t / 2, start=t % 15 == 0))
        assert np.array_equal(told[t].prediction, info.prediction, equal_nan=True)
        assert told[t].learnt == info.learnt
    assert [each.number for each in told] == list(range(40)) and told[3].stamp == 1.5
    for one, other in zip(numbers(decoder.state), numbers(state), strict=True):
        assert np.array_equal(one, other)


def test_a_mixture_is_served_too() -> None:
    readouts = onward.ReadoutOnly(), onward.Immediate()
    members = {str(rule): learner_of(rule=rule) for rule in readouts}
    learner = onward.Mixture({**members, "last": LastLabel()})
    decoder, state = decoder_of(learner), start(learner)
    for t in range(5):
        state, info = learner.step(state, XS[t], YS[t])
        told = decoder.decode(XS[t], YS[t])
        assert np.array_equal(told.prediction, info.prediction, equal_nan=True)
    decoder.freeze()
    before = numbers(decoder.state)
    assert not any(each.learnt for each in taught(decoder, 5, 10))
    after = numbers(decoder.state)
    moved = [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]
    # Of each member its state and counters.
    assert sum(moved) == 4


def test_frozen_nothing_moves_but_what_follows_time() -> None:
    decoder = decoder_of()
    decoder.warm_up()
    taught(decoder)
    before = jax.tree.map(np.array, decoder.state.fields)
    decoder.freeze()
    assert not any(each.learnt for each in taught(decoder, 40, 60)) and not decoder.adapting
    after = decoder.state.fields
    for name in ("parameters", "optimizer", "input_scale", "target_scale"):
        for one, other in zip(
            jax.tree.leaves(getattr(before, name)),
            jax.tree.leaves(getattr(after, name)),
            strict=True,
        ):
            assert np.array_equal(one, other), name
    assert not np.array_equal(before.recurrent, after.recurrent)
    assert after.counters.samples == 60 and decoder.withheld == 20
    decoder.thaw()
    assert decoder.decode(XS[0], YS[0]).learnt


def test_frozen_but_for_the_scale_that_follows_the_inputs() -> None:
    decoder = decoder_of()
    taught(decoder)
    before = jax.tree.map(np.array, decoder.state.fields)
    decoder.freeze(scale=False)
    taught(decoder, 40, 60)
    after = decoder.state.fields
    same = [
        np.array_equal(one, other)
        for one, other in zip(
            jax.tree.leaves(before.input_scale), jax.tree.leaves(after.input_scale), strict=True
        )
    ]
    assert not any(same)
    assert np.array_equal(before.parameters["readout"].weight, after.parameters["readout"].weight)


def test_a_masked_channel_is_a_missing_one_and_the_bin_stays_as_it_was() -> None:
    learner = learner_of()
    decoder, plain = decoder_of(learner), decoder_of(learner)
    taught(decoder), taught(plain)
    decoder.mask(np.array([1]))
    given = XS[50].copy()
    missing = given.copy()
    missing[1] = np.nan
    found, expected = decoder.decode(given), plain.decode(missing)
    assert np.array_equal(found.prediction, expected.prediction)
    assert np.array_equal(given, XS[50])
    decoder.mask(())
    assert np.array_equal(decoder.decode(given).prediction, plain.decode(given).prediction)


def test_a_transform_stands_between_bins_and_features() -> None:
    learner = learner_of()
    read = []

    def halves(x: np.ndarray) -> np.ndarray:
        read.append(x.copy())
        return x[:CHANNELS] + x[CHANNELS:]

    decoder = decoder_of(learner, transform=halves, channels=2 * CHANNELS)
    decoder.warm_up()
    assert read == []
    plain = decoder_of(learner)
    for x, y in zip(XS[:20], YS[:20], strict=True):
        found = decoder.decode(np.concatenate([x / 4, 3 * x / 4]), y)
        np.testing.assert_allclose(found.prediction, plain.decode(x, y).prediction)
    decoder.mask([5])
    decoder.decode(np.ones(6))
    assert np.isnan(read[-1][5]) and np.isfinite(read[-1][:5]).all()


def test_what_goes_out_is_limited_and_what_was_predicted_is_told() -> None:
    learner = learner_of()
    decoder, plain = decoder_of(learner, limit=Limit(change=0.05)), decoder_of(learner)
    told, free = taught(decoder), taught(plain)
    for one, other in zip(told, free, strict=True):
        assert np.array_equal(one.predicted, other.predicted, equal_nan=True)
    out = np.array([one.prediction for one in told if np.isfinite(one.prediction).all()])
    assert np.linalg.norm(np.diff(out, axis=0), axis=1).max() <= 0.05 * (1 + 1e-9)
    assert any(one.limited for one in told) and not told[0].limited


def test_divergence_ends_learning_and_not_the_decoder() -> None:
    decoder = Decoder(Accumulator(), np.zeros(2))
    assert decoder.decode([1.0, 2.0]).prediction.tolist() == [1.0, 2.0]
    assert decoder.decode([1.0, 0.0], [13.0, 0.0]).events == ()
    found = decoder.decode([1.0, 1.0], [1.0, 1.0])
    assert found.events == (
        "diverged: the prediction is not finite; learning has ended, from the last good state",
    )
    assert found.prediction.tolist() == [1.0, 1.0] and not found.learnt
    assert not decoder.adapting
    again = decoder.decode([1.0, 1.0], [13.0, 0.0])
    assert again.prediction.tolist() == [2.0, 2.0] and again.events == ()
    decoder.thaw()
    assert decoder.decode([0.0, 0.0], [13.0, 1.0]).learnt
    found = decoder.decode([0.0, 0.0], [1.0, 1.0])
    assert found.events and np.isfinite(found.prediction).all()
    decoder.thaw()
    assert decoder.decode([0.0, 0.0], [1.0, 1.0]).learnt


def test_before_the_first_prediction_there_is_no_fault() -> None:
    decoder = Decoder(Accumulator(), np.full(2, np.nan))
    found = decoder.decode([1.0, 1.0])
    assert np.isnan(found.prediction).all() and found.events == () and decoder.adapting


def test_divergence_while_frozen_keeps_the_scale_of_the_state_gone_back_to() -> None:
    decoder = decoder_of()
    taught(decoder)
    decoder.freeze()
    taught(decoder, 40, 45)
    good = decoder._good._good.fields
    decoder.state = jax.tree.map(
        lambda leaf: leaf * np.nan if leaf.size > 5 else leaf, decoder.state
    )
    found = decoder.decode(XS[45])
    assert found.events and np.isfinite(found.prediction).all()
    decoder.decode(XS[46])
    for one, other in zip(
        jax.tree.leaves(decoder.state.input_scale), jax.tree.leaves(good.input_scale), strict=True
    ):
        assert np.array_equal(one, other)


def test_where_nothing_finite_is_predicted_the_last_output_is_held() -> None:
    decoder = decoder_of()
    taught(decoder, 0, 5)
    last = decoder.decode(XS[5])
    # All that there is to go back to is a state from before the first label.
    decoder._watch._long, decoder._watch._losses = 1e-9, 1_000
    found = decoder.decode(XS[6], YS[6])
    assert np.array_equal(found.prediction, last.prediction)
    diverged, held = found.events
    assert diverged.startswith("diverged: the loss is ")
    assert held == "held: the last good state predicts nothing finite"
    assert decoder.decode(XS[7]).events == (held,)


def test_a_good_state_is_older_than_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onward.serving.kept.EVERY", 10)
    decoder = Decoder(Accumulator(), np.zeros(2))
    for _ in range(35):
        decoder.decode([0.0, 0.0], [1.0, 1.0])
    decoder.decode([0.0, 0.0], [13.0, 1.0])
    found = decoder.decode([0.0, 0.0])
    assert found.events and found.prediction.tolist() == [18.0, 18.0]


@pytest.mark.parametrize("rule", [left(onward.Immediate(), id="rule0"), onward.EProp()])
def test_labels_that_come_later_by_their_number_are_credited_to_their_bin(rule: Any) -> None:
    learner = learner_of(rule=rule)
    decoder = decoder_of(learner, waiting=5)
    decoder.warm_up()
    state, kept = start(learner), []
    for t in range(12):
        state, seen = see(learner, state, XS[t])
        kept.append(seen)
        found = decoder.decode(XS[t])
        assert np.array_equal(found.prediction, seen.prediction, equal_nan=True)
        if t >= 4:
            state, _ = credit(learner, state, kept[t - 4], YS[t - 4])
            decoder.label(t - 4, YS[t - 4])
    for one, other in zip(numbers(decoder.state), numbers(state), strict=True):
        assert np.array_equal(one, other)
    decoder.label(0, YS[0])
    decoder.label(3, YS[3])
    assert decoder.unknown == 2
    decoder.freeze()
    decoder.label(11, YS[11])
    assert decoder.withheld == 1
    assert np.array_equal(decoder.state.parameters["readout"].weight, numbers_of_readout(state))


def test_only_so_many_bins_wait() -> None:
    decoder = decoder_of(waiting=2)
    for t in range(4):
        decoder.decode(XS[t])
    for number in (1, 2, 3):
        decoder.label(number, YS[number])
    assert decoder.unknown == 1


def numbers_of_readout(state: Any) -> np.ndarray:
    return np.array(state.parameters["readout"].weight)


def test_a_loss_far_above_its_past_ends_learning_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onward.serving.watch.FIRST", 5)
    decoder = decoder_of(waiting=3)
    for t in range(40):
        decoder.decode(XS[t])
        decoder.label(t, YS[t])
    decoder._watch._long = 1e-9
    decoder.decode(XS[40])
    decoder.label(40, YS[40])
    assert not decoder.adapting
    (event,) = decoder.decode(XS[41]).events
    assert event.startswith("diverged: the loss is ")
    assert decoder.decode(XS[42]).events == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": 0}, "Expected channels to be a positive integer; got 0."),
        ({"waiting": -1}, "Expected waiting to be an integer >= 0; got -1. Try waiting=100."),
        ({"adapt": 1}, "Expected adapt of type bool; got 1."),
        ({"limit": 1.0}, "Expected limit of type Limit; got 1.0."),
    ],
)
def test_settings_that_cannot_be_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decoder_of(**options)


def test_learners_that_cannot_be_served_so_are_refused() -> None:
    with pytest.raises(ValueError, match="tells its features, or channels; got neither from objec"):
        Decoder(object(), 0.0)
    with pytest.raises(ValueError, match=r"Expected a learner without delay; got delay=2."):
        decoder_of(learner_of(delay=2), waiting=5)
    with pytest.raises(ValueError, match="Learner or a Mixture, whose samples can wait"):
        Decoder(Accumulator(), np.zeros(2), waiting=5)


def test_bins_and_labels_that_do_not_fit_are_refused() -> None:
    decoder = decoder_of()
    with pytest.raises(ValueError, match=r"Expected a bin of shape \(3,\); got \(4,\)."):
        decoder.decode(np.zeros(4))
    with pytest.raises(ValueError, match=r"Expected channels below 3; got 3."):
        decoder.mask([3])
    with pytest.raises(ValueError, match=r"as waiting is 0. Try waiting=100."):
        decoder.label(0, YS[0])
    with pytest.raises(ValueError, match=r"got one with a bin. Try label\(number, y\)."):
        decoder_of(waiting=5).decode(XS[0], YS[0])
