"""What a job is, and what comes of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onward._checks import is_real
from onward.jobs.errors import JobsError

# What every file system takes, below its longest name.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]{0,179}")
CALL = re.compile(r"\w+(\.\w+)*:\w+")
# The file beside the results.
PROTOCOL = "protocol"


@dataclass(frozen=True)
class Job:
    """One call of a function, which depends on no other job.

    Attributes:
        name: of its result, unique among the jobs of a folder whatever its case: letters, digits
            and `._=+-`.
        call: the function as "module:function". A worker imports it.
        arguments: its keyword arguments, as plain JSON data without NaN. The function returns plain
            JSON data, too.
        cost: seconds, or any unit that the jobs share. Costly jobs begin first, so that no worker
            is left with one at the end.

    Raises:
        JobsError: one of these is something else.
    """

    name: str
    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    cost: float = 1.0

    def __post_init__(self):
        if not NAME.fullmatch(self.name) or self.name.lower() == PROTOCOL:
            raise JobsError(
                "Expected a name of letters, digits and ._=+- that can name a file, other than "
                f"{PROTOCOL!r}; got {self.name!r}. Try 'seed-0'."
            )
        if not CALL.fullmatch(self.call):
            raise JobsError(
                f"Expected a call as module:function; got {self.call!r} for {self.name}. Try "
                "'mypackage.work:measure'."
            )
        if not is_real(self.cost):
            raise JobsError(f"Expected cost to be a finite number; got {self.cost!r}. Try 1.0.")
        # As a worker and the folder see them, so that an equal job is found equal.
        object.__setattr__(self, "arguments", self._plain(dict(self.arguments)))

    def _plain(self, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return json.loads(json.dumps(arguments, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise JobsError(
                f"Expected arguments of {self.name} as plain JSON data; got {error}. Try numbers, "
                "texts, lists and dicts."
            ) from None


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes:
        name: of the job.
        value: what the function returned, as JSON gives it back; None where it failed.
        error: why it failed; None where it did not.
        resumed: whether the result was there before.
    """

    name: str
    value: Any = None
    error: str | None = None
    resumed: bool = False
