"""`onward decode`: a decoder through the sessions of a brain-computer interface."""

import re
from pathlib import Path
from typing import Annotated

import typer

from onward._names import CELLS, OPTIMIZERS, RULES, canonical

NUMBER = re.compile(r"(?P<number>\d*\.?\d+(e-?\d+)?)\s*(?P<unit>m?s)?", re.I)


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
        typer.Option(
            help="every-bin, after-trial, calibration-only:SECONDS, late:BINS or inferred[:RADIUS]."
        ),
    ] = "every-bin",
    goal: Annotated[
        str | None,
        typer.Option(help="Signal that says where the target was, for inferred labels."),
    ] = None,
    position: Annotated[
        str | None, typer.Option(help="Signal that is the position of the cursor.")
    ] = None,
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
    optimizer: Annotated[str, typer.Option(help=f"{', '.join(OPTIMIZERS)}.")] = "rmsprop-corrected",
    learning_rate: Annotated[
        float | None, typer.Option(help="5e-4 in blocks, 1e-4 at every bin if not given.")
    ] = None,
    opponents: Annotated[
        str,
        typer.Option(
            help="ridge, wiener, kalman, kalman-velocity, factors, last-label; rls takes a "
            "minute or more for each session."
        ),
    ] = "ridge,wiener,kalman,last-label",
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Also without each part of the recipe in turn.")
    ] = False,
    guards: Annotated[
        str | None,
        typer.Option(
            help="What is watched beside the frozen copy: default, or loss=roll back+lower, "
            "influence=clip, outlying=drop."
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="So many networks, each with own weights.")] = 1,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse files out of the order of time.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results; runs/decode-N if not given.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the study in --out.")
    ] = False,
) -> None:
    """Train a decoder on the first sessions, carry it through the others, and score each."""
    if resume and out is None:
        raise ValueError("Expected --out with --resume; got none. Try --out with its folder.")
    # These know no JAX, which is read once what can be refused without it has been.
    from onward.decoders import DecodeConfig, Labels
    from onward.decoders.progress import Progress, asked_of, free
    from onward.decoders.splitting import split
    from onward.decoding.opponents import OPPONENTS

    rule = canonical("rule", rule, RULES)
    config = DecodeConfig(
        train=train,
        labels=Labels.parse(labels),
        adapt=adapt,
        cell=canonical("cell", cell, CELLS),
        hidden=hidden,
        rule=rule,
        every=(DecodeConfig.every if rule == "bptt" else 1) if every is None else every,
        optimizer=canonical("optimizer", optimizer, OPTIMIZERS),
        learning_rate=learning_rate,
        guards=guards,
        seeds=seeds,
        opponents=tuple(canonical("opponent", name, OPPONENTS) for name in _listed(opponents)),
    )
    if out is not None and not resume:
        free(out)
    inferred = config.labels.timing == "inferred"
    from onward.cli.reading import read

    found, notes = read(
        sessions,
        _listed(target),
        strict=strict,
        bin_s=None if bin_width is None else _seconds(bin_width),
        beyond=beyond,
        position=position,
        goal=(goal or "found") if inferred else None,
        starts="trials" if trials else "gaps",
    )
    split(found, config)
    progress = Progress(out or _free_folder(), asked_of(found, config, ablate), resume)
    from onward.cli.decoding import carry_through

    carry_through(found, config, progress, ablate, notes)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _seconds(text: str) -> float:
    found = NUMBER.fullmatch(text.strip())
    seconds = 0.0 if found is None else float(found["number"])
    if found is None or not seconds > 0:
        raise ValueError(f"Expected --bin of some milliseconds or seconds; got {text!r}. Try 50ms.")
    return seconds / 1000 if (found["unit"] or "s").lower() == "ms" else seconds


def _free_folder() -> Path:
    number = 1
    while (folder := Path("runs") / f"decode-{number}").exists():
        number += 1
    return folder
