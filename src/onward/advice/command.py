"""A configuration as the words that follow `onward run`."""

from typing import Any

from onward.runs.config import RunConfig

# They are said whatever they are.
ALWAYS = ("cell", "size", "rule", "optimizer", "learning_rate", "seed")
NAMES = {"missing_codes": "missing-code"}


def words_of(config: RunConfig) -> list[str]:
    """The stream, and an option for each setting that is not what it is by default.

    The warm-up and the limit, which are of a pass and not of its learner, are left out. Features
    of the calendar are asked for as a whole, whichever they are.
    """
    paths = [config.stream] if isinstance(config.stream, str) else [*config.stream]
    usual = RunConfig(config.stream)
    found = []
    for name, value in vars(config).items():
        if name in ("stream", "warmup", "limit"):
            continue
        if value != getattr(usual, name) or (name in ALWAYS and value is not None):
            found += _option(name, value)
    return [*paths, *found]


def _option(name: str, value: Any) -> list[str]:
    option = f"--{NAMES.get(name, name.replace('_', '-'))}"
    if value is False:
        return [option.replace("--", "--no-", 1)]
    if value is True or name == "calendar":
        return [option]
    if name in NAMES:
        return [word for one in value for word in (option, str(one))]
    return [option, ",".join(value) if isinstance(value, tuple) else str(value)]
