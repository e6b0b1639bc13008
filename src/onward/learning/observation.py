"""What a learner is handed at each step."""

from typing import Any, NamedTuple


class Observation(NamedTuple):
    """One sample, and the label that comes with it; in `run` with a first axis of time.

    Attributes:
        x: features, shape (features,).
        y: the label that arrives now: of this sample, or of the one `delay` steps ago. Shape
            (targets,), NaN where a target is missing; None for no label at all.
        weight: multiplies the loss of that label, >= 0. A label of weight 0 is not learnt from,
            and moves no scale.
        start: whether a sequence begins with this sample. The recurrent state, the rule's carry
            and the newest label, which feedback reads, then begin afresh. Weights and scales go
            on, and samples that wait for late labels keep what they have.
    """

    x: Any
    y: Any = None
    weight: Any = 1
    start: Any = False
