"""The configuration of one pass over a stream."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from onward._names import LEARNERS
from onward.learning.inputs import Missing
from onward.learning.series import Weights
from onward.streams import Stream, Task, open_stream
from onward.streams.files.file_stream import FileStream

# Rows that pass at once: long enough that Python between chunks costs nothing, short enough that
# an interrupt is answered at once.
CHUNK = 1000
ROLES = (
    *("start", "weight", "series", "phases", "valid", "gap", "calendar"),
    *("missing_codes", "separator", "decimal", "header", "reverse"),
)
# The stream of rows that come on standard input.
STDIN = "-"


@dataclass(frozen=True)
class RunConfig:
    """What `onward run` was asked for; two runs with equal configurations give equal results.

    Attributes:
        stream: a built-in name, a path, a folder, a pattern, or several paths.
        target: columns to predict; None for a built-in stream's own.
        features: columns to predict from; None for all that are fit for it.
        task: regression or classification; None to infer it.
        start: the column of a file whose change begins a sequence; None for one sequence.
        weight: the column of a file that weighs the label in the same row, which is the label
            that arrives there, whatever the horizon; None where all labels weigh 1.
        series: the column of a file that tells interleaved series apart; None for the one that
            seems to, if any.
        one_series: whether no column is taken for that.
        phases: the column of a file whose values the report compares; None takes the files, where
            there are several.
        valid: the column of a file that is false in rows which are left out; None for none.
        gap: the span of time, as "1h", for which a sequence begins where time jumps further.
        calendar: whether features are made from the time of a file, or which: "hour", "weekday",
            "yearday".
        missing_codes: cells of a file that stand for a missing value.
        separator: of a table of text; None to find it out.
        decimal: the decimal mark of a table of text; None to find it out.
        header: whether the first row of a table holds the names of the columns.
        reverse: whether the last row of a file comes first.
        horizon: how many samples ahead the target is predicted (its label arrives then), or how
            far ahead in time, as "24h"; None for the stream's own.
        feedback: whether the newest label that has arrived is an input.
        missing: where a feature that is missing stands: "mean", "last", or "skip"; see `Learner`.
        mask: whether the network reads which features are missing.
        weights: of several series: "shared" by all, or each series its "own".
        learner: "mixture", of networks, lines and forecasters (see `onward.default_mixture`), or
            "network", one alone.
        cell: name of the networks' cell.
        size: hidden units.
        rule: name of the rule, with options as `name:field=value,...`.
        loss: name of the loss for regression (classification uses cross-entropy).
        optimizer: name, or "auto".
        learning_rate: None for the optimizer's default.
        seed: of the initial weights, of what the rule draws, and of synthetic streams; 32 bits.
        warmup: samples after which the frozen twin stops learning; None for the first of several
            files, else a tenth.
        limit: use only so many samples; None for all.
        warm_start: the folder of a run whose weights, optimizer and scales it begins with.
        classes: of a classification of standard input, in the order of their indices.
        seeds: how many networks pass, of as many seeds from `seed` on; predictions are those of
            the first.
    """

    stream: str | tuple[str, ...]
    target: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None
    task: Task | None = None
    start: str | None = None
    weight: str | None = None
    series: str | None = None
    one_series: bool = False
    phases: str | None = None
    valid: str | None = None
    gap: str | None = None
    calendar: bool | tuple[str, ...] = False
    missing_codes: tuple[str, ...] = ()
    separator: str | None = None
    decimal: str | None = None
    header: bool = True
    reverse: bool = False
    horizon: int | str | None = None
    feedback: bool = True
    missing: Missing = "mean"
    mask: bool = False
    weights: Weights = "shared"
    learner: str = "mixture"
    cell: str = "gru"
    size: int = 64
    rule: str = "immediate"
    loss: str = "squared"
    optimizer: str = "auto"
    learning_rate: float | None = None
    seed: int = 0
    warmup: int | None = None
    limit: int | None = None
    warm_start: str | None = None
    seeds: int = 1
    classes: tuple[str, ...] | None = None

    def __post_init__(self):
        if self.classes and self.stream != STDIN:
            raise ValueError(
                "Expected classes for standard input only, as those of a file are in it; got "
                f"{list(self.classes)}. Try leaving them out."
            )
        if self.learner not in LEARNERS:
            raise ValueError(
                f"Expected learner to be {' or '.join(LEARNERS)}; got {self.learner!r}. Try "
                f"learner={LEARNERS[0]!r}."
            )
        lowest = {"horizon": 0, "size": 1, "seed": 0, "warmup": 1, "limit": 2, "seeds": 1}
        for name, least in lowest.items():
            value = getattr(self, name)
            if isinstance(value, int) and value < least:
                raise ValueError(f"Expected {name} >= {least}; got {value}. Try {name}={least}.")
        if self.seeds > 1 and self.warm_start:
            raise ValueError(
                f"Expected one seed with a warm start, which sets the weights; got {self.seeds}. "
                "Try seeds=1."
            )
        if self.seed >= 2**32:
            # JAX would drop the upper bits, and two seeds would give one run.
            raise ValueError(f"Expected seed < 2**32; got {self.seed}. Try seed=0.")

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    def open(self) -> Stream:
        """The stream that the configuration names, by series where it seems to hold several."""
        stream = self._opened(self.series)
        found = stream.info.series_hint
        if self.series is not None or self.one_series or found is None:
            return stream
        stream = self._opened(found)
        assert isinstance(stream, FileStream), "only tables have hints"
        note = (
            f"{found!r} tells rows of the same time apart, and is taken to tell series apart: try "
            "--one-series if it does not."
        )
        return replace(stream, info=replace(stream.info, warnings=(note, *stream.info.warnings)))

    @property
    def roles(self) -> dict[str, Any]:
        """What the columns of a file are for, and how it is written, as `open_stream` takes it."""
        return {name: getattr(self, name) for name in ROLES}

    def _opened(self, series: str | None) -> Stream:
        roles: dict[str, Any] = {**self.roles, "series": series}
        return open_stream(
            self.stream,
            target=self.target,
            features=self.features,
            task=self.task,
            seed=self.seed,
            **roles,
        )
