"""What is watched in a decoder that learns, as it is asked for in a word."""

from collections.abc import Mapping
from typing import Any

from onward._names import GUARDED

DEFAULT, NOTHING = "default", "none"


def parse_guards(text: str) -> dict[str, Any]:
    """What `onward.Guards` is called with; what is not named is as it has it by default.

    Args:
        text: "default", or WATCHED=ACT[+ACT], several with commas between; an act is "none" where
            nothing is to be watched.

    Raises:
        ValueError: something else.
    """
    asked: dict[str, Any] = {}
    for part in [] if text.strip() == DEFAULT else text.split(","):
        name, _, acts = (piece.strip() for piece in part.partition("="))
        listed = tuple(act.strip() for act in acts.split("+"))
        if name in asked:
            raise ValueError(
                f"Expected each of {', '.join(GUARDED)} once in guards; got {name} twice. Try "
                f'"{name}={"+".join(GUARDED[name][:1])}".'
            )
        _refuse_unknown(text, name, listed)
        several = () if listed == (NOTHING,) else listed
        # An outlying value is told or dropped, and nothing else.
        asked[name] = several if name != "outlying" else next(iter(several), None)
    return asked


def _refuse_unknown(text: str, name: str, acts: tuple[str, ...]) -> None:
    known: Mapping[str, tuple[str, ...]] = GUARDED
    several = len(acts) > 1 and (name == "outlying" or NOTHING in acts)
    if name not in known or several or not {*acts} <= {*known[name], NOTHING}:
        forms = "; ".join(f"{name}={'|'.join(acts)}" for name, acts in known.items())
        raise ValueError(
            f"Expected guards to be {DEFAULT}, or some of {forms}; got {text!r}. Try "
            '"loss=roll back,outlying=drop".'
        )
