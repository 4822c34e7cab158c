"""What the texts of numbers mean."""

from math import log


def whole_number(text: str) -> int | None:
    """The whole number that a text is (`7`, `-1`, `7.0`), or None."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None


def bucket(text: str) -> str | None:
    """The category of an integer, by the recipe of pytorch-fm: NULL if empty, int(ln(v)²) for v > 2, otherwise v - 2.

    None if the text is no whole number.
    """
    if text == "":
        return "NULL"
    value = whole_number(text)
    if value is None:
        return None
    return str(int(log(value) ** 2)) if value > 2 else str(value - 2)
