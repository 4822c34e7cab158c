"""How numbers are written, and what stands where there is none."""

import math
from collections.abc import Sequence

from autoloss.reporting.groups import Group, State
from autoloss.reporting.tables._table import Value
from autoloss.statistics import Summary

ABSENT = "–"


def fixed(value: float | None, digits: int = 4) -> str:
    """`0.8092`; a dash where there is no number."""
    return ABSENT if value is None or not math.isfinite(value) else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float | None, digits: int = 4) -> str:
    """`+0.0011`, `−0.0040`."""
    if value is None or not math.isfinite(value):
        return ABSENT
    text = f"{value:+.{digits}f}"
    return text[1:] if not float(text) else text.replace("-", "−")  # what rounds to nothing has no sign


def short(value: float | None) -> str:
    """Three significant digits without an exponent where it can be read that way: `1,240`, `12.4`, `0.0031`."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}".replace("-", "−")


def beside(std: float, mean: float) -> str:
    """A spread with as many decimals as `short` gives the mean: `± 0.02`."""
    decimals = len(short(mean).partition(".")[2])
    return spread(std, decimals) if decimals else f"± {whole(std)}"


def whole(value: float | int | None) -> str:
    """`45,840,617`."""
    return ABSENT if value is None or not math.isfinite(value) else f"{value:,.0f}"


def p_value(value: float | None) -> str:
    """`0.031`, `< 0.001`; a dash where no test was possible."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def spread(std: float, digits: int = 4) -> str:
    """`± 0.0003`, or `± <0.0001` for what rounds to nothing and is not; empty for a single seed."""
    if not math.isfinite(std):
        return ""
    smallest = 10**-digits
    return f"± <{smallest:.{digits}f}" if 0 < std < smallest / 2 else f"± {std:.{digits}f}"


def measured(
    summary: Summary,
    digits: int = 4,
    *,
    bold: bool = False,
    star: bool = False,
    note: str = "",
    state: State = "done",
    link: str = "",
) -> Value:
    """Mean and standard deviation as an entry that sorts by its mean; the rest as in `Value`."""
    text, deviation = fixed(summary.mean, digits), spread(summary.std, digits)
    return Value(text, deviation, note, sort=summary.mean, bold=bold, star=star, state=state, link=link)


def number(value: float | None, text: str, *, star: bool = False, quiet: bool = False) -> Value:
    """An entry that sorts by `value` and reads `text`."""
    known = value is not None and math.isfinite(value)
    return Value(text, sort=value if known else None, star=star, quiet=quiet)


def absent(group: Group | None, link: str = "") -> Value:
    """The entry of a training that has no such number: without a finished seed, or not planned at all."""
    if group is None:
        return Value("not planned", quiet=True)
    if group.counts["done"]:
        return Value(ABSENT, link=link)
    lacking = " and ".join(f"{group.counts[s]} {s}" for s in ("failed", "missing") if group.counts[s])
    return Value(group.state, note=f"{lacking} of {group.planned}", state=group.state, link=link)


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
