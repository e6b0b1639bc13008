"""Onward's baselines, as every run has them beside it."""

import time

from benchmarks.streams.peers.protocol import Answer, Job, answer, labels_of
from onward.evaluate import LastLabel, OnlineLinear, RunningMean

BASELINES = {"last label": LastLabel, "running mean": RunningMean, "online linear": OnlineLinear}


def run(job: Job) -> Answer:
    """Predictions of the baseline that a job names."""
    task = "classification" if job.classes else "regression"
    outputs = max(job.classes, 1)
    baseline = BASELINES[job.contestant](task, job.x.shape[1], outputs, job.horizon)
    began = time.process_time()
    made = baseline.observe(job.x, job.y[:, None])
    seconds = (time.process_time() - began) / len(job.y)
    return labels_of(made, job.classes), seconds


if __name__ == "__main__":
    answer(run)
