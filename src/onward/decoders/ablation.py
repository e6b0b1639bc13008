"""What each part of the recipe is worth: the same study without it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from onward.decoders.config import DecodeConfig
from onward.decoders.progress import Progress
from onward.decoders.study import DECODER, Tell, decode
from onward.recordings import Session

FASTER = 10


def variants(config: DecodeConfig) -> Iterator[tuple[str, DecodeConfig]]:
    """The configurations, each with one part of the recipe taken away, by name."""
    if config.moments == "session":
        yield "moments of all time", replace(config, moments="all-time")
    if config.adapt:
        yield f"{FASTER} times the rate", replace(config, learning_rate=FASTER * config.rate)
    if config.carry:
        yield "each session from the training", replace(config, carry=False)
    if config.pretrain:
        yield "no training off line", replace(config, pretrain=False)
    if config.adapt and config.every > 1:
        yield (
            "an update at every bin, immediate",
            replace(config, rule="immediate", every=1, learning_rate=None),
        )


def ablations(
    sessions: Sequence[Session],
    config: DecodeConfig,
    tell: Tell,
    progress: Progress | None = None,
) -> dict[str, dict[str, float | None]]:
    """F20 by session without each part of the recipe, of the first seed, by name.

    Args:
        sessions: in order of time.
        config: the whole recipe.
        tell: is told what is being done.
        progress: where each is kept once it is done; what is there is not done again.
    """
    found = {} if progress is None else progress.done["ablation"]
    for name, without in variants(config):
        if name in found:
            continue
        tell(f"ablation: {name}")
        study = decode(sessions, replace(without, seeds=1, opponents=()), tell)
        found[name] = {
            session: scores[0].f20.mean for session, scores in study.scores[DECODER].items()
        }
        if progress is not None:
            progress.write()
    return found
