"""The section on credit of the page of all claims, as Markdown made from `credit.json` alone."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from papers.credit import judgement
from papers.credit.figures import FAMILIES, TITLES
from papers.credit.names import CONTROLS, RULES, STATES
from papers.credit.protocol import EPROP, EXACT, IMMEDIATE, PATHS, READOUT, SHARED, WINDOW

# Of the line, in the order in which rules are expected to fail.
LINE = (READOUT, IMMEDIATE, SHARED, PATHS, EPROP, WINDOW)
# Of the tasks that advice is judged on, by whether they were held out; None for all.
HALVES = {True: "held out at first", False: "used to improve it", None: "new to it"}


def section(content: Mapping[str, Any], figures: str = "figures") -> str:
    """The section: protocol, the line, each figure, what tells nothing, controls and advice.

    Args:
        content: of `credit.json`.
        figures: the folder of the figures, as the page links to it.
    """
    pieces = [
        "## When is credit free?",
        _protocol(content),
        _counts(content),
        *(_reaches(content, name) for name in FAMILIES if _has(content, name)),
        *(_figure(name, title, figures) for name, title in TITLES.items() if _has(content, name)),
        _others(content),
        _silent(content),
        _carried(content),
        _rates(content),
        *([_advice(content, figures)] if content["advice"] else []),
    ]
    return "\n\n".join(pieces) + "\n"


def _protocol(content: Mapping[str, Any]) -> str:
    protocol = content["protocol"]
    sizes = ", ".join(f"{cell} {size}" for cell, size in protocol["sizes"].items())
    rates = ", ".join(f"{rate:g}" for rate in protocol["rates"])
    quick = " --quick" if content["scale"] == "quick" else ""
    exact = "; ".join(
        f"in {cell} " + ", ".join(RULES[rule] for rule in rules)
        for cell, rules in content["exact"].items()
        if rules
    )
    return (
        f"`python -m papers.credit.run{quick}` ran {len(content['tasks'])} tasks of "
        f"{protocol['rows']:,} samples, learnt from nothing, with {protocol['seeds']} seeds. "
        f"Networks and their units: {sizes}. Every rule learns with Adam at {rates} side by side, "
        "and a mixture weighs the three by what they have predicted, so that no rate decides. "
        "*Skill* is 0 for the best constant and 100 for a perfect prediction of the last third, "
        "errors pooled over the seeds. A rule *works* with three quarters of the skill of exact "
        "credit in the same network and *fails* below a quarter; where exact credit has a skill "
        f"below {judgement.TELLS:g}, a row says nothing of credit. These rules were written before "
        "the run (`papers/credit/judgement.py`), but for the margin that advice is judged by, "
        "which was 10 points until a quick run and one task had been seen. Rows and rates were "
        "chosen by trials with the rnn, on held-out tasks among others. A rule that is exact in a "
        "cell was not run there" + (f": {exact}." if exact else ".")
    )


def _counts(content: Mapping[str, Any]) -> str:
    """In how many rows each rule works, where credit tells something."""
    rows = [row for _, _, row in _telling(content)]
    lines = []
    for rule, name in RULES.items():
        if rule == EXACT:
            continue
        found = [judgement.outcome(row, rule) for row in rows]
        lines.append((name, *(str(found.count(one)) for one in ("works", "partly", "fails"))))
    title = (
        f"Of {len(rows)} rows (a cell on a task) in which exact credit learns, each rule works, "
        "works partly, or fails in:"
    )
    return f"{title}\n\n{_table(('rule', 'works', 'partly', 'fails'), lines)}"


def _reaches(content: Mapping[str, Any], family: str) -> str:
    """Up to which horizon each rule works, by cell."""
    lines = []
    for cell in content["scores"]:
        rows = judgement.family(content, cell, family)
        found = (judgement.reach(rows, rule) for rule in (*LINE, EXACT))
        lines.append((cell, *("–" if one is None else str(one) for one in found)))
    names = ("cell", *(RULES[rule] for rule in (*LINE, EXACT)))
    return (
        f"**{TITLES[family]}.** The longest horizon up to which a rule works, and up to which "
        f"exact credit learns, in samples; – for none:\n\n{_table(names, lines)}"
    )


def _figure(name: str, title: str, folder: str) -> str:
    return f"![{title}]({folder}/credit-{name}.png)"


def _others(content: Mapping[str, Any]) -> str:
    """The cheapest rule that works, of tasks that are no family of horizons."""
    tasks = [task for task, one in content["tasks"].items() if one["family"] not in FAMILIES]
    if not tasks:
        return ""
    cells = list(content["scores"])
    lines = []
    for task in tasks:
        found = (judgement.cheapest(judgement.skills(content, cell)[task]) for cell in cells)
        names = ("nothing learns" if one is None else RULES[one] for one in found)
        lines.append((f"{task}: {content['tasks'][task]['about']}", *names))
    return f"The cheapest rule that works on the other tasks:\n\n{_table(('task', *cells), lines)}"


def _silent(content: Mapping[str, Any]) -> str:
    """The rows that tell nothing, and rules that learn there nevertheless."""
    silent, ahead = [], []
    for cell in content["scores"]:
        for task, row in judgement.skills(content, cell).items():
            if judgement.tells(row):
                continue
            silent.append(f"{cell} on {task}")
            ahead += [
                f"{RULES[rule]} in {cell} on {task} ({row[rule]:.0f})"
                for rule in RULES
                if row[rule] >= judgement.TELLS
            ]
    learns = f" Yet there learn, with their skill: {', '.join(ahead)}." if ahead else ""
    return (
        f"In {len(silent)} rows exact credit itself gains less than {judgement.TELLS:g} points, so "
        f"that nothing is there to be recovered: {', '.join(silent) or 'none'}.{learns}"
    )


def _carried(content: Mapping[str, Any]) -> str:
    """Where the untrained state carries what immediate credit does not get out of it."""
    found = [
        f"{cell} on {task} ({row[STATES]:.0f} against {row[IMMEDIATE]:.0f})"
        for cell, task, row in _telling(content)
        if row[STATES] >= judgement.WORKS * row[EXACT]
        and judgement.outcome(row, IMMEDIATE) != "works"
    ]
    return (
        f"Where immediate credit does not work, a second-order readout of the *untrained* states "
        f"({CONTROLS[STATES]}) does in {len(found)} rows: {'; '.join(found) or 'none'}. There the "
        "state carries what is asked, and what fails is to get it out by small steps."
    )


def _rates(content: Mapping[str, Any]) -> str:
    counted = ", ".join(f"{rate} {count}" for rate, count in content["best_rates"].items())
    return (
        "The best rate of exact credit alone, in runs where it learns, was (rate, times): "
        f"{counted}."
    )


def _advice(content: Mapping[str, Any], figures: str) -> str:
    judged = judgement.judged_advice(content)
    (seen, *fresh), rows = content["protocol"]["advised_cells"], content["protocol"]["prefix"]
    lines = []
    for cell, halves in ((seen, (True, False)), *((cell, (None,)) for cell in fresh)):
        for half in halves:
            mine = [
                one for one in judged if one["cell"] == cell and half in (None, one["held_out"])
            ]
            right, alone = (sum(map(how, mine)) for how in (_right, _right_without_race))
            if mine:
                shares = (_share(one, len(mine)) for one in (right, alone))
                lines.append((cell, HALVES[half], str(len(mine)), *shares))
    wrong = [
        f"{one['cell']} on {one['task']} (said {'propagate' if one['needed'] else 'not'}, true "
        f"gain {one['gain']:.0f})"
        for one in judged
        if not one["right"]
    ]
    header = ("network", "tasks", "of them", "right", "right by its trials alone")
    return (
        f"**`onward advise`, judged.** It reads the first {rows:,} samples of each task, and says "
        "whether propagation is needed. It is right where the best rule that propagates is ahead "
        f"of immediate credit by more than {judgement.MARGIN:g} points of skill on the whole "
        "stream, and it said so, or is not, and it said that. It was improved on half of the tasks "
        f"(by the hashes of their names) with the network {seen}. What decides, its trials or a "
        "race with more practice, was chosen again after the other half had been seen too: as long "
        "as either could call propagation needed it was right on 9 of the 13 held out and on 12 of "
        "the 14 others. So what judges it now are networks on which it had never been run: "
        f"{', '.join(fresh) or 'none here'}.\n\n{_table(header, lines)}\n\n"
        f"Wrong: {', '.join(wrong) or 'none'}.\n\n"
        f"![Advice beside what the whole stream has shown]({figures}/credit-advice.png)"
    )


def _right(one: Mapping[str, Any]) -> bool:
    return one["right"]


def _right_without_race(one: Mapping[str, Any]) -> bool:
    return one["by_trials"] == one["truth"]


def _share(count: int, whole: int) -> str:
    return f"{count} ({100 * count / whole:.0f} %)"


def _telling(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, float]]]:
    for cell in content["scores"]:
        for task, row in judgement.skills(content, cell).items():
            if judgement.tells(row):
                yield cell, task, row


def _has(content: Mapping[str, Any], name: str) -> bool:
    families = [one["family"] for one in content["tasks"].values()]
    if name in FAMILIES:
        return name in families
    return any(family not in FAMILIES for family in families)


def _table(header: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    header = tuple(header)
    rows = [header, ("---", *(("---:",) * (len(header) - 1))), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
