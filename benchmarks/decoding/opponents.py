"""Scores of the opponents on the wrist sessions: mean F20 of velocity over the days after July.

By hand: `python benchmarks/decoding/opponents.py [OPPONENT ...]`. Recordings come from the folder
that `ONWARD_DATA` names, or from `../shared/data`.
"""

import copy
import os
import sys
import time
from pathlib import Path

import numpy as np

from onward.decoding.opponents import OPPONENTS, AbstractOnlineOpponent, Rows
from onward.decoding.scores import f20, first_part, mean_score, r2, worst_minute

HERE = Path(__file__).resolve().parents[2]
TRAINING = ("20120718", "20120719", "20120721")
# Of the cursor, in screen units: beyond this it is not the task's.
REACH, BIN_S = 14.0, 0.05


def sessions() -> tuple[list[Rows], dict[str, Rows]]:
    """The days of July to train on, and all days after them."""
    folder = Path(os.environ.get("ONWARD_DATA", HERE.parent / "shared" / "data"))
    files = sorted((folder / "limb_wrist_spike").glob("*.npz"))
    loaded = {path.stem: load(path) for path in files if path.stem not in {"20120720"}}
    later = {name: rows for name, rows in loaded.items() if name > TRAINING[-1]}
    return [loaded[name] for name in TRAINING], later


def load(path: Path) -> Rows:
    with np.load(path) as file:
        beyond = (np.abs(file["cursor"]) > REACH).any(axis=1)
        # The velocity of the row after an excursion is the way back.
        spoilt = beyond | np.append(False, beyond[:-1])
        start = np.arange(len(beyond)) == 0
        counts = file["counts"].astype(np.float32)
        return Rows(counts, file["velocity"], start, file["valid"] & ~spoilt)


def main(names: list[str]) -> None:
    training, days = sessions()
    print(
        f"{len(days)} sessions; R² of velocity, mean of sessions. F20: frozen since July; renewed"
    )
    print("on each day's first 80 %; told on: labels go on coming. Prequential: over whole days.")
    heads = ("frozen", "renewed", "told on", "preq.", "lowest", "minute", "seconds")
    print(f"{'':28}" + "".join(f"{head:>9}" for head in heads))
    for name in names or list(OPPONENTS):
        began = time.perf_counter()
        frozen = OPPONENTS[name]()
        frozen.fit(training)
        renewed = copy.deepcopy(frozen)
        still, fresh, told_on, online, minutes = [], [], [], [], []
        for rows in days.values():
            truth = rows.targets, rows.scored
            still.append(f20(truth[0], frozen.predict(rows.counts, rows.start), truth[1]))
            cut = first_part(len(rows))
            if isinstance(renewed, AbstractOnlineOpponent):
                adapted = renewed.observe(rows.cut(slice(cut)))
                made = renewed.predict(rows.counts, rows.start)
                rest = renewed.observe(rows.cut(slice(cut, None)))
                observed = np.concatenate([adapted, rest])
                told_on.append(f20(truth[0], observed, truth[1]))
                online.append(r2(truth[0], observed, truth[1]))
            else:
                renewed.renew(rows.cut(slice(cut)))
                made = renewed.predict(rows.counts, rows.start)
            fresh.append(f20(truth[0], made, truth[1]))
            minute = worst_minute(truth[0], made, truth[1], BIN_S)
            minutes.append(np.nan if minute is None else minute.r2)
        columns = [
            mean_score(scores) if scores else None for scores in (still, fresh, told_on, online)
        ]
        columns += [min(score.mean for score in fresh if score.mean is not None), min(minutes)]
        shown = "".join(f"{'' if value is None else f'{value:.3f}':>9}" for value in columns)
        print(f"{frozen.name:28}{shown}{time.perf_counter() - began:9.0f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
