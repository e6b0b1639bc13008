"""A mixture's programs compiled side by side, before its first pass over rows of some shapes."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from onward.learning import execution
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.mixtures import mixture_programs as programs
from onward.mixtures.side_by_side import threads_for
from onward.mixtures.table import Heard

if TYPE_CHECKING:
    from onward.mixtures.mixture import Mixture


def compile_ahead(mixture: "Mixture", seen: Observation, done: set[Any]) -> None:
    """Compile what a mixture's `run` needs, in as many threads as there are CPUs.

    Left to the passes themselves, two learners of one program would compile it at the same time,
    and the mixture's own part, which needs their predictions, would be compiled after all of them.

    Args:
        mixture: which runs.
        seen: the samples.
        done: the shapes of pieces that it has been compiled for; these are added.
    """
    learners, piece = mixture.learners.values(), execution.piece_of(seen)
    shapes = tuple(jax.tree.leaves(piece)), jax.tree.structure(piece)
    threads = threads_for(len(learners), len(seen.x))
    if threads == 1 or shapes in done:
        return

    def own_part() -> None:
        each = (len(piece.x), len(learners), mixture.outputs)
        said, there = (jax.ShapeDtypeStruct(each, kind) for kind in (mixture.dtype, np.dtype(bool)))
        heard = Heard(piece.y, piece.weight, piece.start, said, there)
        state = LearnerState(mixture.shapes.fields.around)
        programs.run_around.ahead(mixture.table, mixture.kernel, state, heard, 1)

    def learners_part(learner: Any) -> None:
        execution.run_ahead(learner.program, learner.in_one_kernel, learner.shapes, piece)

    distinct = {(one.program, *jax.tree.leaves(one.shapes)): one for one in learners}
    works = [own_part, *(partial(learners_part, one) for one in distinct.values())]
    with ThreadPoolExecutor(threads) as pool:
        for work in [pool.submit(work) for work in works]:
            work.result()
    done.add(shapes)
