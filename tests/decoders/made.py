"""Small sessions whose counts tell the velocity by a line that drifts from session to session."""

from datetime import datetime

import numpy as np

from onward.decoders import DecodeConfig
from onward.recordings import Session
from onward.training.segments import Segments

ROWS, CHANNELS, TRIAL = 400, 6, 40
SMALL = DecodeConfig(
    train=2,
    hidden=4,
    segments=Segments(length=40, warm_up=10, batch=4, epochs=1),
    every=5,
    learning_rate=5e-3,
    opponents=("ridge", "last-label"),
)


def session(day: int, rows: int = ROWS, trial: int = TRIAL, drift: float = 0.4) -> Session:
    """The recording of a day; its trials have `trial` rows."""
    draw = np.random.default_rng(day)
    velocity = np.zeros((rows, 2))
    for row in range(1, rows):
        velocity[row] = 0.9 * velocity[row - 1] + draw.normal(size=2)
    angles = np.arange(CHANNELS) * 2 * np.pi / CHANNELS + drift * day
    tuned = velocity @ np.stack([np.cos(angles), np.sin(angles)])
    counts = draw.poisson(np.exp(np.clip(1 + 0.4 * tuned, -3, 3)))
    number = np.arange(rows) // trial
    position = np.cumsum(velocity, axis=0) * 0.05
    return Session(
        name=f"day{day}",
        counts=counts.astype(np.float32),
        targets=velocity.astype(np.float32),
        channels=tuple(f"electrode {index}" for index in range(CHANNELS)),
        target_names=("velocity x", "velocity y"),
        bin_s=0.05,
        start=np.diff(number, prepend=-1) > 0,
        scored=draw.random(rows) < 0.9,
        began=datetime(2020, 1, 1 + day),
        trial=number,
        position=position,
        goal=position[np.minimum((number + 1) * trial, rows) - 1],
    )


def sessions(count: int = 4) -> list[Session]:
    """Days of other lengths, with trials of other lengths."""
    return [session(day, ROWS - 23 * day, TRIAL - 7 * day) for day in range(count)]
