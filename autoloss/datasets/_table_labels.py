"""Which texts of a label stand for which class, where they are not 0, 1, … themselves."""

from autoloss.datasets._target import Target
from autoloss.datasets._values import whole_number

POSITIVE = ("y", "yes", "true", "t", "click", "clicked", "positive")  # of two texts, the one that is class 1


def classes(texts: tuple[str, ...], target: Target) -> tuple[str, ...]:
    """The texts of the classes 0, 1, …, in this order; empty if labels are class numbers already, or are numbers.

    Args:
        texts: the different labels of a table; there must be as many as classes.
        target: what is to be predicted.
    """
    there = tuple(text for text in texts if text)
    if target.task == "regression" or len(there) != target.classes or _are_numbers(there, target.classes):
        return ()
    return tuple(sorted(there, key=_order))


def _are_numbers(texts: tuple[str, ...], n_classes: int) -> bool:
    whole = [whole_number(text) for text in texts]
    return all(number is not None and 0 <= number < n_classes for number in whole)


def _order(text: str) -> tuple[bool, float, str]:
    """Known names of the positive class last; numbers by size, before other texts; texts by letters."""
    number = whole_number(text)
    return text.lower() in POSITIVE, float("inf") if number is None else number, text
