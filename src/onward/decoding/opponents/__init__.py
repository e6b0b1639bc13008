"""Decoders from the literature, which Onward is compared with. None of them looks ahead."""

from collections.abc import Callable

from onward.decoding.opponents.base import AbstractOnlineOpponent, AbstractOpponent, Rows
from onward.decoding.opponents.kalman import Kalman
from onward.decoding.opponents.last_label import LastLabel
from onward.decoding.opponents.refit import intended_velocity
from onward.decoding.opponents.ridge import Ridge
from onward.decoding.opponents.rls import RLS
from onward.decoding.opponents.stabilizer import Stabilizer
from onward.decoding.opponents.wiener_cascade import WienerCascade

__all__ = [
    "OPPONENTS",
    "RLS",
    "AbstractOnlineOpponent",
    "AbstractOpponent",
    "Kalman",
    "LastLabel",
    "Ridge",
    "Rows",
    "Stabilizer",
    "WienerCascade",
    "intended_velocity",
]

# In the order of the tables.
OPPONENTS: dict[str, Callable[[], AbstractOpponent]] = {
    "ridge": Ridge,
    "wiener": WienerCascade,
    "kalman-velocity": lambda: Kalman(with_position=False),
    "kalman": Kalman,
    "factors": Stabilizer,
    "rls": RLS,
    "last-label": LastLabel,
}
