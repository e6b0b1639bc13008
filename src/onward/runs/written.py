"""The learner that a run has written into its checkpoint."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from onward.learning.learner import Learner
from onward.learning.series import Series
from onward.mixtures.mixture import Mixture
from onward.mixtures.series_mixture import SeriesMixture
from onward.storing.checkpoint import learner_in


def written_learner(arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]) -> Learner | Mixture:
    """The learner itself, with the members and the settings that it had when the run began.

    What a configuration leaves open may since be chosen otherwise, as the members of the default
    mixture are; a run goes on with those that it has.

    Args:
        arrays: of the checkpoint of a run.
        note: beside them.

    Raises:
        CheckpointError: it is of another schema, or names a class that is not the library's.
    """
    mover = learner_in(arrays, note)
    if isinstance(mover, SeriesMixture):
        return mover.mixture
    return mover.learner if isinstance(mover, Series) else mover
