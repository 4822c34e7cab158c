"""What a survey has seen of one column so far."""

import numpy as np
import polars as pl

from autoloss.data.encode.distinct import Distinct
from autoloss.datasets import Seen, parse


class SurveyColumn:
    """One column; block by block, on its different texts only.

    Args:
        name: of the column.
    """

    def __init__(self, name: str):
        self.name = name
        self._distinct = Distinct()
        self._numbers = self._whole = self._dates = True  # until a value is something else
        self._low, self._high = np.inf, -np.inf
        self._rows = self._empty = self._nothing = 0
        self._words: set[str] = set()  # that stand for a missing number or date

    def add(self, texts: pl.Series, codes: np.ndarray, counted: np.ndarray) -> None:
        """Adds a block.

        Args:
            texts: [V] the different texts.
            codes: [n] which of them each row holds.
            counted: bool [n] rows that count for the vocabulary.
        """
        times = np.bincount(codes, minlength=len(texts))
        for_vocabulary = np.bincount(codes[counted], minlength=len(texts))
        there = times > 0
        if not there.all():
            texts, times, for_vocabulary = texts.filter(pl.Series(there)), times[there], for_vocabulary[there]
        empty = (texts == "").to_numpy()
        self._rows += len(codes)
        self._empty += int(times[empty].sum())
        self._distinct.add(texts.filter(pl.Series(~empty)), for_vocabulary[~empty])
        if self._numbers or self._dates:
            self._look(texts, times)

    def seen(self, threshold: int) -> Seen:
        """What there is, with `threshold` occurrences needed for a place in the vocabulary."""
        values = self._rows - self._nothing
        numbers, dates = self._numbers and values > 0, self._dates and values > 0
        typed = numbers or dates
        words = len(self._words - {""}) if typed else 0
        return Seen(
            name=self.name,
            values=values if typed else self._rows - self._empty,
            missing=self._nothing if typed else self._empty,
            distinct=self._distinct.estimate() - words,
            frequent=self._distinct.frequent(threshold),
            numbers=numbers,
            whole=numbers and self._whole,
            dates=dates,
            low=float(self._low),
            high=float(self._high),
        )

    def _look(self, texts: pl.Series, times: np.ndarray) -> None:
        """Whether the texts are numbers or dates, and how many rows say nothing."""
        nothing = parse.missing(texts)
        self._nothing += int(times[nothing.to_numpy()].sum())
        self._words.update(texts.filter(nothing).to_list())
        texts = texts.filter(~nothing)
        if self._numbers:
            found = parse.numbers(texts)
            self._numbers = not found.has_nulls()
            if self._numbers and len(found):
                self._whole &= bool((found == found.floor()).all())
                self._low, self._high = min(self._low, found.to_numpy().min()), max(self._high, found.to_numpy().max())
        if self._dates:
            self._dates = not parse.dates(texts).has_nulls()
