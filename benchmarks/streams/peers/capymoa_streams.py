"""Streams that CapyMOA draws, written to a file for the environment of the bench."""

import json
import sys

import numpy as np
from capymoa.stream import Stream
from capymoa.stream.generator import RandomRBFGeneratorDrift, WaveformGeneratorDrift

GENERATORS = {
    "rbf-drift": lambda: RandomRBFGeneratorDrift(
        number_of_classes=5,
        number_of_attributes=20,
        number_of_drifting_centroids=50,
        magnitude_of_change=0.001,
    ),
    "waveform-drift": lambda: WaveformGeneratorDrift(number_of_attributes_with_drift=10),
}


def draw(stream: Stream, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The first rows: features and classes."""
    drawn = [stream.next_instance() for _ in range(rows)]
    return np.array([row.x for row in drawn]), np.array([row.y_index for row in drawn], np.float64)


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    x, y = draw(GENERATORS[asked["name"]](), asked["rows"])
    np.savez(asked["out"], x=x, y=y)
