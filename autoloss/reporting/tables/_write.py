"""A table as csv, markdown and LaTeX. The same table gives the same bytes."""

import csv
import io
import math
from typing import Any

from autoloss.reporting.tables._table import Table, Value

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "−": r"$-$", "×": r"$\times$", "–": "--",
    "<": r"$<$", ">": r"$>$", "→": r"$\rightarrow$", "≤": r"$\leq$", "≥": r"$\geq$", "·": r"$\cdot$", "…": r"\ldots{}",
    "|": r"\textbar{}", "²": "$^2$", "“": "``", "”": "''", "’": "'", "\u202f": r"\,", "\u00a0": "~", "é": r"\'e",
    "ε": r"$\varepsilon$", "τ": r"$\tau$", "γ": r"$\gamma$", "ξ": r"$\xi$", "∇": r"$\nabla$", "μ": r"$\mu$",
    "σ": r"$\sigma$", "α": r"$\alpha$", "η": r"$\eta$", "‖": r"$\|$", "≈": r"$\approx$", "ℓ": r"$\ell$",
    "√": r"$\surd$",
    "⌈": r"$\lceil$", "⌉": r"$\rceil$", "½": r"\textonehalf{}", "*": r"*",
}  # fmt: skip


def to_csv(table: Table) -> str:
    """The long form: full precision, empty where there is no number."""
    out = io.StringIO()
    writer = csv.DictWriter(out, table.fields, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _plain(record.get(k)) for k in table.fields} for record in table.records)
    return out.getvalue()


def to_markdown(table: Table) -> str:
    """GitHub's markdown: title, caption, table, notes."""
    lines = [f"## {table.title}", "", table.caption, ""]
    lines.append("| " + " | ".join(_cell(c.title) for c in table.columns) + " |")
    lines.append("|" + "|".join(" ---: " if c.numeric else " --- " for c in table.columns) + "|")
    for row in table.rows:
        lines.append("| " + " | ".join(_markdown(value) for value in row.values) + " |")
    if not table.rows:
        lines.append("| " + " | ".join(["nothing to show", *[""] * (len(table.columns) - 1)]) + " |")
    return "\n".join([*lines, "", *(f"- {_cell(note)}" for note in table.notes)]).rstrip() + "\n"


def to_latex(table: Table) -> str:
    """A booktabs tabular with its notes, ready to \\input into a table environment."""
    alignment = "".join("r" if c.numeric else "l" for c in table.columns)
    lines = [
        r"% Needs \usepackage{booktabs}. Use: \begin{table*} \caption{...} \input{this file} \end{table*}",
        r"\begingroup\footnotesize\setlength{\tabcolsep}{3pt}\noindent",
        rf"\begin{{tabular}}{{@{{}}{alignment}@{{}}}}",
        r"\toprule",
        " & ".join(escape(c.title) for c in table.columns) + r" \\",
        r"\midrule",
    ]
    for number, (_, rows) in enumerate(table.grouped()):
        if number:
            lines.append(r"\midrule")
        lines += [" & ".join(_latex(value) for value in row.values) + r" \\" for row in rows]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.notes:
        notes = r" \\ ".join(escape(note) for note in table.notes)
        lines.append(rf"\par\smallskip\noindent\parbox{{\linewidth}}{{\raggedright\scriptsize {notes}}}")
    return "\n".join([*lines, r"\par\endgroup"]) + "\n"


def escape(text: str) -> str:
    """Text as LaTeX prints it; what a plain font lacks is left out rather than failing the document."""
    escaped = (_LATEX.get(c, c if c.isascii() else "") for c in text)
    return "".join(escaped)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.10g}"
    return (
        {None: "", True: "true", False: "false"}.get(value, value)
        if value is None or isinstance(value, bool)
        else value
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _markdown(value: Value) -> str:
    text = _cell(value.text) + ("\\*" if value.star else "")
    text = f"**{text}**" if value.bold else f"*{text}*" if value.quiet and text else text
    extra = [_cell(value.spread)] if value.spread else []
    return " ".join([text, *extra, *([f"({_cell(value.note)})"] if value.note else [])])


def _latex(value: Value) -> str:
    text = escape(value.text)
    text = rf"\textbf{{{text}}}" if value.bold else rf"\textit{{{text}}}" if value.quiet and text else text
    parts = [text + ("$^{*}$" if value.star else "")]
    if value.spread:
        parts.append(rf"{{\tiny {escape(value.spread)}}}")
    if value.note:
        parts.append(rf"{{\tiny ({escape(value.note)})}}")
    return " ".join(parts)
