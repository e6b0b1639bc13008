"""Onward: recurrent networks that learn online, one sample at a time, forward in time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onward._public import *  # noqa: F403
    from onward._public import __all__ as __all__
    from onward._public import __version__ as __version__
else:
    # Reading the names imports JAX, which takes a second: streams, and most of what the command
    # line says, need none of them.
    from importlib import import_module

    def __getattr__(name):
        if name.startswith("__") and name not in ("__all__", "__version__"):
            raise AttributeError(f"module 'onward' has no attribute {name!r}")
        public = import_module("onward._public")
        globals().update({known: getattr(public, known) for known in public.__all__})
        globals()["__all__"] = public.__all__
        if name not in globals():
            raise AttributeError(f"module 'onward' has no attribute {name!r}")
        return globals()[name]

    def __dir__():
        return import_module("onward._public").__all__
