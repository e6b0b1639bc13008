"""`onward run`: one pass over a stream."""

from pathlib import Path
from typing import Annotated

import typer

from onward._names import LEARNERS, OPTIMIZERS, REGRESSION_LOSSES, canonical
from onward.cli.options import Shared, known_rule, with_shared


@with_shared
def run(
    shared: Shared,
    learner: Annotated[
        str,
        typer.Option(
            help="mixture: networks, linear models and forecasters together; or network: one alone."
        ),
    ] = "mixture",
    rule: Annotated[
        str, typer.Option(help="See `onward info`; options as sparse-rtrl:k=4.")
    ] = "immediate",
    loss: Annotated[
        str, typer.Option(help="For regression: squared, absolute, huber or poisson.")
    ] = "squared",
    optimizer: Annotated[
        str, typer.Option(help=f"auto, {', '.join(OPTIMIZERS[:-1])} or {OPTIMIZERS[-1]}.")
    ] = "auto",
    learning_rate: Annotated[
        float | None, typer.Option(help="The optimizer's default if not given.")
    ] = None,
    warmup: Annotated[
        int | None, typer.Option(help="Samples until the frozen twin stops learning.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Use only the first so many samples.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results; runs/STREAM-N if not given.")
    ] = None,
    warm_start: Annotated[
        Path | None, typer.Option(help="Begin with what the network of this run has learnt.")
    ] = None,
    seeds: Annotated[
        int, typer.Option(help="Pass with so many networks; predictions are of the first.")
    ] = 1,
    classes: Annotated[
        str | None, typer.Option(help="Of a classification of standard input: A,B,C.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
) -> None:
    """Predict, then learn, sample by sample, beside the obvious baselines."""
    settings = shared.settings()
    learner = canonical("learner", learner, LEARNERS)
    rule, loss = known_rule(rule), canonical("loss", loss, REGRESSION_LOSSES)
    optimizer = canonical("optimizer", optimizer, ("auto", *OPTIMIZERS))
    if resume and out is None:
        raise ValueError("Expected --out with --resume; got none. Try --out and the run's folder.")
    # JAX is read here, once what can be refused without it has been.
    from onward.cli.passing import pass_over
    from onward.runs import RunConfig

    config = RunConfig(
        **settings,
        learner=learner,
        rule=rule,
        loss=loss,
        optimizer=optimizer,
        learning_rate=learning_rate,
        warmup=warmup,
        limit=limit,
        warm_start=warm_start and str(warm_start),
        seeds=seeds,
        classes=None if classes is None else tuple(c.strip() for c in classes.split(",")),
    )
    pass_over(config, out, resume)
