"""The page of the documentation, made of the rows."""

from collections.abc import Iterable, Mapping, Sequence

from papers.published.figures import COSINES, ERRORS, Row

COLUMNS = ("task", "method", "form", "published", "ours", "±", "seeds", "difference", "")
TITLES = {
    "copy": "Copy, cosine to the exact gradient",
    "adding": "Adding, cosine to the exact gradient",
    "add": "Add(4, 6), cosine to the exact gradient",
    "henon": "Hénon, normalised squared error",
    "mackey-glass": "Mackey-Glass, normalised squared error",
    "lorenz": "Lorenz, normalised squared error",
}

HEAD = """\
# Published values

What two other libraries publish of approximate online rules, beside what this one finds under
their settings. Made by `make published`, figures in `published.json`. A row without a form is the
method and the average as the peer has them; the rows below it change one thing each, and so
measure what that thing is worth. "±" is the standard deviation over seeds.
"""

PROTOCOL = """\
## Protocol

**Copy, adding** (sketched-rtrl, Yi & Wang 2026; settings read from its public source and from the
arguments in its released results). tanh RNN of 64 units; all weights but the cell's bias uniform
in ±1/√64; 8 lanes side by side whose gradients are averaged; Adam, 1e-3; 20,000 steps; one update
for each label. State and influence start afresh with every sequence. Copy: 5 of 8 symbols, 40
steps of delay, 5 steps of recall, cross-entropy. Adding: 100 steps, one label. Each rule teaches
a network of its own, and the cosine is that of its gradient, mean over lanes, with the exact one
of the same trajectory, over R, W and b. The exact gradient is here backpropagation through the
whole sequence, which under moving weights is not quite RTRL's: the rows "BPTT" give its cosine
with exact RTRL. A run's figure is the mean over the last fifth of records, taken every 250 steps,
each of them the mean over the last 200 labels.

**Add(4, 6)** (vanilla-rtrl, Marschall, Cho & Savin 2020; the published figures are of our own run
of it). y_t = ½ + ½ c_{t-4} - ¼ c_{t-6} of fair bits, both given as (v, 1 - v); softmax with
cross-entropy; tanh RNN of 32, orthogonal R, Gaussian W and readout of variance 1/width, no leak;
SGD, 1e-4; 6,000 steps without reset; exact RTRL teaches; the mean after step 1,000.

**Hénon, Mackey-Glass, Lorenz** (sketched-rtrl). One sample ahead of the first coordinate, each
lane a series of its own in units of its deviation; the network of the copy task; 15,000 steps, an
update at every step, a fresh state every 200. The figure is the mean of the last five records, of
200 steps each: the error before the update.
"""

NOTES = {
    "copy": """\
What sketched-rtrl calls RFLO is a trace that decays by .9 a step on a cell that has no leak. By
Murray's definition the trace decays with the cell's own leak; without one nothing is left of it,
and the rule is the immediate derivative (the row "no leak, so no trace"). That one form is the
whole difference between the two. Who teaches counts as well: on the trajectory of the exact
gradient SnAp-1 and RFLO stand nearer to it than on their own, in one run each.

KF-RTRL shares one factor u among all parameters in the source; Onward has one for each matrix
and keeps biases exact. Its figure is a mean of five released runs that lie far apart: .50 (this
one has 8,000 steps, not 20,000), .76, .38, .63 and .23. Ours lie as far apart; twelve of them
have a mean of .35 ± .18, which is .15 below the released one and 1.4 standard errors of that
difference: chance can make it, and nothing here says that anything else does. Until step 8,000,
before runs part, the released ones lie at .50, .43, .43, .49 and .48, mean .47, beside which
stands the row of runs of 8,000 steps.""",
    "adding": """\
A run has 200 labels, so that a record is a mean over the whole run so far, and not over its last
fifth: the rows "labels of the last fifth alone" are what the published label says. UORO's cosine
is larger for the mean over lanes than lane by lane, as noise that lanes draw independently is
averaged out. The released runs of KF-RTRL lie at .52 (this one has 8,000 steps), .56, .46, .44
and .51.""",
    "add": """\
Without a leak RFLO is the immediate derivative. KeRNL's kernel in vanilla-rtrl learns by steps
of η σ², with a σ of 1e-5 by default, and so stays what it is at the start: a trace that decays
by .2 (the row without a form); Onward's steps are normalised, and its kernel does learn. DNI in
vanilla-rtrl predicts the whole credit from state and label, starting from a random matrix and by
plain steps, and after 6,000 samples has hardly learnt the present loss, let alone the later
ones: the row without a form is that form, re-made from its description. Its rate is not on
record: the peer's scripts have .001 to .01, and .001 is the one of four tried that comes
nearest, so that this figure is fitted; the rows of other rates show how much hangs on it.
Onward's adds a prediction of the later losses' credit, which starts at zero, to the exact signal
of the present one. Credit to the present parameters for later losses and credit to earlier ones
for the present loss agree in their sums, not sample by sample, which bounds the cosine of either
form.""",
    "henon": """\
The immediate derivative alone does as well as SnAp-1 here: one sample ahead of these series asks
for hardly any credit through time. A run of UORO either learns or stays at an error near that of
the mean, in the released figure (.66 ± .30) as in ours. The peer's TBPTT makes one update in 25
steps, at the end of each window, and so makes 600 instead of 15,000 of them; Onward's `TBPTT`
rolls, with an update at every step.""",
    "mackey-glass": """\
The released mean of exact RTRL, .018 ± .022, is made by bursts: five of its ten runs have
records of .03 to .28 at some time after step 13,750, the others and the records before lie near
.005, as SnAp-1's do. One of our five has a burst as well, of .12 at step 14,000, and stands at
.036; the other four are at .003 to .005. The peer integrates by Euler steps of one sample, which
makes a map of the equation; the rows of Onward's stream are of the equation itself.""",
    "lorenz": """\
The peer integrates by Euler steps of .01 and takes every second one; the rows of Onward's stream
are integrated finely, with samples the same .02 apart, its TBPTT rolling.""",
}


def markdown(parts: Mapping[str, Sequence[Row]]) -> str:
    """The page: how near the figures are, how they were found, and each task with its forms."""
    rows = [row for found in parts.values() for row in found]
    compared = [row for row in rows if not row.form and row.published is not None]
    near = [row for row in compared if row.task in COSINES]
    count = sum(row.close is True for row in near)
    pieces = [
        HEAD,
        f"{count} of {len(near)} cosines lie within .1 of the published ones; DNI's does so at "
        "a rate that was\nchosen for it. What is known of the others stands with their tasks. "
        "Errors have no such bound: they\nstand beside each other.\n",
        _table(sorted(compared, key=lambda row: list(TITLES).index(row.task))),
        PROTOCOL,
    ]
    for task, title in TITLES.items():
        mine = [row for row in rows if row.task == task]
        if mine:
            ordered = sorted(mine, key=lambda row: (_place(row, mine), row.form != ""))
            pieces += [f"## {title}\n", NOTES[task] + "\n", _table(ordered)]
    return "\n".join(pieces)


def _place(row: Row, rows: Sequence[Row]) -> int:
    """Methods in the order in which they are published, others behind."""
    methods = list({**COSINES, **ERRORS}[row.task]) + [one.method for one in rows]
    return methods.index(row.method)


def _table(rows: Iterable[Row]) -> str:
    lines = [COLUMNS, ("---",) * 3 + ("---:",) * 5 + ("---",)]
    lines += [(row.task, *row.cells()) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
