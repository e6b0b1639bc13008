"""Spaces, draws and their rule of judgement, shares with intervals, and what decides."""

import json
from collections.abc import Mapping

import numpy as np
import pytest

from papers.multiverse.deciding import deciding, leaves
from papers.multiverse.draw import Draw
from papers.multiverse.methods import NONE, SPARSE
from papers.multiverse.space import Factor, Space
from papers.multiverse.universe import Universe, interval, outcome
from papers.setting import EXACT, FROZEN, Method

RATE, START = Factor("rate", (0.1, 0.01)), Factor("start", ("near", "far", "far"))
SPACE = Space("small", (RATE, START, *(Factor(f"noise {one}", (0, 1, 2)) for one in range(6))))
PROTOCOLS = [SPACE.draw(index) for index in range(200)]


def drawn(frozen: float, exact: float, tried: float, name: str = "one") -> Draw:
    """A draw of three methods, whose errors vary a little around these."""
    errors = {FROZEN: frozen, EXACT: exact, NONE: tried}
    spread = np.array([0.99, 1.0, 1.01])
    return Draw(name, {"rate": 0.1}, {one.name: error * spread for one, error in errors.items()})


def test_a_draw_is_the_same_on_every_machine() -> None:
    assert list(SPACE.draw(3).values()) == [0.1, "far", 0, 0, 1, 1, 1, 1]
    assert PROTOCOLS[:9] == [SPACE.draw(index) for index in range(9)]
    other = Space("other", SPACE.factors)
    assert [other.draw(index) for index in range(9)] != PROTOCOLS[:9]


def test_values_are_drawn_as_often_as_they_are_named_and_by_themselves() -> None:
    many = [SPACE.draw(index) for index in range(3000)]
    far = np.array([one["start"] == "far" for one in many])
    low = np.array([one["rate"] == 0.01 for one in many])
    assert far.mean() == pytest.approx(2 / 3, abs=0.03)
    assert low.mean() == pytest.approx(1 / 2, abs=0.03)
    assert low[far].mean() == pytest.approx(low[~far].mean(), abs=0.06)


def test_a_point_takes_first_values_where_it_does_not_say() -> None:
    assert SPACE.point({"start": "far"})["rate"] == 0.1
    assert SPACE.point({})["start"] == "near"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"start": "else"}, r"got start = 'else'. Try 'near', 'far'\."),
        ({"begin": "far"}, r"got begin = 'far'. Try 'rate', 'start', 'noise 0'"),
    ],
)
def test_a_point_outside_the_space_is_refused(values: Mapping, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SPACE.point(values)


def test_a_space_without_a_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="a value or more of the factor 'rate'; got none"):
        Space("none", (START, Factor("rate", ())))
    with pytest.raises(ValueError, match="factors of different names"):
        Space("twice", (RATE, RATE))


def test_recovery_is_the_part_of_what_the_reference_gains() -> None:
    draw = drawn(frozen=1.0, exact=0.2, tried=0.4)
    assert draw.gain() == pytest.approx(0.8)
    assert draw.recovery(NONE) == pytest.approx(75)
    assert draw.recoveries(NONE).mean() == pytest.approx(75)
    assert draw.has(NONE) and not draw.has(SPARSE)


@pytest.mark.parametrize(
    ("errors", "adapts", "fails"),
    [
        ((1.0, 0.2, 0.39), True, False),
        ((1.0, 0.2, 0.6), False, False),
        ((1.0, 0.2, 0.81), False, True),
        ((1.0, 0.2, 5.0), False, True),
        # A reference that gains nothing: errors are compared.
        ((1.0, 0.95, 0.5), True, False),
        ((1.0, 0.95, 1.04), True, True),
        ((1.0, 0.95, 1.1), False, True),
        # What diverged has not adapted, even beside a reference that did so too.
        ((1.0, 0.2, np.inf), False, True),
        ((1.0, np.inf, np.inf), False, True),
        ((1.0, np.inf, 0.5), True, False),
    ],
)
def test_one_rule_says_what_adapts_and_what_fails(
    errors: tuple[float, float, float], adapts: bool, fails: bool
) -> None:
    draw = drawn(*errors)
    assert (draw.adapts(NONE), draw.fails(NONE)) == (adapts, fails)


@pytest.mark.parametrize(
    ("errors", "level", "matches"),
    [
        ((1.0, 0.2, 0.27), True, True),
        ((1.0, 0.2, 0.29), False, False),
        ((1.0, 0.2, 0.01), False, True),
        ((1.0, 0.9, 0.98), True, True),
        ((1.0, np.inf, 0.5), False, True),
        ((1.0, 0.5, np.inf), False, False),
        ((1.0, np.inf, np.inf), False, False),
    ],
)
def test_level_errors(errors: tuple[float, float, float], level: bool, matches: bool) -> None:
    draw = drawn(*errors)
    assert (draw.level(NONE, EXACT), draw.matches(NONE, EXACT)) == (level, matches)


def test_recovery_of_next_to_nothing_has_no_figure() -> None:
    assert np.isnan(drawn(1.0, 0.95, 0.5).recovery(NONE))
    assert np.isnan(drawn(1.0, np.inf, 0.5).recovery(NONE))


def test_variation_is_in_per_cent() -> None:
    assert drawn(1.0, 0.5, 0.3).variation(NONE) == pytest.approx(1.0)
    assert drawn(1.0, 0.5, np.inf).variation(NONE) == np.inf


def test_a_draw_comes_back_from_json() -> None:
    errors = {"frozen": np.array([1.0, np.inf]), EXACT.name: np.array([0.123456, 2e-9])}
    draw = Draw("0001", {"rate": 0.1}, errors, {"norm": np.array([3.0, 4.0])})
    again = Draw.of(json.loads(json.dumps(draw.as_dict())))
    np.testing.assert_array_equal(again.errors["frozen"], [1.0, np.inf])
    np.testing.assert_array_equal(again[EXACT], [0.1235, 2e-9])
    assert again.number("norm") == 3.5
    assert (again.name, again.protocol, again.hopeless) == ("0001", {"rate": 0.1}, "")
    ended = Draw("0002", {}, hopeless="nothing learnt")
    assert Draw.of(ended.as_dict()).hopeless == "nothing learnt"


def test_a_draw_in_parts_is_read_part_by_part() -> None:
    sparse = Method("sparse-rtrl:k=4", "adam")
    errors = {f"{label}: {sparse.name}": np.array([at]) for label, at in (("a", 1.0), ("ab", 2.0))}
    draw = Draw("0001", {}, errors, {"ab: norm": np.array([3.0])})
    assert draw.parts() == ("a", "ab")
    assert draw.part("a")[sparse] == 1.0 and not draw.part("a").numbers
    assert draw.part("ab").number("norm") == 3.0


@pytest.mark.parametrize(
    ("held", "of", "low", "high"),
    [(10, 20, 0.299, 0.701), (0, 20, 0.0, 0.161), (20, 20, 0.839, 1.0), (81, 263, 0.255, 0.366)],
)
def test_wilsons_interval(held: int, of: int, low: float, high: float) -> None:
    assert interval(held, of) == pytest.approx((low, high), abs=6e-4)


def test_a_share_gives_the_verdict() -> None:
    assert [outcome(share) for share in (0.8, 0.79, 0.2)] == [
        "holds",
        "holds in a regime",
        "does not hold",
    ]
    assert outcome(None) is None


def test_a_planted_factor_decides_and_no_other() -> None:
    held = np.array([one["start"] == "far" for one in PROTOCOLS])
    first, *others = deciding(PROTOCOLS, held ^ (np.arange(200) % 10 == 0))
    assert first["name"] == "start" and first["decides"] and first["explained"] > 0.5
    assert first["shares"]["near"][1] + first["shares"]["far"][1] == 200
    assert not any(one["decides"] for one in others)


def test_no_factor_decides_what_is_random() -> None:
    random = np.random.default_rng(0)
    found = [deciding(PROTOCOLS, random.random(200) < 0.5) for _ in range(5)]
    assert not any(factor["decides"] for one in found for factor in one)


def test_what_is_the_same_everywhere_is_not_decided() -> None:
    for held in (np.ones(200, bool), np.zeros(200, bool)):
        assert deciding(PROTOCOLS, held) == [] and leaves(PROTOCOLS, held) == []


def test_leaves_say_where_a_claim_holds() -> None:
    held = np.array([one["start"] == "far" and one["rate"] == 0.01 for one in PROTOCOLS])
    found = leaves(PROTOCOLS, held)
    assert set(found[0]["where"].split(" and ")) & {"start far", "start not near"}
    assert "rate ≤ 0.055" in found[0]["where"]
    assert found[0]["held"] == found[0]["of"] == held.sum()
    assert sum(leaf["of"] for leaf in found) == 200


def test_the_nearest_protocol_to_the_papers_figure() -> None:
    draws = [
        drawn(1.0, 0.2, 0.9, "far"),
        drawn(1.0, 0.2, 0.5, "near"),
        drawn(1.0, 0.2, 0.38, "nearer"),
        Draw("ended", {"rate": 0.1}, hopeless="nothing learnt"),
        drawn(1.0, 0.99, 0.5, "no figure"),
    ]
    universe = Universe(
        "small",
        "recovers three quarters",
        lambda draw: None if draw.name == "near" else draw.adapts(NONE),
        lambda draw: draw.recovery(NONE),
        (80.0, 90.0),
        "%",
    )
    found = universe.read(draws, [])
    assert found["nearest"]["name"] == "nearer"
    assert found["nearest"]["distance"] == pytest.approx(2.5) and found["nearest"]["within"] == 0
    assert (found["draws"], found["hopeless"], found["undecided"]) == (5, 1, 1)
    assert (found["held"], found["share"]) == (2, pytest.approx(2 / 3))
