"""The page: one self-contained HTML file, from tables, figures and verdicts."""

import base64
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autoloss.reporting.figures import Figure
from autoloss.reporting.material import Material
from autoloss.reporting.page._svg import inline, width
from autoloss.reporting.page.answer import in_markdown
from autoloss.reporting.page.blocks import pictured
from autoloss.reporting.page.sections import Sections
from autoloss.reporting.reproduced import Comparison
from autoloss.reporting.tables import Table
from autoloss.reporting.tables._numbers import fixed, p_value

__all__ = ["in_markdown", "page", "table_page"]
BUDGET = 3_000_000  # bytes of pictures in the page; what is beyond is linked


def page(
    material: Material, tables: Sequence[Table], figures: Sequence[Figure], compared: Comparison | None = None
) -> str:
    """The page as text: everything in it, nothing fetched.

    Args:
        material: what was collected.
        tables, figures: all that were made.
        compared: these results beside the committed ones, if there are any.
    """
    sections = Sections(material, tables, figures, compared).all()
    return _render(
        "page.html.j2",
        scale=material.config.scale,
        counts=_counts(material),
        seeds=str(material.config.seeds),
        sections=sections,
        pictures=_pictures([figure for section in sections for figure in pictured(section.blocks)]),
        origins=_origins(material),
        root=material.root,
    )


def table_page(material: Material, table: Table) -> str:
    """A page of one table alone, for viewers that show html and no csv."""
    return _render("one_table.html.j2", table_=table, root=material.root, scale=material.config.scale)


def _render(template: str, **values: object) -> str:
    folder = Path(__file__).parent / "templates"
    css, script = (Markup((folder / name).read_text()) for name in ("style.css", "page.js"))
    return _environment().get_template(template).render(css=css, script=script, **values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("autoloss.reporting.page", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {"slug": slug, "fixed": fixed, "p_value": p_value}
    return made


def slug(text: str) -> str:
    """Text as an id or a class: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _counts(material: Material) -> dict[str, int]:
    every = {r.cell_id: r.state for r in (*material.results, *material.upstream)}
    count = Counter(every.values())
    return {"planned": len(every), **{state: count[state] for state in ("done", "failed", "missing")}}


def _pictures(figures: Sequence[Figure]) -> dict[str, Markup | None]:
    """Each figure's element: svg, or png where that is smaller; None beyond the budget."""
    found: dict[str, Markup | None] = {}
    left = BUDGET
    for figure in figures:
        element = inline(figure.svg.read_text(), figure.name, figure.alt)
        if figure.png.stat().st_size * 4 / 3 < len(element):
            data = base64.b64encode(figure.png.read_bytes()).decode()
            element = Markup(
                '<img class="picture" src="data:image/png;base64,{}" alt="{}" style="--width: {}">'
            ).format(data, figure.alt, width(figure.svg.read_text()))
        found[figure.name] = element if len(element) <= left else None
        left -= len(element) if len(element) <= left else 0
    return found


def _origins(material: Material) -> list[tuple[str, str]]:
    """What the finished cells ran on, as (label, values) pairs."""
    rows: dict[str, dict[str, None]] = {}
    for origin in material.provenance.values():
        machine = origin.hardware
        described = ", ".join(name for name in (machine.cpu, machine.gpu) if name)
        entries = {
            "hardware": f"{machine.id}: {described}, {machine.cores or '?'} cores",
            "commit": origin.git_commit or "unknown",
            **origin.versions,
        }
        for key, value in entries.items():
            rows.setdefault(key, {})[value] = None
    return [(key, "; ".join(values)) for key, values in rows.items()]
