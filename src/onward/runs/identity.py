"""What a run was asked for, as its results tell it, and by what it is known again."""

import importlib.metadata
from typing import Any

from onward.runs.config import RunConfig
from onward.runs.origin import calendar_names
from onward.streams import StreamInfo


def identity(config: RunConfig, info: StreamInfo) -> dict[str, Any]:
    """What a resumed run must have in common with the one it goes on with."""
    return {
        **{name: value for name, value in asked(config, info).items() if name != "limit"},
        "onward": importlib.metadata.version("onward"),
        "columns": [*info.feature_names, *info.target_names],
        "class_names": list(info.class_names),
    }


def asked(config: RunConfig, info: StreamInfo) -> dict[str, Any]:
    """The configuration, with names as columns have them, however they were written."""
    made = calendar_names(info) if config.calendar else ()
    features = [name for name in info.feature_names if name not in made]
    named = {"features": features} if config.features is not None else {}
    return {**config.as_dict(), "target": list(info.target_names), **named}
