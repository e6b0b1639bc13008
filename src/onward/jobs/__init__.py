"""Many independent computations, each done once: in processes here, or on a Dask cluster."""

from onward.jobs.dask import Dask
from onward.jobs.errors import JobsError
from onward.jobs.folder import JobFolder
from onward.jobs.job import Job, Outcome
from onward.jobs.place import AbstractPlace
from onward.jobs.processes import Processes
from onward.jobs.run import run_jobs

__all__ = [
    "AbstractPlace",
    "Dask",
    "Job",
    "JobFolder",
    "JobsError",
    "Outcome",
    "Processes",
    "run_jobs",
]
