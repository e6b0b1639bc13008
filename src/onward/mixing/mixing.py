"""Exponential weights, stackers on them, and exponential weights over both."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_between, is_real
from onward._trees import with_settings
from onward._typing import Array, Bool, Float
from onward.mixing.charges import LEAST, charged, mistaken
from onward.mixing.opinions import Opinions, Spoken
from onward.mixing.regret import share_bound
from onward.mixing.stacker import Stack
from onward.mixing.weights import judged, shares

# Of an opinion, from that of the member that weighs most, in units of what is usual: even a member
# of the least weight would else decide alone once it has run off.
FAR = 100.0
# What a mistake costs the slow hedge, and what a loss and a mistake cost the candidates.
PLAIN, TOP_LOSS, TOP_PLAIN = 0.2, 0.1, 0.3
SLOW_SHARE = 1e-4


class MixingState(eqx.Module):
    """What has been learnt of the members.

    Attributes:
        hedges: logarithms of the members' weights, for each discount.
        stacks: for each forgetting.
        top: logarithms of the candidates' weights.
        errors: running mean square of the error of the middle mixture, for each output.
        count: how many there were.
    """

    hedges: Float[Array, "hedges members"]
    stacks: tuple[Stack, ...]
    top: Float[Array, " candidates"]
    errors: Float[Array, " outputs"]
    count: Float[Array, " outputs"]


class Mixing(eqx.Module):
    """Weighs members by what they have predicted, at three levels.

    1. Hedges: exponential weights with fixed share, one for each discount γ of past losses, and a
       slow one by plain mistakes of classes or absolute errors.
    2. Stackers: recursive least squares on how far each member is from the middle hedge.
    3. Exponential weights with fixed share over all of these, whose mean is the prediction.

    The loss of a member is half the square of its error in units of the running error of the
    middle hedge, at most 8, or for classes the logarithm of the probability of what happened.

    Regret. Take the hedge that discounts nothing, over N members, and let C be the number of hedges
    and stackers. Over T logarithmic losses it loses at most `share_bound(T, N, share)` more than
    its best member, as far as none holds less than 0.001 for what happened, where the loss is cut.
    For numbers the same holds as far as every member is within the usual error of every label.
    Errors that are normal are outside it three times in ten, so there it guarantees nothing.

    The third level adds `share_bound(T, C, share, top_discount)` for numbers. For classes it also
    counts mistakes: all that is proven is that the prediction loses at most three nats more than
    the hedge for each mistake of the hedge, and ten times `share_bound(T, C, 1e-4)`. With late
    labels or weights nothing is proven, nor that the stackers and the slow hedge help.

    Reference: Vovk (1990), Herbster & Warmuth (1998), Machine Learning 32; Cesa-Bianchi & Lugosi
    (2006); Wolpert (1992) for stacking.

    Args:
        discounts: of past losses, one for each hedge, each in (0, 1].
        forgetting: of the stackers, each in (0, 1].
        share: α, what of the weight is dealt out anew at each label.
        top_discount: of the losses of hedges and stackers.
        prior: how many unit-sized samples say that a stacker's coefficient is zero.
        lean: the logarithm of how much more the favourite weighs before the first label.
        memory: of the running error, in labels.
    """

    discounts: tuple[float, ...] = eqx.field(static=True, default=(0.98, 0.997, 1.0))
    forgetting: tuple[float, ...] = eqx.field(static=True, default=(0.998, 1.0))
    share: float = eqx.field(static=True, default=1e-3)
    top_discount: float = eqx.field(static=True, default=0.999)
    prior: float = eqx.field(static=True, default=100.0)
    lean: float = eqx.field(static=True, default=6.0)
    memory: float = eqx.field(static=True, default=300.0)

    def __check_init__(self):
        for name, least in (("discounts", 1), ("forgetting", 0)):
            given = getattr(self, name)
            if not (
                isinstance(given, tuple) and len(given) >= least and all(map(_is_share, given))
            ):
                raise ValueError(
                    f"Expected {name} as a tuple of numbers in (0, 1]; got {given!r}. Try (1.0,)."
                )
        check_between("top_discount", self.top_discount, 0, 1, 0.999, "(]")
        check_between("share", self.share, 0, 1, 1e-3)
        for name in ("prior", "memory"):
            value = getattr(self, name)
            if not (is_real(value) and value > 0):
                raise ValueError(f"Expected {name} > 0; got {value!r}. Try {name}=100.0.")
        if not (is_real(self.lean) and self.lean >= 0):
            raise ValueError(f"Expected lean >= 0; got {self.lean!r}. Try lean=6.0.")

    def __repr__(self) -> str:
        return with_settings(self)

    @property
    def hedges(self) -> int:
        """How many there are: one for each discount, and the slow one."""
        return len(self.discounts) + 1

    @property
    def _middle(self) -> int:
        return len(self.discounts) // 2

    def init(self, members: int, outputs: int, dtype, favourite: int | None = None) -> MixingState:
        """Before the first label all members weigh alike, but for the favourite.

        Args:
            members: how many there are.
            outputs: numbers in a prediction.
            dtype: of predictions.
            favourite: the member that stands until there is evidence for another.
        """
        candidates = self.hedges + len(self.forgetting)
        hedges = jnp.zeros((self.hedges, members), dtype)
        if favourite is not None:
            hedges = hedges.at[:, favourite].set(self.lean)
        return MixingState(
            hedges,
            tuple(Stack.fresh(outputs, members, self.prior, dtype) for _ in self.forgetting),
            jnp.zeros(candidates, dtype),
            jnp.zeros(outputs, dtype),
            jnp.zeros(outputs, dtype),
        )

    def speak(
        self, state: MixingState, opinions: Opinions, classes: bool
    ) -> tuple[Float[Array, " outputs"], Spoken]:
        """One prediction from many."""
        said = jnp.where(opinions.there[:, None], opinions.said, 0)
        said = said if classes else self._near(state, said, opinions.there)
        weights = shares(state.hedges, opinions.there)
        hedged = jnp.sum(weights[:, :, None] * said[None], axis=1)
        units = jnp.ones_like(state.errors) if classes else _units(state)
        deviations = self._deviations(opinions, hedged, units)
        base = self._base(hedged)
        stacked = [base + units * stack(deviations) for stack in state.stacks]
        if classes:
            stacked = [_probabilities(one) for one in stacked]
        candidates = jnp.concatenate([hedged, *(one[None] for one in stacked)])
        top = shares(state.top, jnp.ones(state.top.shape, bool))
        together = top @ candidates
        return together, Spoken(opinions, candidates, together, units)

    def learn(
        self,
        state: MixingState,
        spoken: Spoken,
        label: Float[Array, " outputs"],
        known: Bool[Array, " outputs"],
        weight: Float[Array, ""],
        classes: bool,
        rate: float,
    ) -> MixingState:
        """After a label.

        Args:
            state: before it.
            spoken: what was made of the opinions on its sample.
            label: in units, or 1 at the class.
            known: which of it is there.
            weight: of the sample; 0 where nothing is known.
            classes: whether opinions are probabilities.
            rate: multiplies losses; of late labels the errors of neighbours are alike.
        """
        opinions, candidates = spoken.opinions, spoken.candidates
        hedged = candidates[: self.hedges]
        base = self._base(hedged)
        gap = jnp.where(known, label - base, 0)
        count = state.count + jnp.where(known, 1, 0).astype(label.dtype)
        part = 1 / jnp.clip(count, 1, self.memory)
        square = gap * gap
        usual = jnp.where(state.errors > 0, 100 * state.errors, square)
        moved = state.errors + part * (jnp.minimum(square, usual) - state.errors)
        errors = jnp.where(known & (weight > 0), moved, state.errors)
        lost = lambda said: rate * weight * charged(said, label, known, errors, classes)  # noqa: E731
        said = jnp.where(opinions.there[:, None], opinions.said, 0)
        discounts = jnp.asarray(self.discounts, label.dtype)[:, None]
        counted = weight > 0
        plain = lambda said: (  # noqa: E731
            rate * weight * PLAIN * mistaken(said, label, known, errors, classes)
        )
        by_loss = judged(state.hedges[:-1], lost(said), opinions.there, discounts, self.share)
        by_plain = judged(state.hedges[-1:], plain(said), opinions.there, 1.0, SLOW_SHARE)
        hedges = jnp.concatenate([by_loss, by_plain])
        all_there = jnp.ones(state.top.shape, bool)
        if classes:
            cost = TOP_LOSS * lost(candidates) + TOP_PLAIN / PLAIN * plain(candidates)
            top = judged(state.top, cost, all_there, 1.0, SLOW_SHARE)
        else:
            top = judged(state.top, lost(candidates), all_there, self.top_discount, self.share)
        # Before the first sample that waits for a label there is an empty place.
        units = jnp.where(spoken.units > 0, spoken.units, 1)
        deviations = self._deviations(opinions, hedged, units)
        residual = gap / units
        residual = residual if classes else jnp.clip(residual, -10, 10)
        stacks = tuple(
            stack.learnt(deviations, residual, known & counted, weight, forgetting, self.prior)
            for stack, forgetting in zip(state.stacks, self.forgetting, strict=True)
        )
        return MixingState(
            jnp.where(counted, hedges, state.hedges),
            stacks,
            jnp.where(counted, top, state.top),
            errors,
            jnp.where(counted, count, state.count),
        )

    def losses(
        self,
        state: MixingState,
        spoken: Spoken,
        label: Float[Array, " outputs"],
        known: Bool[Array, " outputs"],
        classes: bool,
    ) -> Float[Array, " experts"]:
        """What a label has cost each member, and last the prediction that was made of them.

        A member that was not there is charged what the prediction is. Units are those of `state`:
        after the label these are the losses by which members were weighed.
        """
        opinions = spoken.opinions
        said = jnp.concatenate([opinions.said, spoken.together[None]])
        lost = charged(said, label, known, state.errors, classes)
        return jnp.concatenate([jnp.where(opinions.there, lost[:-1], lost[-1]), lost[-1:]])

    def regret_bound(
        self, labels: float, members: int, favourite: bool, classes: bool
    ) -> float | None:
        """How much more than its best member a mixture loses, at most, as far as errors are within
        one unit; None where no bound holds.

        Args:
            labels: how many there were, each before the next prediction and of weight 1.
            members: how many there were from the first label on.
            favourite: whether one of them was leant to.
            classes: whether labels are classes.
        """
        if classes:
            return None
        candidates, lean = self.hedges + len(self.forgetting), self.lean if favourite else 0.0
        return share_bound(labels, members, self.share, max(self.discounts), lean) + share_bound(
            labels, candidates, self.share, self.top_discount
        )

    def trust(self, state: MixingState, there: Bool[Array, " members"]) -> Float[Array, " members"]:
        """How much of the prediction each member makes, all together 1: the mean over outputs."""
        top = shares(state.top, jnp.ones(state.top.shape, bool))
        weights = shares(state.hedges, there)
        number = self.hedges
        middle = weights[self._middle]
        total = jnp.sum(top[:number, None] * weights, axis=0)
        for share, stack in zip(top[number:], state.stacks, strict=True):
            own = jnp.where(there, jnp.mean(stack.coefficients[:, :-1], axis=0), 0)
            total = total + share * (own + (1 - jnp.sum(own)) * middle)
        return total

    def _near(
        self,
        state: MixingState,
        said: Float[Array, "members outputs"],
        there: Bool[Array, " members"],
    ) -> Float[Array, "members outputs"]:
        """Opinions, bounded; before any error is known all are that of the favourite."""
        most = jnp.argmax(jnp.where(there, state.hedges[self._middle], -jnp.inf))
        centre, far = said[most][None], FAR * jnp.sqrt(state.errors)[None]
        return jnp.clip(said, centre - far, centre + far)

    def _base(self, hedged: Float[Array, "hedges outputs"]) -> Float[Array, " outputs"]:
        return hedged[self._middle]

    def _deviations(
        self, opinions: Opinions, hedged: Float[Array, "hedges outputs"], units: Array
    ) -> Float[Array, "outputs q"]:
        apart = (opinions.said - self._base(hedged)[None]) / units[None]
        apart = jnp.where(opinions.there[:, None], jnp.clip(apart, -10, 10), 0)
        return jnp.concatenate([apart, jnp.ones_like(apart[:1])]).T


def _is_share(value: float) -> bool:
    return is_real(value) and 0 < value <= 1


def _units(state: MixingState) -> Float[Array, " outputs"]:
    return jnp.where(state.errors > 0, jnp.sqrt(jnp.where(state.errors > 0, state.errors, 1)), 1)


def _probabilities(scores: Float[Array, " classes"]) -> Float[Array, " classes"]:
    clipped = jnp.clip(scores, LEAST, 1)
    return clipped / jnp.sum(clipped)
