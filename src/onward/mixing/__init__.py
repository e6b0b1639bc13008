"""How the predictions of several members become one."""

from onward.mixing.mixing import Mixing, MixingState, Opinions, Spoken

__all__ = ["Mixing", "MixingState", "Opinions", "Spoken"]
