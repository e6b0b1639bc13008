"""What the map says, by rules that were written before the run, but for `MARGIN`: it was 10 until a
quick run and one task had been seen.

*Skill* is 100 · (T - E) / (T - F): E is the mean squared error over the last third of a stream, T
that of the best constant there in hindsight, F the error below which nothing gets (the noise in a
regression's labels; 0 elsewhere). 0 is trivial, 100 is perfect, in every task alike, and a cell or
a rule that gains nothing divides by nothing. T and E are means over the seeds, so that a seed
counts by its errors; an E beyond 2 T counts as 2 T, for how far a rule is worse than useless says
nothing. Beside a skill stands the standard deviation of the seeds' own skills.

*The reference* of a cell on a task is exact credit, `rtrl`, at the same rates.

1. Where the reference's skill is below `TELLS` a row says nothing of credit: what is to be
   recovered is not there. It is told as such, with those rules whose errors are nevertheless below
   trivial by as much.
2. Elsewhere a rule *works* with a skill of at least `WORKS` of the reference's, and *fails* below
   `FAILS` of it.
3. A rule *reaches* as far in a family as the longest horizon up to which it works in every row of
   the family; the reference reaches as far as its rows tell something.
4. A task *needs propagation* in a cell where the best rule that propagates is ahead of immediate
   credit by more than `MARGIN` points of skill. (The best of six is favoured by chance; the margin
   is several times the usual spread.)
"""

from collections.abc import Mapping
from typing import Any

from papers.credit.protocol import EXACT, IMMEDIATE, READOUT, RULES

TELLS = 25.0
WORKS, FAILS = 0.75, 0.25
MARGIN = 5.0
WORST = 2.0

# Skill by rule, of one cell on one task.
Row = Mapping[str, float]


def skill(error: float | None, trivial: float, floor: float) -> float:
    """See the head of this file; None stands for an error without end."""
    return 100 * (trivial - bounded(error, trivial)) / (trivial - floor)


def bounded(error: float | None, trivial: float) -> float:
    """An error as it counts."""
    worst = WORST * trivial
    return worst if error is None else min(error, worst)


def tells(row: Row) -> bool:
    """Whether the reference has learnt enough for a row to say anything."""
    return row[EXACT] >= TELLS


def outcome(row: Row, rule: str) -> str:
    """Whether a rule "works", "fails" or is between, "partly"; "" where the row tells nothing."""
    if not tells(row):
        return ""
    share = row[rule] / row[EXACT]
    return "works" if share >= WORKS else "fails" if share < FAILS else "partly"


def reach(rows: Mapping[int, Row], rule: str) -> int | None:
    """The longest horizon up to which a rule works in every row; None where it works in none.

    Args:
        rows: of one cell and family, by horizon.
        rule: the rule.
    """
    found = None
    for horizon in sorted(rows):
        if outcome(rows[horizon], rule) != "works":
            break
        found = horizon
    return found


def cheapest(row: Row) -> str | None:
    """The first rule, in the order of `RULES`, that works; None where the row tells nothing."""
    return next((rule for rule in RULES if outcome(row, rule) == "works"), None)


def gain(row: Row) -> float:
    """How far the best rule that propagates is ahead of immediate credit, in points of skill."""
    others = (row[rule] for rule in RULES if rule not in (READOUT, IMMEDIATE))
    return max(others) - row[IMMEDIATE]


def needs_propagation(row: Row) -> bool:
    """Whether credit through time is worth having."""
    return gain(row) > MARGIN


def judged_advice(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each advice beside what the whole stream has shown.

    Args:
        content: of `credit.json`.

    Returns:
        Of each: the task, whether it is held out, "needed" and "by_race" as they were said, the
        true gain, whether that is a need, and whether the advice is right.
    """
    found = []
    for said in content["advice"]:
        row = skills(content, said["cell"])[said["task"]]
        truth = needs_propagation(row)
        told = {"held_out": content["tasks"][said["task"]]["held_out"], "gain": gain(row)}
        found.append({**said, **told, "truth": truth, "right": said["needed"] == truth})
    return found


def skills(content: Mapping[str, Any], cell: str) -> dict[str, dict[str, float]]:
    """Skill by task and rule, of a cell.

    Args:
        content: of `credit.json`.
        cell: the name of a cell.
    """
    return {
        task: {rule: one["skill"] for rule, one in rules.items()}
        for task, rules in content["scores"][cell].items()
    }


def family(content: Mapping[str, Any], cell: str, name: str) -> dict[int, dict[str, float]]:
    """Skill by horizon and rule, of a cell in a family of tasks."""
    return {
        content["tasks"][task]["horizon"]: row
        for task, row in skills(content, cell).items()
        if content["tasks"][task]["family"] == name
    }
