"""How the predictions of several members become one."""

from onward.mixing.ledger import Ledger, Losses
from onward.mixing.mixing import Mixing, MixingState
from onward.mixing.opinions import Opinions, Spoken

__all__ = ["Ledger", "Losses", "Mixing", "MixingState", "Opinions", "Spoken"]
