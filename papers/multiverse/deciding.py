"""Which factors of a protocol decide whether a claim holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from papers.multiverse.space import Protocol

# A factor decides where chance would explain as much so seldom, shared among all factors.
CHANCE = 0.05
# Shuffles of the outcomes that say how much chance explains.
SHUFFLES = 2000
# Of the tree: questions one after another, and the least part of the draws behind an answer.
DEPTH, LEAST = 2, 0.1


def deciding(protocols: Sequence[Protocol], held: np.ndarray) -> list[dict[str, Any]]:
    """Every factor, the one that explains most first.

    Args:
        protocols: of the draws.
        held: whether the claim held in each.

    Returns:
        Of each factor its name; the part of the outcome's variance between its values (η²); the
        chance of explaining as much by accident, from shuffled outcomes; whether that is below
        5 % divided by the number of factors; and `[held, of]` for each of its values.
    """
    if not len(held) or held.all() or not held.any():
        return []
    random = np.random.default_rng(0)
    shuffled = np.stack([held, *(random.permutation(held) for _ in range(SHUFFLES))]).astype(float)
    found = []
    for name in protocols[0]:
        values = sorted({one[name] for one in protocols})
        codes = np.array([values.index(one[name]) for one in protocols])
        explained = _explained(shuffled, codes, len(values))
        chance = float(np.mean(explained[1:] >= explained[0] - 1e-12))
        shares = {
            str(value): [int(held[codes == code].sum()), int((codes == code).sum())]
            for code, value in enumerate(values)
        }
        found.append(
            {
                "name": name,
                "explained": float(f"{explained[0]:.3g}"),
                "chance": chance,
                "decides": chance < CHANCE / len(protocols[0]),
                "shares": shares,
            }
        )
    return sorted(found, key=lambda one: -one["explained"])


def leaves(protocols: Sequence[Protocol], held: np.ndarray) -> list[dict[str, Any]]:
    """A small tree over the factors: what it asks on the way to each leaf, and `[held, of]` there.

    Numbers are asked by size, words by equality. Breiman et al. (1984), by scikit-learn.
    """
    from sklearn.tree import DecisionTreeClassifier

    if not len(held) or held.all() or not held.any():
        return []
    names, columns = _columns(protocols)
    least = max(5, int(LEAST * len(held)))
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=0)
    tree.fit(columns, held)
    at = tree.apply(columns)
    return [
        {
            "where": _path(tree.tree_, names, leaf),
            "held": int(held[at == leaf].sum()),
            "of": int((at == leaf).sum()),
        }
        for leaf in sorted(set(at), key=lambda leaf: -held[at == leaf].mean())
    ]


def _explained(outcomes: np.ndarray, codes: np.ndarray, values: int) -> np.ndarray:
    """η² of each row of outcomes: the variance between the values by the whole variance."""
    member = np.eye(values)[codes]
    count = member.sum(axis=0)
    means = outcomes @ member / count
    whole = outcomes.mean(axis=1, keepdims=True)
    return ((means - whole) ** 2 @ count) / ((outcomes - whole) ** 2).sum(axis=1)


def _columns(protocols: Sequence[Protocol]) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Of each column its factor and the word it asks for ("" for a number), and the columns."""
    names, columns = [], []
    for name in protocols[0]:
        values = [one[name] for one in protocols]
        if all(isinstance(value, int | float) for value in values):
            names.append((name, ""))
            columns.append(np.array(values, float))
            continue
        for word in sorted(set(map(str, values))):
            names.append((name, word))
            columns.append(np.array([str(value) == word for value in values], float))
    return names, np.stack(columns, axis=1)


def _path(tree: Any, names: Sequence[tuple[str, str]], leaf: int) -> str:
    """The answers on the way from the root to a leaf, in words."""
    asked: list[str] = []
    while leaf:
        parents = np.flatnonzero((tree.children_left == leaf) | (tree.children_right == leaf))
        parent = int(parents[0])
        below = tree.children_left[parent] == leaf
        name, word = names[tree.feature[parent]]
        asked.append(_answer(name, word, tree.threshold[parent], below))
        leaf = parent
    return " and ".join(reversed(asked))


def _answer(name: str, word: str, threshold: float, below: bool) -> str:
    if word:
        return f"{name} {'not ' if below else ''}{word}"
    return f"{name} {'≤' if below else '>'} {threshold:.3g}"


def shares(factor: Mapping[str, Any]) -> str:
    """`10: 80 % of 40, 100: 12 % of 38`."""
    return ", ".join(
        f"{value}: {100 * held / of:.0f} % of {of}"
        for value, (held, of) in factor["shares"].items()
    )
