"""What the members say of a sample, and what is made of it."""

from typing import NamedTuple

from onward._typing import Array, Bool, Float


class Opinions(NamedTuple):
    """What the members predict of one sample.

    Attributes:
        said: numbers in units, or probabilities.
        there: which members predict at all.
    """

    said: Float[Array, "members outputs"]
    there: Bool[Array, " members"]


class Spoken(NamedTuple):
    """What was made of the opinions on a sample; it waits for the label.

    Attributes:
        opinions: of the members.
        candidates: what each hedge and each stacker makes of them.
        together: the prediction.
        units: the size of errors, by which deviations are divided.
    """

    opinions: Opinions
    candidates: Float[Array, "candidates outputs"]
    together: Float[Array, " outputs"]
    units: Float[Array, " outputs"]
