"""`onward decode`: a decoder through the sessions of a brain-computer interface."""

from pathlib import Path
from typing import Annotated

import typer

from onward._names import CELLS, OPTIMIZERS, canonical
from onward.cli.options import known_rule


def decode(
    sessions: Annotated[
        list[str],
        typer.Argument(help="Recordings: NWB, MATLAB v7.3, NPZ or Parquet; a folder, a pattern."),
    ],
    train: Annotated[int, typer.Option(help="So many first sessions train the network.")] = 3,
    target: Annotated[str, typer.Option(help="Signals to decode: NAME[,NAME].")] = "velocity",
    bin_width: Annotated[
        str | None, typer.Option("--bin", help="Width of a bin: 50ms, 0.02s; of the file if not.")
    ] = None,
    labels: Annotated[
        str,
        typer.Option(help="every-bin, after-trial, calibration-only:SECONDS or late:BINS."),
    ] = "every-bin",
    adapt: Annotated[bool, typer.Option(help="Whether the decoder learns from labels.")] = True,
    beyond: Annotated[
        float | None,
        typer.Option(help="Rows whose position is further from 0, and the next, are not scored."),
    ] = None,
    trials: Annotated[
        bool, typer.Option("--trials", help="State begins afresh at each trial.")
    ] = False,
    cell: Annotated[str, typer.Option(help="See `onward info`.")] = "gru",
    hidden: Annotated[int, typer.Option(help="Units of the network.")] = 64,
    rule: Annotated[str, typer.Option(help="See `onward info`.")] = "bptt",
    every: Annotated[int | None, typer.Option(help="Bins of a block; 10 for bptt, else 1.")] = None,
    optimizer: Annotated[str, typer.Option(help="See `onward info`.")] = "rmsprop-corrected",
    learning_rate: Annotated[
        float | None, typer.Option(help="5e-4 in blocks, 1e-4 at every bin if not given.")
    ] = None,
    opponents: Annotated[
        str, typer.Option(help="ridge, wiener, kalman, kalman-velocity, factors, rls, last-label.")
    ] = "ridge,wiener,kalman,last-label",
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Also without each part of the recipe in turn.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="So many networks, each with own weights.")] = 1,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse files out of the order of time.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results; runs/decode-N if not given.")
    ] = None,
) -> None:
    """Train a decoder on the first sessions, carry it through the others, and score each."""
    cell, rule = canonical("cell", cell, CELLS), known_rule(rule)
    optimizer = canonical("optimizer", optimizer, OPTIMIZERS)
    # JAX is read here, once what can be refused without it has been.
    from onward.cli.decoding import carry_through
    from onward.decoders import DecodeConfig, Labels

    config = DecodeConfig(
        train=train,
        labels=Labels.parse(labels),
        adapt=adapt,
        cell=cell,
        hidden=hidden,
        rule=rule,
        every=every or (DecodeConfig.every if rule == "bptt" else 1),
        optimizer=optimizer,
        learning_rate=learning_rate,
        seeds=seeds,
        opponents=_listed(opponents),
    )
    reading = {
        "target": _listed(target),
        "bin_s": bin_width,
        "beyond": beyond,
        "starts": "trials" if trials else "gaps",
        "strict": strict,
    }
    carry_through(sessions, config, reading, ablate, out)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
