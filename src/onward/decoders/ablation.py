"""What each part of the recipe is worth: the same study without it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from onward.decoders.config import DecodeConfig
from onward.decoders.study import DECODER, decode
from onward.recordings import Session

FASTER = 10


def variants(config: DecodeConfig) -> Iterator[tuple[str, DecodeConfig]]:
    """The configurations, each with one part of the recipe taken away, by name."""
    if config.moments == "session":
        yield "moments of all time", replace(config, moments="all-time")
    yield f"{FASTER} times the rate", replace(config, learning_rate=FASTER * config.rate)
    if config.carry:
        yield "each session from the training", replace(config, carry=False)
    if config.pretrain:
        yield "no training off line", replace(config, pretrain=False)
    if config.every > 1:
        yield (
            "an update at every bin, immediate",
            replace(config, rule="immediate", every=1, learning_rate=None),
        )


def ablations(
    sessions: Sequence[Session], config: DecodeConfig, tell: Callable[[str], None]
) -> dict[str, dict[str, float | None]]:
    """F20 by session without each part of the recipe, of the first seed, by name.

    Args:
        sessions: in order of time.
        config: the whole recipe.
        tell: is told what is being done.
    """
    found = {}
    for name, without in variants(config):
        tell(f"without a part: {name}")
        study = decode(sessions, replace(without, seeds=1, opponents=()))
        found[name] = {
            session: scores[0].f20.mean for session, scores in study.scores[DECODER].items()
        }
    return found
