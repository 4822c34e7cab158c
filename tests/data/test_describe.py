"""What `autoloss data describe` says of a label and of a file that it does not understand."""

import io
from contextlib import redirect_stdout

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoloss.cli.describe import show
from autoloss.config.read import value
from autoloss.data.describe import Described, describe
from autoloss.errors import UserError

NASTY = (
    "08", "09", "1e3", "1E-3", "0o7", "0x1F", "0b1", ".inf", "-.INF", ".nan", "+1", "1_000", "1.", ".5", "1:30",
    "1" * 400, "2021-01-01", "null", "~", "NULL", "true", "False", "yes", "no", "on", "y", "=", "<<", "-", "---", "...",
    "", " ", " a", "a ", "a b", "a: b", "a:", ":a", "a #b", "#a", "a,b", "[a]", "{a}", "*a", "&a", "!a", "!!int 1", "|",
    ">", "%a", "@a", "`a", "? a", "- a", "'", '"', "it's", 'say "no"', "a\\b", "a\nb", "\n", "a\r\nb", "a\tb", "\t",
    "\x00", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "é", "日本", "🙂", "a" * 500 + " " + "b" * 500,
)  # fmt: skip


def test_a_label_with_many_texts_is_doubted_and_not_listed(write):
    rows = "".join(f"text {i % 40},{i % 3}\n" for i in range(400))
    found = describe(write("t.csv", f"label,a\n{rows}"), {})
    assert found.warnings[0] == "label has 40 different texts, each a class: is it the column to predict?"
    assert found.label.endswith("text 17 → 9, …")


def test_a_file_with_another_separator_is_recognised_in_the_error(write):
    with pytest.raises(UserError, match="no column 'label' to predict; found label;a; set separator"):
        describe(write("t.csv", "label;a\n1;2\n"), {})


@pytest.mark.parametrize(
    ("labels", "task"),
    [(["a", "b", "c"], "multiclass"), (["1", "2"], "binary"), ([f"{i / 7:.3f}" for i in range(70)], "regression")],
)
def test_the_label_suggests_the_task(labels, task, write):
    rows = "".join(f"{labels[i % len(labels)]},{i % 3}\n" for i in range(210))
    entry = describe(write("t.csv", f"label,a\n{rows}"), {}).entry
    assert entry["task"] == task and entry.get("n_classes") == (3 if task == "multiclass" else None)


def _pasted(entry, name="orders"):
    """What `autoloss data describe` prints for params.yaml, as the project reads it there."""
    with redirect_stdout(io.StringIO()) as printed:
        show(Described(0, (), "", (), entry), name)
    return value(printed.getvalue().partition("For params.yaml:\n")[2], "params.yaml")


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_a_column_of_any_name_is_read_back_from_the_entry_that_is_printed(text):
    entry = {"use": "table", "label": text, "classes": ["a", text], "numeric": [text, "a"]}
    assert _pasted(entry)["datasets"]["orders"] == entry


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(NASTY)))
def test_columns_of_any_names_are_read_back_beside_each_other(texts):
    assert _pasted({"classes": texts})["datasets"]["orders"] == {"classes": texts}


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789+-._eEoxXaAnNiIfF", min_size=1))
def test_a_column_that_is_nearly_a_number_is_read_back_as_text(text):
    assert _pasted({"label": text, "drop": [text]})["datasets"]["orders"] == {"label": text, "drop": [text]}


@pytest.mark.parametrize("name", ["08", "1e3", "2024", "null", "true", "no"])
def test_a_dataset_that_is_named_like_a_number_keeps_its_name(name):
    read = _pasted({"use": "table"}, name)
    assert list(read["datasets"]) == list(read["experiments"]) == read["experiments"][name]["datasets"] == [name]


def test_names_that_need_no_quotes_get_none(capsys):
    show(Described(0, (), "", (), {"categorical": ["city", "user id", "Straße"]}), "orders")
    assert "    categorical: [city, user id, Straße]\n" in capsys.readouterr().out
