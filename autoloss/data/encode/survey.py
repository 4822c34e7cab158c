"""A first pass over a table: what each column holds, and a sample of training rows to fit bins on.

The memory that it takes depends on the number of columns, not on the rows.
"""

import numpy as np
import polars as pl

from autoloss.config import Dataset
from autoloss.data.encode import short_texts, split
from autoloss.data.encode.bad_rows import BadRows
from autoloss.data.encode.read.recipe import Coded
from autoloss.data.encode.read.stream import coded, header
from autoloss.data.encode.survey_column import SurveyColumn
from autoloss.data.fetch.raw_file import RawFile
from autoloss.data.progress import Bar
from autoloss.datasets import Format, Layout, Survey
from autoloss.errors import UserError

SAMPLE = 100_000  # training rows
LABELS = 1000  # texts of the label that are kept
_SEED = 0xB175  # of the sample: apart from that of the split


def survey(raw: RawFile, form: Format, entry: Dataset) -> Survey:
    """What a table holds. A row whose values turn out to be malformed later still counts here.

    Raises:
        UserError: a column that the settings name is missing; no rows; too many rows of the wrong shape.
    """
    names = form.surveyed(header(raw, form))
    columns, bad = [SurveyColumn(name) for name in names], BadRows(entry.max_bad_rows)
    sample, labels, rows = _Sample(names, entry.split_seed), set[str](), 0
    with Bar(f"looking at {raw.path.name}", entry.rows, "rows") as bar:
        for block in coded(raw, _Whole(form.layout, names), entry):
            bad.add(block)
            of_row = split.of_block(entry, block.member, rows, len(block))
            counted = of_row == split.TRAIN if entry.vocabulary == "train" else np.ones(len(block), bool)
            texts = [pl.Series(short_texts.texts(values), dtype=pl.String) for values in block.values]
            for column, codes, values in zip(columns, block.codes, texts, strict=True):
                column.add(values, codes, counted)
                if column.name == form.layout.label and len(labels) < LABELS:
                    labels.update(values.gather(np.unique(codes)).to_list())
            sample.add(block, texts, of_row == split.TRAIN, rows)
            rows += len(block)
            bar.advance(block.size)
    if not rows:
        raise UserError(f"{raw.path.name}: no rows")
    found = tuple(column.seen(max(1, entry.threshold)) for column in columns)
    return Survey(rows, found, tuple(sorted(labels)[:LABELS]), sample.frame())


class _Whole(Format):
    """Columns of a file as fields, their texts as they are."""

    def __init__(self, layout: Layout, names: tuple[str, ...]):
        self.layout = Layout(names, None, names, layout.separator, layout.header, layout.quoted, layout.multiline)


class _Sample:
    """The texts of the training rows whose numbers have the smallest hashes: a random sample that depends on no order.

    Args:
        names: of the columns.
        seed: of the split.
    """

    def __init__(self, names: tuple[str, ...], seed: int):
        self.names, self.seed = names, seed + _SEED
        self._parts = [pl.DataFrame(schema={"": pl.UInt64, **dict.fromkeys(names, pl.String)})]
        self._limit = np.uint64(2**64 - 1)

    def add(self, block: Coded, texts: list[pl.Series], training: np.ndarray, first: int) -> None:
        """Adds the chosen rows of a block that starts at row `first`."""
        keys = split.mixed(np.arange(first, first + len(block), dtype=np.uint64), self.seed)
        rows = np.flatnonzero(training & (keys <= self._limit))
        columns = [values.gather(codes[rows]) for values, codes in zip(texts, block.codes, strict=True)]
        self._parts.append(pl.DataFrame({"": keys[rows], **dict(zip(self.names, columns, strict=True))}))
        if sum(map(len, self._parts)) > 1.5 * SAMPLE:
            self._parts = [pl.concat(self._parts).bottom_k(SAMPLE, by="")]
            self._limit = np.uint64(self._parts[0][""].to_numpy().max())

    def frame(self) -> pl.DataFrame:
        """The sample, without the hashes."""
        return pl.concat(self._parts).bottom_k(SAMPLE, by="").drop("")
