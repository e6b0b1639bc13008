"""Which rule, decay and optimizer a stream asks for, measured on its first rows."""

from onward.advice.advice import Advice, advise
from onward.advice.explanation import explain
from onward.advice.folder import make_folder, write_advice

__all__ = ["Advice", "advise", "explain", "make_folder", "write_advice"]
