"""How rates and masks of channels move over the days."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.decoding.standings import mean
from onward.report.figures.theme import COLOURS, PALETTE, draw, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Spikes a second, so that a silent channel that fires once has not changed without bound.
FLOOR = 0.1
# Doublings at which the colour is full, and at which a channel counts as changed.
FULL, CHANGED = 2.0, 1.0
# Above this share of masked bins, masks are shown.
MASKED = 0.001


def changes(results: Mapping[str, Any]) -> np.ndarray:
    """log2 of a channel's rate beside its mean over the training sessions.

    Returns:
        Shape (sessions, channels), the training sessions first; NaN where a channel is masked.
    """
    sessions = [*results["training"], *results["sessions"]]
    # Text is none: a rate of a channel that is always masked says nothing.
    rates = np.array([_numbers(one["rates"]) for one in sessions])
    rates[masks(results) >= 1] = np.nan
    before = mean(rates[: len(results["training"])], axis=0)
    return np.log2((rates + FLOOR) / (before + FLOOR))


def masks(results: Mapping[str, Any]) -> np.ndarray:
    """The share of bins in which a channel is masked or missing, shape (sessions, channels)."""
    sessions = [*results["training"], *results["sessions"]]
    return np.array([_numbers(one["missing"]) for one in sessions])


def shifted(results: Mapping[str, Any]) -> np.ndarray:
    """Of each decoded session, the share of channels whose rate has doubled or halved."""
    found = changes(results)[len(results["training"]) :]
    there = np.isfinite(found)
    return mean(np.where(there, np.abs(np.nan_to_num(found)) >= CHANGED, np.nan), axis=1)


def shifted_sentence(results: Mapping[str, Any]) -> str:
    """How many channels have changed, and when most of them had."""
    found = 100 * shifted(results)
    if not np.isfinite(found).any():
        return ""
    low, high = np.nanmin(found), np.nanmax(found)
    name = results["sessions"][int(np.nanargmax(found))]["name"]
    level = high - low < 1
    share = f"{high:.0f} %" if level else f"{low:.0f} to {high:.0f} %"
    text = f"{share} of the channels fire at least twice or at most half as often as in training"
    return f"{text}." if level else f"{text}; most, in {name}."


def drift_figure(results: Mapping[str, Any], identity: str, size: tuple[float, float]) -> str:
    """Channels by sessions: blue where a rate has fallen, orange where it has risen."""
    found = changes(results)
    strength = np.clip(np.nan_to_num(found) / FULL, -1, 1)
    hue = np.where((strength > 0)[..., None], _rgb("frozen"), _rgb("learner"))
    image = np.concatenate([hue, np.abs(strength)[..., None]], axis=-1)
    label = "change of each channel's rate since the training sessions"
    return _map(results, image, identity, size, label)


def mask_figure(results: Mapping[str, Any], identity: str, size: tuple[float, float]) -> str | None:
    """Channels by sessions: dark where a channel is masked; None where hardly any is."""
    share = masks(results)
    if share.size == 0 or share.max() < MASKED:
        return None
    hue = np.broadcast_to(_rgb("baseline"), (*share.shape, 3))
    image = np.concatenate([hue, np.sqrt(np.clip(share, 0, 1))[..., None]], axis=-1)
    return _map(results, image, identity, size, "share of bins in which each channel is masked")


def masked_sentence(results: Mapping[str, Any]) -> str:
    """How much is masked, and which channel most."""
    share = masks(results)
    if share.size == 0 or share.max() < MASKED:
        return "No channel was masked or missing."
    session, channel = np.unravel_index(int(share.argmax()), share.shape)
    names = [one["name"] for one in (*results["training"], *results["sessions"])]
    silent = int((share >= 1).any(axis=0).sum())
    most = f"{100 * share.max():.0f} % of {results['channels'][channel]} in {names[session]}"
    text = f"{100 * share.mean():.2g} % of all bins were masked or missing; most, {most}."
    if silent:
        text += (
            f" {silent} channel{'s were' if silent != 1 else ' was'} absent from a whole session."
        )
    return text


def _map(
    results: Mapping[str, Any],
    image: np.ndarray,
    identity: str,
    size: tuple[float, float],
    label: str,
) -> str:
    names = [one["name"] for one in (*results["training"], *results["sessions"])]
    trained = len(results["training"])

    def plot(figure: "Figure", axes: "Axes") -> None:
        axes.grid(visible=False)
        # Every cell is one dot of an image that the browser enlarges: small for any size.
        axes.imshow(image.transpose(1, 0, 2), aspect="auto", interpolation="none")
        axes.axvline(trained - 0.5, color=COLOURS["ink"], linewidth=1)
        axes.set_ylabel("channel")
        stride = -(-len(names) // (6 if size[0] < 6 else 14))
        shown = range(0, len(names), stride)
        turned = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(list(shown), [shorten(names[i], 14) for i in shown], **turned)
        axes.locator_params(axis="y", integer=True)

    return draw(identity, size, label, plot)


def _rgb(role: str) -> np.ndarray:
    colour = PALETTE[role]
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255


def _numbers(values: list[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]
