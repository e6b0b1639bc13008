"""How gradients become steps."""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from onward._checks import check_kind, is_real
from onward._trees import names
from onward._typing import Array, Float, Gradients
from onward.algebra import RankOne, materialise
from onward.optimizers.catalogue import OPTIMIZERS
from onward.optimizers.error import bounded, followed
from onward.optimizers.factored import FactoredTransformation
from onward.optimizers.groups import longest, matches, paths, shown
from onward.optimizers.joint import JointTransformation

Schedule = Callable[[Any], Any]
Transformation = optax.GradientTransformation | FactoredTransformation | JointTransformation
Member = str | Transformation


class Optimizer(eqx.Module):
    """One optax transformation for all parameters, or one for each group of them.

    A group is a path into the model: `"cell"`, `"readout"`, or deeper, `"cell.recurrent"`,
    `"readout.direct"`. Of several that match a parameter the longest counts.

    A name of `OPTIMIZERS` stands for a direction d, and moves weights by

        w ← w - rate (d + weight_decay w)

    Your own transformation moves them by w ← w + update, as in optax: its learning rate,
    weight decay and schedule are its own. It is handed two extra arguments: the loss as `value`,
    and as `slope` the loss's gradient by the output, None where several labels are learnt at once.
    Transformations are equal only if they are the same object: make one once, for all learners
    that are to share compiled steps. Outer products reach a `FactoredTransformation` unwritten, and
    all parts together a `JointTransformation`.

    Args:
        members: a name or a transformation for all, or a mapping from group to either that
            covers every parameter.
        learning_rate: of the names: one for all, or a mapping from group to rate; parameters in
            no group of it use the optimizer's default. None is the default for all. A rate is a
            number, or an optax schedule: a function of the number of updates so far.
        weight_decay: of the names; decoupled from the gradient (Loshchilov & Hutter 2019).
        clip: a bound of the gradient's norm over all parts together; None for no bound. A longer
            gradient is shortened to it (Pascanu et al. 2013).
        bound: of the error's size, in units of its running root mean square; None for no bound. A
            larger error, the loss's gradient by the output, is shortened to it before it reaches
            any weight; a label's weight comes later. The mean square is that of errors as they
            were learnt, of a hundred labels or so: of lasting growth the bound falls behind at
            first. A readout that learns by itself sees the error as it is.

    Raises:
        ValueError: an unknown name, a rate that is not a number >= 0, or a rate for a
            transformation that has its own.
    """

    members: tuple[tuple[str, Any], ...] = eqx.field(static=True)
    rates: tuple[tuple[str, Any], ...] = eqx.field(static=True)
    weight_decay: float = eqx.field(static=True)
    clip: float | None = eqx.field(static=True)
    bound: float | None = eqx.field(static=True)

    def __init__(
        self,
        members: Member | Mapping[str, Member],
        learning_rate: float | Schedule | Mapping[str, float | Schedule] | None = None,
        *,
        weight_decay: float = 0.0,
        clip: float | None = None,
        bound: float | None = None,
    ):
        given = members if isinstance(members, Mapping) else {"": members}
        for group, member in given.items():
            check_kind("a group of the optimizer", group, str, "'cell'")
            _refuse_member(member)
        rates = learning_rate if isinstance(learning_rate, Mapping) else {"": learning_rate}
        rates = {group: rate for group, rate in rates.items() if rate is not None}
        for group, rate in rates.items():
            check_kind("a learning-rate group", group, str, "'cell'")
            _refuse_rate(group, rate)
        named = any(isinstance(member, str) for member in given.values())
        if (rates or weight_decay) and not named:
            raise ValueError(
                "Expected a transformation to have its own learning rate and weight decay; got "
                "one of them beside it. Try optax.adamw(1e-3, weight_decay=1e-4) alone."
            )
        if not (is_real(weight_decay) and weight_decay >= 0):
            raise ValueError(f"Expected weight_decay >= 0; got {weight_decay!r}. Try 1e-4.")
        if clip is not None and not (is_real(clip) and clip > 0):
            raise ValueError(f"Expected clip > 0, or None; got {clip!r}. Try clip=1.0.")
        if bound is not None and not (is_real(bound) and bound > 1):
            raise ValueError(f"Expected bound > 1, or None; got {bound!r}. Try bound=3.0.")
        asked = tuple(rates)
        for group, member in given.items():
            # Written out, so that a default equals the same rate that is given.
            if isinstance(member, str) and not any(matches(wide, group) for wide in asked):
                rates[group] = OPTIMIZERS[member].learning_rate
        self.members = tuple(sorted(given.items(), key=lambda pair: pair[0]))
        self.rates = tuple(sorted(rates.items(), key=lambda pair: pair[0]))
        self.weight_decay, self.clip, self.bound = weight_decay, clip, bound

    @property
    def name(self) -> str:
        """In a few words: the name, or "cell: sgd, readout: custom"."""
        words = [
            (group, member if isinstance(member, str) else "custom")
            for group, member in self.members
        ]
        return ", ".join(f"{group}: {word}" if group else word for group, word in words)

    def __repr__(self) -> str:
        members, rates = shown(self.members), shown(self.rates)
        rest = f"weight_decay={self.weight_decay!r}, clip={self.clip!r}, bound={self.bound!r}"
        return f"Optimizer({members}, learning_rate={rates}, {rest})"

    @property
    def joint(self) -> bool:
        """Whether all parts have to be moved together."""
        return any(
            isinstance(_transforms(member), JointTransformation) for _, member in self.members
        )

    def learning_rates(self, parameters: Any, dtype) -> dict[str, jax.Array]:
        """The constant rates that are in use, as scalars that a learner's state can hold.

        Raises:
            ValueError: a group that matches no parameter, or a parameter in no group.
        """
        paths = names(parameters)
        self._refuse_groups(paths)
        used = {self._rate_of(path) for path in paths}
        return {
            group: jnp.asarray(rate, dtype)
            for group, rate in used
            if group is not None and not callable(rate)
        }

    def init(self, parameters: Any) -> optax.OptState:
        """The state before the first update of these parameters."""
        return self._transformation(parameters).init(parameters)

    def clipped(self, gradients: Gradients, norm: Float[Array, ""]) -> Gradients:
        """The gradients of all parts, shortened to the bound; `norm` is theirs together."""
        if self.clip is None:
            return gradients
        factor = jnp.minimum(1, self.clip / jnp.maximum(norm, jnp.finfo(norm.dtype).tiny))

        def shorten(leaf: RankOne | Array) -> RankOne | Array:
            if isinstance(leaf, RankOne):
                return RankOne(factor * leaf.left, leaf.right)
            return factor * leaf

        return jax.tree.map(shorten, gradients, is_leaf=lambda leaf: isinstance(leaf, RankOne))

    def bounded(
        self, square: Float[Array, ""] | None, slope: Float[Array, " outputs"]
    ) -> Float[Array, " outputs"]:
        """An error, shortened to the bound; `square` is the running mean square, if any."""
        if self.bound is None or square is None:
            return slope
        return bounded(square, slope, self.bound)

    def followed(
        self, square: Float[Array, ""], slope: Float[Array, " outputs"], count: Array
    ) -> Float[Array, ""]:
        """The running mean square after an error that was learnt."""
        return followed(square, slope, count)

    def step(
        self,
        rates: Mapping[str, jax.Array],
        state: optax.OptState,
        gradients: Gradients,
        parameters: Any,
        *,
        count: Array,
        value: Float[Array, ""],
        slope: Float[Array, " outputs"] | None = None,
    ) -> tuple[Any, optax.OptState]:
        """Parameters after one update, and the optimizer's new state.

        Args:
            rates: from `learning_rates`, maybe changed since.
            state: from `init` of the same parameters.
            gradients: a tree like the parameters; leaves may be `RankOne`.
            parameters: of all parts, or of some.
            count: updates so far, which schedules read.
            value: the loss, for transformations that read it.
            slope: the loss's gradient by the output, likewise.
        """
        written = jax.tree.map(
            lambda path, _, leaf: leaf if self._is_factored(path) else materialise(leaf),
            paths(parameters),
            parameters,
            gradients,
        )
        # optax's adam raises a float to an integer count, which strict promotion forbids.
        with jax.numpy_dtype_promotion("standard"):
            moves, state = self._transformation(parameters).update(
                written, state, parameters, value=value, slope=slope
            )

        def moved(path: str, weight: Array, move: Array) -> Array:
            group, rate = self._rate_of(path)
            if group is None:
                return weight + move.astype(weight.dtype)
            rate = _scheduled(rate, count, weight.dtype) if callable(rate) else rates[group]
            if self.weight_decay:
                move = move + self.weight_decay * weight
            return weight - rate * move

        return jax.tree.map(moved, paths(parameters), parameters, moves), state

    def _transformation(self, parameters: Any) -> optax.GradientTransformationExtraArgs:
        """What moves these parameters: one transformation, or one for each group among them."""
        groups = {group for path in names(parameters) for group in [self._group_of(path)]}
        members = dict(self.members)
        made: dict[Any, Any] = {group: _optax(_transforms(members[group])) for group in groups}
        if len(made) <= 1:
            return next(iter(made.values()), optax.with_extra_args_support(optax.identity()))
        labels = jax.tree.map(self._group_of, paths(parameters))
        return optax.partition(made, labels)

    def _group_of(self, path: str) -> str:
        """The group of members that a parameter belongs to."""
        return longest(path, [group for group, _ in self.members])

    def _rate_of(self, path: str) -> tuple[str | None, Any]:
        """The group of rates and the rate of a parameter; None where it has a transformation."""
        member = dict(self.members)[self._group_of(path)]
        if not isinstance(member, str):
            return None, None
        found = longest(path, [group for group, _ in self.rates])
        return found, dict(self.rates)[found]

    def _is_factored(self, path: str) -> bool:
        return isinstance(dict(self.members)[self._group_of(path)], FactoredTransformation)

    def _refuse_groups(self, paths: list[str]) -> None:
        listed = ", ".join(sorted(set(paths)))
        for kind, groups in (("optimizer", self.members), ("learning-rate", self.rates)):
            for group, _ in groups:
                if not any(matches(group, path) for path in paths):
                    raise ValueError(
                        f"Expected {kind} groups that match a parameter; got {group!r}. "
                        f"Try 'cell', 'readout' or one of {listed}."
                    )
        for path in paths:
            if not any(matches(group, path) for group, _ in self.members):
                raise ValueError(
                    f"Expected an optimizer for every parameter; got none for {path}. Try a "
                    "mapping with 'cell' and 'readout'."
                )


def _refuse_member(member: Any) -> None:
    if isinstance(member, str):
        if member not in OPTIMIZERS:
            raise ValueError(
                f"Expected an optimizer among {', '.join(OPTIMIZERS)}; got {member!r}. "
                "Try 'rmsprop', or 'auto' where a learner chooses."
            )
    elif not isinstance(member, Transformation):
        raise ValueError(
            "Expected an optimizer as a name, an optax transformation or a mapping from group to "
            f"either; got {repr(member)[:60]}. Try 'rmsprop' or optax.adam(1e-3)."
        )


def _refuse_rate(group: str, rate: Any) -> None:
    if not callable(rate) and not (is_real(rate) and rate >= 0):
        where = f" of group {group!r}" if group else ""
        raise ValueError(
            f"Expected a finite learning rate >= 0{where}; got {rate!r}. Try 0.001, or an optax "
            "schedule."
        )


def _scheduled(schedule: Schedule, count: Array, dtype: Any) -> Array:
    """The rate of a schedule, which is written for weak types and for counts with a sign."""
    signed = jnp.minimum(count, jnp.iinfo(jnp.int32).max).astype(jnp.int32)
    with jax.numpy_dtype_promotion("standard"):
        return jnp.asarray(schedule(signed), dtype)


def _transforms(member: Any) -> Transformation:
    return OPTIMIZERS[member].direction() if isinstance(member, str) else member


def _optax(member: Transformation) -> optax.GradientTransformationExtraArgs:
    if isinstance(member, optax.GradientTransformation):
        return optax.with_extra_args_support(member)
    return optax.GradientTransformationExtraArgs(member.init, member.update)
