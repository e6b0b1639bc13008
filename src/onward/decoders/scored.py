"""How well something decodes a session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from onward.decoding.scores import R2, Stretch, f20, r2, worst_minute
from onward.recordings import Session


@dataclass(frozen=True)
class SessionScore:
    """How well something decodes a session.

    Attributes:
        f20: R² of the last fifth, by what had adapted on the first 80 %.
        prequential: R² of all scored rows, each predicted before its label was told; None for what
            has been fitted on the session's own first part.
        worst: the minute in which it did worst, of the prequential predictions or else of the last
            fifth.
    """

    f20: R2
    prequential: R2 | None
    worst: Stretch | None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "SessionScore":
        """From what `dataclasses.asdict` made of one, JSON in between or not."""
        last, whole, worst = fields["f20"], fields["prequential"], fields["worst"]
        return cls(_r2(last), whole and _r2(whole), worst and Stretch(**worst))


def _r2(fields: Mapping[str, Any]) -> R2:
    return R2(**{**fields, "per_target": tuple(fields["per_target"])})


def scored(session: Session, held_out: np.ndarray, predictions: np.ndarray | None) -> SessionScore:
    """The scores of predictions.

    Args:
        session: with the labels.
        held_out: predictions of which the last fifth counts, shape (T, targets).
        predictions: prequential ones; None for none.
    """
    targets, rows = session.targets, session.scored
    judged = held_out if predictions is None else predictions
    return SessionScore(
        f20(targets, held_out, rows),
        None if predictions is None else r2(targets, predictions, rows),
        worst_minute(targets, judged, rows, session.bin_s),
    )
