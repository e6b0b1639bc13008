"""Where jobs are done."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence

from onward.jobs.job import Job, Outcome

# A job whose worker ends this often is given up: it is probably the job that ends it.
TRIES = 3


class AbstractPlace(ABC):
    """A place where jobs are done, in whatever order.

    Every place does a job in a process like that of `WorkerProcess`, so that its numbers are the
    same wherever it is done on machines of one kind.
    """

    @abstractmethod
    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Do jobs, beginning with the first, and give what came of each as soon as it is done.

        A job that raises gives an outcome with its error. A worker that ends is replaced, and what
        it had in hand is done again, `TRIES` times in all. Closing the generator stops the work.

        Args:
            jobs: in the order in which they are to begin.

        Raises:
            JobsError: the place is not there, or is no longer.
        """
