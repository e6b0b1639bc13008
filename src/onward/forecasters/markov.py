"""What followed these classes before follows them next."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_between, is_real
from onward._typing import Array, Bool, Float, Int
from onward.forecasters.base import AbstractForecaster
from onward.forecasters.ring import Ring


class MarkovState(eqx.Module):
    """What has followed each context.

    Attributes:
        counts: discounted counts of the classes that followed; one table for each length of
            context, from none on, with a row for each context of that length.
        newest: the classes of the newest rows; -1 where a label is missing.
    """

    counts: tuple[Float[Array, "_ width"], ...]
    newest: Ring


class Markov(AbstractForecaster):
    """A table of the classes that came `ahead` rows after the newest one or two.

    For each context c, which is the newest label or the newest two, it counts the classes that
    came `ahead` rows later. A context that comes again forgets a little of its counts:

        n_c ← (1 - 1/T) n_c + onehot(y)
        p_c = (n_c + prior p_shorter) / (sum n_c + prior)

    The prior of a context is the forecast from the context that is shorter by one, down to the
    frequencies of the classes, whose prior is uniform. So a context that is new, or has a missing
    label, is forecast from what is known of it. The table for `ahead` rows is learnt directly: no
    chain of steps is assumed. No transition leads from one sequence to the next; they share the
    tables.
    Cost: width^(order + 1) numbers, and about as many again in shorter contexts; a step reads and
    writes one row of each table.
    Exact as counts; for more than one row ahead each table has all that its context tells.
    Source: MacKay and Peto (1995), A hierarchical Dirichlet language model; here discounted, and
    with a fixed prior.

    Args:
        order: labels in a context, 1 or 2.
        time_constant: T, in visits to a context, at least 1.
        prior: what the shorter context weighs, in labels; positive.
    """

    numbers: ClassVar[bool] = False

    order: int = eqx.field(static=True, default=1)
    time_constant: float = eqx.field(static=True, default=1000.0)
    prior: float = eqx.field(static=True, default=1.0)

    def __check_init__(self):
        if self.order not in (1, 2) or isinstance(self.order, bool):
            raise ValueError(f"Expected order 1 or 2; got {self.order!r}. Try order=1.")
        if not (is_real(self.time_constant) and self.time_constant >= 1):
            raise ValueError(
                f"Expected time_constant >= 1, in visits; got {self.time_constant!r}. "
                "Try time_constant=1000."
            )
        check_between("prior", self.prior, 0, 1e6, example=1.0, ends="(]")

    def init(self, width: int, dtype, ahead: int) -> MarkovState:
        counts = tuple(jnp.zeros((width**size, width), dtype) for size in range(self.order + 1))
        missing = jnp.full((), -1, jnp.int32)
        return MarkovState(counts, Ring.full_of(missing, ahead + self.order - 1))

    def update(
        self, state: MarkovState, label: Float[Array, " width"], known: Bool[Array, " width"]
    ) -> MarkovState:
        seen = known.all()
        newest = jax.lax.argmax(label, 0, jnp.int32)
        came = (jnp.arange(len(label), dtype=newest.dtype) == newest).astype(label.dtype)
        ahead = len(state.newest.rows) - self.order + 1
        counts = []
        for size, table in enumerate(state.counts):
            context, whole = self._context(state, ahead - 1, size)
            row = jax.lax.dynamic_index_in_dim(table, context, 0, keepdims=False)
            after = jnp.where(seen & whole, (1 - 1 / self.time_constant) * row + came, row)
            counts.append(jax.lax.dynamic_update_index_in_dim(table, after, context, 0))
        return MarkovState(tuple(counts), state.newest.pushed(jnp.where(seen, newest, -1)))

    def forecast(self, state: MarkovState, ahead: int) -> Float[Array, " width"]:
        learnt = len(state.newest.rows) - self.order + 1
        if ahead != learnt:
            raise ValueError(
                f"Expected ahead={learnt}, for which the tables are learnt; got {ahead}. "
                f"Try init with ahead={ahead}."
            )
        width = state.counts[0].shape[1]
        forecast = jnp.full(width, 1 / width, state.counts[0].dtype)
        for size, table in enumerate(state.counts):
            context, whole = self._context(state, 0, size)
            row = jax.lax.dynamic_index_in_dim(table, context, 0, keepdims=False)
            mixed = (row + self.prior * forecast) / (row.sum() + self.prior)
            forecast = jnp.where(whole, mixed, forecast)
        return forecast

    def begin(self, state: MarkovState) -> MarkovState:
        return MarkovState(state.counts, state.newest.emptied(-1))

    def _context(
        self, state: MarkovState, back: int, size: int
    ) -> tuple[Int[Array, ""], Bool[Array, ""]]:
        """The place of the context that ends `back` rows before the newest; whether it is known."""
        width = state.counts[0].shape[1]
        context, whole = jnp.zeros((), jnp.int32), jnp.ones((), bool)
        for place in range(size):
            label = state.newest.back(back + place)
            context = width * context + jnp.maximum(label, 0)
            whole &= label >= 0
        return context, whole
