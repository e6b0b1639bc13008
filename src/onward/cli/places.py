"""Where the jobs of a command are done."""

from onward.jobs import AbstractPlace, Dask, Processes


def place_of(jobs: int | None, dask: str | None) -> AbstractPlace:
    """Processes here, or the cluster whose scheduler is at an address.

    Args:
        jobs: processes; None for one.
        dask: the address; None for this machine.

    Raises:
        ValueError: both were asked for, or one of them cannot be.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"Expected --jobs to be 1 or more; got {jobs}. Try --jobs 2.")
    if dask is None:
        return Processes(1 if jobs is None else jobs)
    if jobs is not None:
        raise ValueError(
            f"Expected --jobs for processes here or --dask for a cluster; got both, {jobs} and "
            f"{dask}. Try as many workers of Dask as jobs are to be done at a time."
        )
    return Dask(dask)
