"""The benchmark of credit: `make credit`, or `python -m papers.credit.run`.

What is finished is kept in `OUT/runs/credit` and is not run again, so that a run may be killed and
gone on with. Figures and the page's section are made from `OUT/credit.json` alone.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from onward.jobs import AbstractPlace, JobsError, Processes, run_jobs
from papers.credit import protocol as protocols
from papers.credit.figures import draw
from papers.credit.page import section
from papers.credit.results import FORMAT, gathered
from papers.files import write_json, write_text
from papers.run import processors

RESULTS, SECTION = "credit.json", "credit.md"


def benchmark(
    out: Path, protocol: protocols.Protocol, scale: str, place: AbstractPlace | None = None
) -> dict[str, Any]:
    """Run what is not finished, write `credit.json`, its figures and its section of a page as
    `credit.md`, and return the results.

    Args:
        out: the folder of results.
        protocol: what is run.
        scale: "full" or "quick"; each keeps its jobs in a folder of its own.
        place: where jobs are done; None for one process.

    Raises:
        JobsError: the folder cannot take the jobs, or some of them failed.
    """
    jobs = protocols.jobs(protocol)
    kept = out / "runs" / ("credit" if scale == "full" else f"credit-{scale}")
    told = {"format": FORMAT, **protocol.as_dict()}
    outcomes = run_jobs(jobs, kept, place, json.loads(json.dumps(told)))
    values, errors = {}, {}
    console = Console(stderr=True)
    for one in track(outcomes, total=len(jobs), console=console, description="credit"):
        if one.error is None:
            values[one.name] = one.value
        else:
            errors[one.name] = one.error
    if errors:
        name, error = next(iter(errors.items()))
        raise JobsError(
            f"Expected {len(jobs)} results; {len(errors)} jobs failed, the first of them {name}: "
            f"{error}. Try the same command again, which runs those alone."
        )
    content = gathered(protocol, values, scale)
    write_json(out / RESULTS, content)
    draw(out / "figures", content)
    write_text(out / SECTION, section(content))
    return content


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder of results")
    parser.add_argument("--quick", action="store_true", help="a look at it, within two minutes")
    parser.add_argument("--jobs", type=int, default=processors(), help="processes")
    arguments = parser.parse_args(words)
    protocol = protocols.quick() if arguments.quick else protocols.full()
    try:
        benchmark(
            arguments.out,
            protocol,
            "quick" if arguments.quick else "full",
            Processes(arguments.jobs),
        )
    except (JobsError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Results are in {arguments.out / RESULTS}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
