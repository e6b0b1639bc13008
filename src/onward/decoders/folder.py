"""What is left of a study in a folder: results, predictions, checkpoints."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from onward._files import write_json, written_whole
from onward.decoders.passage import Passage
from onward.decoders.progress import Progress
from onward.decoders.results import plain
from onward.recordings import RecordingError, Session
from onward.safety.checkpoints import CheckpointStore

RESULTS, PREDICTIONS, CHECKPOINTS, COPIES = "decode.json", "predictions", "checkpoints", "frozen"
# More than any study has sessions: none is removed.
ALL = 100_000


class Pair(NamedTuple):
    """A decoder and its frozen copy, or the state of each."""

    decoder: Any
    frozen: Any


class DecodeFolder:
    """`decode.json`, `predictions/SESSION.npz`, `checkpoints/seed-N/` and `frozen/seed-N/`.

    The predictions of the first seed, and a checkpoint of each seed, are there as soon as a session
    has been decoded; `progress.json` says how far it has come. So a process that is killed loses no
    more than the session in hand, and a later one goes on behind it to the same results.

    Args:
        progress: of the study, in its folder.
    """

    def __init__(self, progress: Progress):
        self.progress, self.path = progress, progress.path
        (self.path / PREDICTIONS).mkdir(exist_ok=True)

    def begin(self, seed: int, made: Pair, states: Pair, epochs: list[Any]) -> None:
        """Keep a trained network, before the first session."""
        at = self._save(seed, made, states, 0, [])
        begun = {"epochs": plain([epoch._asdict() for epoch in epochs]), "start": at}
        self.progress.done["seeds"][str(seed)] = {**begun, "sessions": []}
        self.progress.write()

    def keep(self, seed: int, session: Session, made: Pair, states: Pair, entry: Any) -> None:
        """Keep what a session has left, and what came of it as JSON."""
        of_seed = self.progress.done["seeds"][str(seed)]
        known = [of_seed["start"], *(one["at"] for one in of_seed["sessions"])]
        position = len(session) + sum(one["rows"] for one in of_seed["sessions"])
        at = self._save(seed, made, states, position, known)
        here = {"session": session.name, "rows": len(session), "at": at}
        of_seed["sessions"].append({**here, **entry})
        self.progress.write()

    def states(self, seed: int, at: Mapping[str, str]) -> Pair:
        """What was kept of a moment."""
        decoder, frozen = self._stores(seed)
        found = decoder.folder / at["decoder"], frozen.folder / at["frozen"]
        return Pair(decoder.load(found[0]).state, frozen.load(found[1]).state)

    def write_predictions(self, session: Session, made: Passage, frozen: np.ndarray) -> None:
        """Write what was made of a session."""
        arrays = {
            "targets": session.targets,
            "predictions": made.predictions.astype(np.float32),
            "held_out": made.held_out.astype(np.float32),
            "labels": made.labels.astype(np.float32),
            "frozen": frozen.astype(np.float32),
            "scored": session.scored,
            "start": session.start,
            "trial": np.full(len(session), -1) if session.trial is None else session.trial,
            "events": made.events.astype(bool),
        }
        with written_whole(self._predictions(session)) as draft, open(draft, "wb") as file:
            np.savez_compressed(file, **arrays)

    def labels(self, session: Session) -> np.ndarray:
        """What the decoder was told of a session.

        Raises:
            RecordingError: the file cannot be read.
        """
        path = self._predictions(session)
        try:
            with np.load(path) as arrays:
                return arrays["labels"]
        except Exception as error:
            raise RecordingError(
                f"Expected the predictions of {session.name!r} in {path}, to go on with; got "
                f"{type(error).__name__}. Try a new --out."
            ) from error

    def write(self, results: dict[str, Any]) -> None:
        """Write the results."""
        write_json(self.path / RESULTS, results)

    def _predictions(self, session: Session) -> Path:
        return self.path / PREDICTIONS / f"{session.name}.npz"

    def _stores(self, seed: int) -> Pair:
        return Pair(
            *(CheckpointStore(self.path / at / f"seed-{seed}", ALL) for at in (CHECKPOINTS, COPIES))
        )

    def _save(
        self, seed: int, made: Pair, states: Pair, position: int, known: list[Any]
    ) -> dict[str, str]:
        names = {}
        for which, store, learner, state in zip(
            Pair._fields, self._stores(seed), made, states, strict=True
        ):
            # A process that was killed may have left one that nothing speaks of.
            for path in store.paths:
                if path.name not in [at[which] for at in known]:
                    path.unlink()
            names[which] = store.save(learner, state, position).name
        return names


def scores_as_json(scores: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Scores by two names, to be read again by `SessionScore.of`."""
    return plain(
        {
            outer: {inner: asdict(score) for inner, score in by_name.items()}
            for outer, by_name in scores.items()
        }
    )
