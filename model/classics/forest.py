"""A random forest: grown by scikit-learn, kept and asked as plain arrays (no pickle, no scikit-learn to serve it)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.classics.data_sets.data_set import DataSetMissing, LabelledPictures

Float32Array = npt.NDArray[np.float32]


class RandomForest:
    """Trees as arrays: of node i, `feature[i]` (−1: a leaf), `limit[i]`, the two `children[i]`, `odds[i]` (classes)."""

    def __init__(self, feature: Any, limit: Any, children: Any, odds: Any, roots: Any) -> None:
        self.feature, self.limit, self.children, self.odds, self.roots = feature, limit, children, odds, roots

    def __call__(self, pictures: Any) -> Float32Array:
        """Return probabilities (n, classes), the mean over all trees."""
        pixels = pictures.reshape(len(pictures), -1)
        rows = np.arange(len(pixels))
        total = np.zeros((len(pixels), self.odds.shape[1]), np.float32)
        for root in self.roots:
            node = np.full(len(pixels), root)
            while (inside := self.feature[node] >= 0).any():
                here = node[inside]
                right = pixels[rows[inside], self.feature[here]] > self.limit[here]
                node[inside] = self.children[here, right.astype(int)]
            total += self.odds[node]
        return np.asarray(total / len(self.roots), np.float32)

    @property
    def nodes(self) -> int:
        """Count the nodes of all trees."""
        return len(self.feature)

    def save(self, path: Path) -> None:
        """Write the arrays."""
        with path.open("wb") as file:
            np.savez_compressed(
                file, feature=self.feature, limit=self.limit, children=self.children,
                odds=self.odds.astype(np.float16), roots=self.roots,
            )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> RandomForest:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            names = ("feature", "limit", "children", "odds", "roots")
            feature, limit, children, odds, roots = (stored[name] for name in names)
        return cls(feature, limit, children, odds.astype(np.float32), roots)


def grow_forest(part: LabelledPictures, classes: int, trees: int, seed: int) -> RandomForest:
    """Grow a forest on the pixels of a part. Raises DataSetMissing where scikit-learn is not installed."""
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ImportError:
        raise DataSetMissing("a forest needs scikit-learn: pip install 'inkling-game[recipes]'") from None
    grown = RandomForestClassifier(trees, random_state=seed, n_jobs=-1)
    grown.fit(part.few(len(part)).reshape(len(part), -1), part.labels)
    return forest_from_sklearn(grown, classes)


def forest_from_sklearn(grown: Any, classes: int) -> RandomForest:
    """Turn scikit-learn's trees into arrays. Pixels are whole numbers, so limits may be rounded down."""
    feature, limit, children, odds, roots, at = [], [], [], [], [], 0
    for one in grown.estimators_:
        tree = one.tree_
        roots.append(at)
        feature.append(tree.feature.clip(-1))
        limit.append(np.floor(tree.threshold).clip(0, 255))
        children.append(np.stack([tree.children_left, tree.children_right], 1) + at)
        share = tree.value[:, 0] / tree.value[:, 0].sum(1, keepdims=True)
        full = np.zeros((len(share), classes), np.float32)
        full[:, grown.classes_.astype(int)] = share
        odds.append(full * (tree.feature < 0)[:, None])
        at += tree.node_count
    return RandomForest(
        np.concatenate(feature).astype(np.int16), np.concatenate(limit).astype(np.uint8),
        np.concatenate(children).astype(np.int32), np.concatenate(odds), np.array(roots, np.int32),
    )  # fmt: skip
