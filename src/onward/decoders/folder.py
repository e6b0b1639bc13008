"""What is left of a study in a folder: results, predictions, checkpoints."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from onward._files import write_json, written_whole
from onward.decoders.config import DecodeConfig
from onward.decoders.passage import Passage
from onward.decoders.study import Decoded
from onward.recordings import RecordingError, Session
from onward.safety.checkpoints import CheckpointStore

RESULTS, PREDICTIONS, CHECKPOINTS = "decode.json", "predictions", "checkpoints"


class DecodeFolder:
    """`decode.json`, `predictions/SESSION.npz` and `checkpoints/` in one folder.

    The predictions and a checkpoint of each session are there as soon as it has been decoded, so
    that a process that is killed leaves those of all sessions before.

    Args:
        path: the folder; empty, or not there.

    Raises:
        RecordingError: it holds something, or cannot be made.
    """

    def __init__(self, path: Path):
        self.path = path
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            what = "a file" if path.is_file() else "one with files in it"
            raise RecordingError(f"Expected an empty folder {path}; got {what}. Try another --out.")
        try:
            (path / PREDICTIONS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordingError(
                f"Expected a folder that can be written to; got {path} ({error.strerror}). Try "
                "another --out."
            ) from error
        self.checkpoints = CheckpointStore(path / CHECKPOINTS, keep=1_000)
        self._passed = 0

    def keep(self, session: Session, decoder: Any, made: Passage, frozen: np.ndarray) -> None:
        """Write what was made of a session."""
        arrays = {
            "targets": session.targets,
            "predictions": made.predictions.astype(np.float32),
            "held_out": made.held_out.astype(np.float32),
            "frozen": frozen.astype(np.float32),
            "scored": session.scored,
            "start": session.start,
            "trial": np.full(len(session), -1) if session.trial is None else session.trial,
            "events": made.events.astype(bool),
        }
        path = self.path / PREDICTIONS / f"{session.name}.npz"
        with written_whole(path) as draft, open(draft, "wb") as file:
            np.savez_compressed(file, **arrays)
        self._passed += len(session)
        self.checkpoints.save(decoder, made.state, self._passed)

    def write(self, results: dict[str, Any]) -> None:
        """Write the results."""
        write_json(self.path / RESULTS, results)


def results_of(found: Decoded, config: DecodeConfig, **more: Any) -> dict[str, Any]:
    """What came of a study, for JSON.

    Args:
        found: the study.
        config: what was asked for.
        more: further entries.
    """
    first = found.training[0]
    settings = {**dataclasses.asdict(config), "labels": str(config.labels), "rate": config.rate}
    return _plain(
        {
            "config": settings,
            "targets": first.target_names,
            "unit": first.unit,
            "bin_s": first.bin_s,
            "channels": first.channels,
            "training": [_session(one) for one in found.training],
            "sessions": [_session(one) for one in found.sessions],
            "scores": {
                name: {
                    session: [dataclasses.asdict(score) for score in scores]
                    for session, scores in by_session.items()
                }
                for name, by_session in found.scores.items()
            },
            "epochs": [[epoch._asdict() for epoch in epochs] for epochs in found.epochs],
            "events": found.events,
            "when": found.when,
            **more,
        }
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


def _plain(value: Any) -> Any:
    """The same without arrays, tuples and numbers that JSON lacks."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 6) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
