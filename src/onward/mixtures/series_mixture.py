"""Several series that arrive in turn, and one mixture for all."""

from functools import partial
from typing import Any

import equinox as eqx
import jax

from onward._checks import check_key, check_kind
from onward._typing import Array, PRNGKeyArray
from onward.learning import admission, execution
from onward.learning.info import StepInfo
from onward.learning.initial import refuse_if_too_large
from onward.learning.series import Series, Weights, codes_of, in_turn, refuse_unlike_series
from onward.learning.state import LearnerState
from onward.mixtures.mixture import Mixture, states_of
from onward.mixtures.mixture_programs import MixtureFields, beside
from onward.mixtures.table import Table, initial

# What belongs to the past of a series, of a mixture's own state; and with own weights the weighing.
PAST = ("forecasters", "forecasts", "begun", "waiting")
OWN = (*PAST, "mixing")


def _in_turn(
    names: tuple[str, ...],
    table: Table,
    kernel: bool,
    state: LearnerState,
    given: tuple[Array, Any],
    count: int | Array,
) -> tuple[LearnerState, Array]:
    # XLA aborts where a kernel is handed what has just been taken out of the series.
    del kernel
    return in_turn(names, beside(table, False), state, given, count)


_with_shared_weights = execution.Compiled(partial(_in_turn, PAST))
_with_own_weights = execution.Compiled(partial(_in_turn, OWN))


class SeriesMixture:
    """Interleaved series, each with a past of its own in every member of a mixture; see `Series`.

    The weights of the learners, and those of the members, are shared by all, or each series has its
    own. What members have lost is counted over all series.

    Args:
        mixture: the members.
        count: of the series.
        weights: "shared" or "own".
    """

    def __init__(self, mixture: Mixture, count: int, weights: Weights = "shared"):
        check_kind("mixture", mixture, Mixture, "SeriesMixture(Mixture(members), 12)")
        refuse_unlike_series(count, weights)
        self.mixture, self.count, self.weights = mixture, count, weights
        self.series = [Series(one, count, weights) for one in mixture.learners.values()]
        self.shapes = eqx.filter_eval_shape(self.initial_state, jax.random.key(0))

    def init(self, key: PRNGKeyArray) -> LearnerState:
        """The state before the first sample; see `Series.init`."""
        check_key(key)
        refuse_if_too_large(*states_of(self.shapes), around=self.shapes.fields.around)
        return jax.jit(self.initial_state)(key)

    def run(
        self, state: LearnerState, codes: Any, xs: Any, ys: Any = None
    ) -> tuple[LearnerState, StepInfo]:
        """`Mixture.run`, each sample by the series that it belongs to; see `Series.run`."""
        state, info, _, _ = self.run_all(state, codes, xs, ys)
        return state, info

    def run_all(
        self, state: LearnerState, codes: Any, xs: Any, ys: Any = None
    ) -> tuple[LearnerState, StepInfo, dict[str, StepInfo], dict[str, float]]:
        """`Mixture.run_all`, each sample by the series that it belongs to."""
        self.admit(state)
        seen = self.mixture.observation(xs, ys, (None,))
        found = codes_of(codes, len(seen.x), self.count)
        take = _with_own_weights if self.weights == "own" else _with_shared_weights
        runs = [one.run for one in self.series]
        return self.mixture.pass_over(state, seen, runs, take, (found,))

    def admit(self, state: Any) -> None:
        """Raise ValueError unless a state is of these series, and not consumed."""
        admission.refuse_foreign(state, self.shapes)
        admission.refuse_consumed(state.tree_flatten()[0][:1])

    def initial_state(self, key: PRNGKeyArray) -> LearnerState:
        """`init` without counting first, to be traced for its shapes."""
        keys = jax.random.split(key, len(self.series))
        members = tuple(
            one.initial_state(own).fields for own, one in zip(keys, self.series, strict=True)
        )
        mixture, names = self.mixture, OWN if self.weights == "own" else PAST
        one = LearnerState(initial(mixture.table, len(members), mixture.dtype))
        held = {name: getattr(one, name) for name in names}
        every = jax.tree.map(lambda leaf: jax.numpy.stack([leaf] * self.count), held)
        return LearnerState(MixtureFields(members, one.replace(**every).fields))
