"""What came of a study, as JSON."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from onward._names import GUARDED
from onward.decoders.config import DecodeConfig
from onward.decoders.decoded import Decoded
from onward.decoders.guarding import parse_guards
from onward.recordings import Session
from onward.safety.guards import Guards

DIGITS = 6


def results_of(found: Decoded, config: DecodeConfig, **more: Any) -> dict[str, Any]:
    """What came of a study, for JSON; numbers to six digits behind the point.

    Args:
        found: the study.
        config: what was asked for.
        more: further entries.
    """
    first = found.training[0]
    settings = {**asdict(config), "labels": str(config.labels), "rate": config.rate}
    if config.guards is not None:
        guards = Guards(**parse_guards(config.guards))
        # With a rule that carries nothing on there is no influence to watch.
        told = {kind for kinds in found.events.values() for kind in kinds}
        settings["guards"] = {name: getattr(guards, name) for name in GUARDED if name in told}
    scores = {
        name: {session: [asdict(one) for one in each] for session, each in by_session.items()}
        for name, by_session in found.scores.items()
    }
    return plain(
        {
            "config": settings,
            "targets": first.target_names,
            "unit": first.unit,
            "bin_s": first.bin_s,
            "channels": first.channels,
            "training": [_session(one) for one in found.training],
            "sessions": [_session(one) for one in found.sessions],
            "scores": scores,
            "epochs": found.epochs,
            "events": found.events,
            "when": found.when,
            **more,
        },
        DIGITS,
    )


def _session(session: Session) -> dict[str, Any]:
    missing = np.isnan(session.counts)
    shown = np.where(missing, 0, session.counts).sum(axis=0, dtype=np.float64)
    bins = np.maximum((~missing).sum(axis=0), 1)
    return {
        "name": session.name,
        "began": session.began and session.began.isoformat(),
        "rows": len(session),
        "scored": int(session.scored.sum()),
        "starts": int(session.start.sum()),
        # Of each channel: spikes a second, and the share of bins in which it is masked or missing.
        "rates": shown / bins / session.bin_s,
        "missing": missing.mean(axis=0),
    }


def plain(value: Any, digits: int | None = None) -> Any:
    """The same without arrays, tuples and numbers that JSON lacks.

    Args:
        value: of dicts, sequences, arrays and numbers.
        digits: behind the point; None for all, so that a number is read as it was.
    """
    if isinstance(value, dict):
        return {str(name): plain(one, digits) for name, one in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist(), digits)
    if isinstance(value, list | tuple):
        return [plain(one, digits) for one in value]
    if isinstance(value, float | np.floating):
        number = float(value)
        if not math.isfinite(number):
            return None
        return number if digits is None else round(number, digits)
    return value.item() if isinstance(value, np.generic) else value
