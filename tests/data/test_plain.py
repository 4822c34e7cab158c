"""The quick way through plain text gives what the general way gives, or gives up."""

import math

import numpy as np
import pytest

from autoloss.config import Dataset
from autoloss.data.encode import short_texts
from autoloss.data.encode.read import text, text_fast
from autoloss.data.encode.read.blocks import Block
from autoloss.data.encode.read.recipe import Coded
from autoloss.datasets import Column, Columns, bucket, buckets
from autoloss.datasets.criteo import Criteo
from autoloss.datasets.table import Table

COLUMNS = Columns((), (Column("number", "integers", ""), Column("text", "categorical", "")))
TABLE = Table(label="y").restored(COLUMNS)


def _block(content: str, columns=("y", "number", "text")) -> Block:
    data = content.encode()
    return Block(data, 1, data.count(b"\n"), "t.csv", 0, columns)


def _rows(coded: Coded) -> list[tuple]:
    """Each good row as (record, label, texts that the recipe gives)."""
    texts = [
        np.array(short_texts.texts(v).to_pylist(), object)[c] for v, c in zip(coded.values, coded.codes, strict=True)
    ]
    return list(zip(coded.records.tolist(), coded.labels.tolist(), *texts, strict=True))


def _both_ways(block: Block, form, monkeypatch) -> tuple[list[tuple], list[tuple], list[int], list[int]]:
    entry = Dataset(name="t", use="table", task="binary")
    quick = text.parse(block, form, entry)
    with monkeypatch.context() as patch:
        patch.setattr(text_fast, "columns", lambda *_: None)
        general = text.parse(block, form, entry)
    assert quick.size == general.size
    return _rows(quick), _rows(general), quick.bad.tolist(), general.bad.tolist()


ODD_NUMBERS = ["7", "\t", "\f", "-7", "+7", "007", "-0", " 7", "7 ", " ", "7.0", "1.5", "1_0", "1e3", "0x1", "x", "-",
               "--1", str(2**63 - 1), str(2**63), str(-(2**63)), str(-(2**62) - 1)]  # fmt: skip


@pytest.mark.parametrize("odd", ODD_NUMBERS)
def test_an_odd_integer_is_read_as_the_general_way_reads_it(odd, monkeypatch):
    quick, general, quick_bad, bad = _both_ways(_block(f"1,3,a\n0,{odd},b\n0,,c\n"), TABLE, monkeypatch)
    assert quick == general and quick_bad == bad == ([] if bucket(odd) else [1])
    assert [row[2] for row in general if row[0] == 1] == ([bucket(odd)] if bucket(odd) else [])


ODD_LINES = {
    "a column too few": "1,3",
    "a column too many": "1,3,a,b",
    "nothing": "",
    "a quote": '1,3,"a"',
    "a carriage return": "1,3,a\r",
    "a byte that is zero": "1,3,a\0",
    "letters beyond ASCII": "1,3,ä",
    "a label that is none": "2,3,a",
    "blanks": "1, 3 , a ",
    "a comment": "#1,3,a",
    "a long text": "1,3,more than eight and more than twelve letters",
    "nine letters": "1,3,123456789",
}


@pytest.mark.parametrize("last", [False, True], ids=["in the middle", "at the end"])
@pytest.mark.parametrize("what", ODD_LINES)
def test_an_odd_line_is_read_as_the_general_way_reads_it(what, last, monkeypatch):
    lines = ["0,1,a", "0,2,b", ODD_LINES[what], *([] if last else ["1,3,c"])]
    quick, general, quick_bad, bad = _both_ways(_block("\n".join(lines)), TABLE, monkeypatch)
    assert quick == general and quick_bad == bad


def test_lines_whose_wrong_numbers_of_columns_add_up_are_noticed(monkeypatch):
    quick, general, quick_bad, bad = _both_ways(_block("0,1,a\n1,2\n1,2,b,c\n0,1,a\n"), TABLE, monkeypatch)
    assert quick == general and quick_bad == bad == [1, 2]


def test_plain_rows_are_read_alike_both_ways(criteo_lines, monkeypatch):
    form = Criteo()
    block = _block("\n".join(criteo_lines(500)) + "\n", form.layout.columns)
    assert text_fast.columns(block, form) is not None
    quick, general, quick_bad, bad = _both_ways(block, form, monkeypatch)
    assert quick == general and len(quick) == 500 and quick_bad == bad == []


def test_buckets_are_those_of_single_integers_on_both_sides_of_every_step():
    near = [round(math.exp(math.sqrt(k))) + d for k in range(1, 1900) for d in (-2, -1, 0, 1, 2)]
    numbers = sorted({v for v in (*range(-50, 3000), *near, 2**63 - 1, -(2**62)) if v < 2**63})
    assert [str(b) for b in buckets(np.array(numbers)).tolist()] == [bucket(str(v)) for v in numbers]
