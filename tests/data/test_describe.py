"""What `autoloss data describe` says of a label and of a file that it does not understand."""

import pytest

from autoloss.data.describe import describe
from autoloss.errors import UserError


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
