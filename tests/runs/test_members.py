"""Cells, rules and losses by name."""

import dataclasses
from typing import Any

import pytest

import onward._names as _names
from onward import cells, losses, rules
from onward.cells import AbstractCell
from onward.losses import AbstractLoss, CrossEntropy
from onward.optimizers import OPTIMIZERS
from onward.runs import CELLS, RULES, parse_rule, rule_text
from onward.runs.members import REGRESSION_LOSSES, named

SETTINGS = {
    "frozen": rules.Frozen(),
    "readout-only": rules.ReadoutOnly(),
    "immediate": rules.Immediate(),
    "eligibility-trace:decay=0.25": rules.EligibilityTrace(0.25),
    "eligibility-trace:decay=0": rules.EligibilityTrace(0.0),
    "rtrl": rules.RTRL(),
    "rtrl:influence_dtype=bfloat16": rules.RTRL("bfloat16"),
    "sparse-rtrl:k=7": rules.SparseRTRL(k=7),
    "sparse-rtrl:selection=largest": rules.SparseRTRL(selection="largest"),
    "sparse-rtrl:selection='smallest'": rules.SparseRTRL(selection="smallest"),
    "sparse-rtrl:resample=true": rules.SparseRTRL(resample=True),
    "sparse-rtrl:resample=False": rules.SparseRTRL(resample=False),
    "sparse-rtrl:support=shared": rules.SparseRTRL(support="shared"),
    "sparse-rtrl:k=1,resample=True,support=shared": rules.SparseRTRL(
        k=1, resample=True, support="shared"
    ),
    "tbptt:window=3": rules.TBPTT(3),
    "eprop": rules.EProp(),
    "rflo": rules.RFLO(),
    "snap:order=2": rules.SnAp(order=2),
    "kernl:learning_rate=0.2,noise=0.01,decay=0.7": rules.KeRNL(0.2, 0.01, 0.7),
    "dni:learning_rate=0.3": rules.DNI(0.3),
    "shadowed:rule=eprop,shadow=rtrl": rules.Shadowed(rules.EProp()),
    "shadowed:rule=(sparse-rtrl:k=2,support=shared),shadow=(tbptt:window=5)": rules.Shadowed(
        rules.SparseRTRL(2, support="shared"), rules.TBPTT(5)
    ),
    "head-sparse:fraction=0.25,resample=true": rules.HeadSparse(0.25, resample=True),
    "uoro": rules.UORO(),
    "kf-rtrl": rules.KFRTRL(),
    "optimal-kronecker:rank=2": rules.OptimalKronecker(2),
    "sketched-rtrl:rank=3": rules.SketchedRTRL(3),
}


@pytest.mark.parametrize("text", SETTINGS)
def test_a_rule_is_read_with_its_options(text: str) -> None:
    assert parse_rule(text) == SETTINGS[text]
    assert vars(parse_rule(text)) == vars(SETTINGS[text])


def test_every_option_of_every_rule_is_tried_above() -> None:
    tried = " ".join(SETTINGS)
    for name, rule in RULES.items():
        assert name in tried
        for field in dataclasses.fields(rule):
            assert f"{field.name}=" in tried


@pytest.mark.parametrize("rule", [rule() for rule in RULES.values()] + list(SETTINGS.values()))
def test_a_rules_text_is_read_back_as_that_rule(rule: rules.AbstractRule) -> None:
    assert parse_rule(rule_text(rule)) == rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "imediate",
            f"Expected a rule among {', '.join(RULES)}; got 'imediate'. Try 'immediate'.",
        ),
        (
            "backpropagation",
            f"Expected a rule among {', '.join(RULES)}; got 'backpropagation'. Try one of these.",
        ),
        (
            "uoro:k=3",
            "Expected options of uoro among none, as uoro:field=value; got 'k=3'. Try 'uoro'.",
        ),
        (
            "rtrl:influence_dtype=16",
            "Expected influence_dtype to be 'bfloat16', or None for that of the parameters; "
            "got 16. Try influence_dtype='bfloat16'.",
        ),
        (
            "sparse-rtrl:rows=3",
            "Expected options of sparse-rtrl among k, selection, resample, support, as "
            "sparse-rtrl:field=value; got 'rows=3'. Try "
            "'sparse-rtrl:k=4,selection=random,resample=False,support=row'.",
        ),
        (
            "tbptt:window",
            "Expected options of tbptt among window, as tbptt:field=value; got 'window'. "
            "Try 'tbptt:window=10'.",
        ),
        (
            "sparse-rtrl:k=four",
            "Expected sparse-rtrl:k as int; got 'four'. Try sparse-rtrl:k=4.",
        ),
        (
            "sparse-rtrl:resample=maybe",
            "Expected sparse-rtrl:resample as bool; got 'maybe'. Try sparse-rtrl:resample=False.",
        ),
        (
            "eligibility-trace:decay=half",
            "Expected eligibility-trace:decay as float; got 'half'. "
            "Try eligibility-trace:decay=0.5.",
        ),
        ("eligibility-trace:decay=1", "Expected 0 <= decay < 1; got 1.0. Try decay=0.5."),
        ("tbptt:window=0", "Expected window to be a positive integer; got 0. Try window=10."),
        (
            "shadowed:shadow=rtl",
            f"Expected a rule among {', '.join(RULES)}; got 'rtl'. Try 'rtrl' or 'kf-rtrl'.",
        ),
        ("sparse-rtrl:k=-1", "Expected k to be an integer >= 0; got -1. Try k=4."),
    ],
)
def test_what_is_no_rule_is_refused_with_a_way_out(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_rule(text)
    assert str(error.value) == message


def test_members_are_found_by_name() -> None:
    for name, cell in CELLS.items():
        assert named("cell", name, CELLS) is cell and issubclass(cell, AbstractCell)
    for name, loss in REGRESSION_LOSSES.items():
        assert named("loss", name, REGRESSION_LOSSES) is loss and issubclass(loss, AbstractLoss)
    assert CrossEntropy not in REGRESSION_LOSSES.values()


def test_a_near_miss_is_pointed_out() -> None:
    with pytest.raises(ValueError, match=r"^Expected a cell among rnn, gru, lstm, .*; got 'gru2'"):
        named("cell", "gru2", CELLS)
    with pytest.raises(ValueError, match=r"got 'lstn'\. Try 'lstm' or '.*lstm'\.$"):
        named("cell", "lstn", CELLS)


NAMED: dict[str, Any] = {
    "rtrl": RULES,
    "gru": CELLS,
    "min-lstm": CELLS,
    "gru-reset-before": CELLS,
    "sparse-rtrl": RULES,
    "squared": REGRESSION_LOSSES,
}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_is_found_in_any_case_and_with_any_separator(name: str) -> None:
    members = NAMED[name]
    spelled = (name, name.upper(), name.replace("-", "_"), name.replace("-", " ").title())
    for text in (*spelled, members[name].__name__):
        assert named("member", text, members) is members[name]


def test_no_two_members_share_a_name_and_each_is_a_class_of_its_room() -> None:
    every = (*CELLS, *RULES, *REGRESSION_LOSSES, *_names.OPTIMIZERS)
    assert len({_names.plain(name) for name in every}) == len(every)
    for listed, room in ((CELLS, cells), (RULES, rules), (REGRESSION_LOSSES, losses)):
        assert all(member is getattr(room, member.__name__) for member in listed.values())
    assert tuple(OPTIMIZERS) == _names.OPTIMIZERS


def test_what_others_call_a_loss_is_found() -> None:
    for text, loss in (("mse", losses.Squared), ("MAE", losses.Absolute)):
        assert named("loss", text, REGRESSION_LOSSES) is loss
    with pytest.raises(ValueError, match=r"^Expected an optimizer among sgd; got 'adm'\. Try one"):
        _names.canonical("optimizer", "adm", ["sgd"])


def test_a_rule_with_options_is_found_in_any_case() -> None:
    assert parse_rule("Sparse_RTRL:k=8") == rules.SparseRTRL(8)
    assert parse_rule("Shadowed:rule=(TBPTT:window=3)") == rules.Shadowed(rules.TBPTT(3))
