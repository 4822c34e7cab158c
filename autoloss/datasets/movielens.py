"""MovieLens ratings: a user and a movie; half-star ratings become five classes, or stay numbers for regression."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from autoloss.datasets import DROPPED, MALFORMED, Archive, Format, Layout, Published, Target, ValueList, synthetic
from autoloss.errors import UserError

LEVELS = tuple(x / 2 for x in range(1, 11))  # 0.5 … 5.0
COUNTS = (
    239_125,
    680_732,
    279_252,
    1_430_997,
    883_398,
    4_291_193,
    2_200_156,
    5_561_926,
    1_534_824,
    2_898_660,
)  # ml-20m
USERS, MOVIES = 138_493, 27_278
PUBLISHED = Published(20_000_263, 2, USERS + MOVIES, 5, threshold=0)  # ml-20m
TERMS = "GroupLens: research use, no redistribution, no endorsement"
SMALL_TERMS = "GroupLens: non-commercial, redistribution under the same licence"
CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5, 4 (2015), 19:1-19:19"
)
SITE = "https://files.grouplens.org/datasets/movielens"
ALSO = ("movies.csv", "links.csv", "tags.csv", "genome-scores.csv", "genome-tags.csv", "README.txt", "README.html")


def _archive(name: str, size: int | None = None, md5: str | None = None, terms: str = TERMS) -> Archive:
    return Archive(f"{name}.zip", (f"{SITE}/{name}.zip",), ("ratings.csv",), ALSO, size, md5, {}, terms, CITATION)


ARCHIVES = {
    "ml-20m": _archive("ml-20m", 198_702_078, "cd245b17a1ae2cc31bb14903e1204af3"),
    "ml-25m": _archive("ml-25m"),
    "ml-latest-small": _archive("ml-latest-small", terms=SMALL_TERMS),
}
CLASS_OF = {
    "ceil": lambda rating: ceil(rating),
    "half_up": lambda rating: int(rating + 0.5),
    "half_down": lambda rating: max(1, ceil(rating - 0.5)),
    "drop_halves": lambda rating: int(rating) if rating == int(rating) else None,
}


class Movielens(Format):
    """ratings.csv: userId, movieId, rating, timestamp.

    Args:
        archive: the published archive.
        rounding: the class of a half star: ceil (0.5 → 1, 4.5 → 5), half_up (the same, on half stars),
            half_down (1.5 → 1, 0.5 → 1), or drop_halves (those rows are left out). Five classes, index rating - 1.
    """

    defaults = {"task": "multiclass", "n_classes": 5}
    tasks = ("multiclass", "regression")
    published = PUBLISHED
    layout = Layout(("userId", "movieId", "rating", "timestamp"), "rating", ("userId", "movieId"))
    synthetic_file = "ratings.csv"

    def __init__(
        self,
        *,
        archive: Literal["ml-20m", "ml-25m", "ml-latest-small"] = "ml-20m",
        rounding: Literal["ceil", "half_up", "half_down", "drop_halves"] = "ceil",
    ):
        self.archive, self.rounding = ARCHIVES[archive], rounding

    def expected(self) -> Published | None:
        """The counts of ml-20m; those of the other archives are not published."""
        if self.archive is not ARCHIVES["ml-20m"]:
            return None
        kept = PUBLISHED.rows if self.rounding != "drop_halves" else sum(COUNTS[1::2])
        return replace(PUBLISHED, rows=kept)

    def labels(self, raw: Sequence[str], target: Target) -> np.ndarray:
        """[V] the class index of each rating text (multiclass), or the rating itself (regression)."""
        if target.task == "multiclass" and target.classes != 5:
            raise UserError(f"movielens: ratings make 5 classes, n_classes is {target.classes}")
        return np.array([self._label(text, target) for text in raw])

    def wanted_label(self, target: Target) -> str:
        """What a label may be."""
        return "a rating from 0.5 to 5 in half stars"

    def _label(self, text: str, target: Target) -> float:
        try:
            rating = float(text)
        except ValueError:
            return MALFORMED
        if rating not in LEVELS:
            return MALFORMED
        label = CLASS_OF[self.rounding](rating)
        if label is None:
            return DROPPED
        return label - 1.0 if target.task == "multiclass" else rating

    def transform(self, field_name: str, raw: Sequence[str]) -> list[str | None] | None:
        """Ids must be whole numbers."""
        return [text if text.isascii() and text.isdigit() else None for text in raw]

    def wanted_value(self, field_name: str) -> str:
        """What a field may hold."""
        return "a whole number"

    def listed_values(self) -> ValueList:
        """movies.csv also lists the movies that nobody rated: the paper counts them."""
        return ValueList("movies.csv", column="movieId", field="movieId")

    def truth(self, stored: np.ndarray, target: Target) -> np.ndarray:
        """[N, 5] class probabilities, or [N] the mean rating, from the stored [N, 10] of the levels."""
        label = self.labels([str(level) for level in LEVELS], target)
        stored = stored.astype(np.float64) * (label != DROPPED)
        stored /= stored.sum(1, keepdims=True)
        if target.task == "regression":
            return stored @ np.array(LEVELS)
        return np.stack([stored[:, label == c].sum(1) for c in range(target.classes)], 1)

    def synthetic(self, folder: Path, rows: int, seed: int) -> None:
        """Rows ordered by user; ratings by an ordered logit of user, movie and their product, with the real shares."""
        share = min(1.0, rows / PUBLISHED.rows)
        users, movies = max(20, round(USERS * share**0.8)), synthetic.scaled(MOVIES, share)
        rng = np.random.default_rng([seed, 0])
        counts = np.bincount(synthetic.ranks(rng, rows, users, 2), minlength=users)
        user_of_row = np.repeat(rng.permutation(users).astype(np.int32), counts)
        user_of_row.sort()
        groups = [users, synthetic.learnable(rows, movies, 2, most=movies)]
        model = synthetic.FactorModel(rng, groups, 1.6, 0.8)
        name_of_movie = rng.permutation(movies * 4)[:movies] + 1
        edges = None
        with (
            synthetic.TruthFile(folder, (rows, len(LEVELS))) as truth,
            (folder / self.synthetic_file).open("wb") as out,
        ):
            out.write((",".join(self.layout.columns) + "\n").encode())
            for first, n, rng in synthetic.chunks(rows, seed):
                user, movie = user_of_row[first : first + n], synthetic.ranks(rng, n, movies, 2)
                z = model.logits([user, np.minimum(movie, groups[1] - 1)])
                edges = _edges(z) if edges is None else edges
                below = synthetic.sigmoid(edges - z[:, None])  # [n, 9] P(level ≤ j)
                truth.write(np.diff(below, axis=1, prepend=0.0, append=1.0))
                level = (rng.random((n, 1)) >= below).sum(1)
                frame = pl.DataFrame(
                    {
                        "userId": user + 1,
                        "movieId": name_of_movie[movie],
                        "rating": pl.Series([str(x) for x in LEVELS]).gather(level),
                        "timestamp": 1_000_000_000 + rng.integers(0, 400_000_000, n),
                    }
                )
                frame.write_csv(out, include_header=False, quote_style="never")


def _edges(z: np.ndarray) -> np.ndarray:
    """[9] thresholds at which the levels have the shares of ml-20m."""
    shares = np.cumsum(COUNTS)[:-1] / sum(COUNTS)
    return np.array([synthetic.intercept(-z, share) for share in shares])
