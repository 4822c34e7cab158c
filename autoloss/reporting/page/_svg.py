"""An svg file as part of a page: small, with ids of its own, in the page's colours and fonts."""

import re

from markupsafe import Markup, escape

from autoloss.reporting.figures import GRID, INK

SIZE = 1.28  # pixels of the page per point of a figure: its text is then a little smaller than the page's
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_TAG = re.compile(r"<[^>]+>")
_ID = re.compile(r'\s+id="([^"]*)"')
_USED = re.compile(r'(?:url\(#|href="#)([^)"]+)')


def inline(svg: str, name: str, alt: str) -> Markup:
    """The picture as an element.

    Args:
        svg: the file's text, as matplotlib writes it.
        name: unique on the page; its ids begin with it.
        alt: what the picture shows, for who cannot see it.
    """
    body = svg[svg.index("<svg") :]
    view = _view(svg)
    body = body[body.index(">") + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # This one rule is meant for the picture alone; style.css says the same for `.picture *`.
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = _TAG.sub(lambda tag: _NUMBER.sub(_rounded, tag[0]), body)  # never the text between tags: it is what is read
    used = set(_USED.findall(body))
    body = _ID.sub(lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    body = body.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    body = body.replace(GRID, "var(--grid)")
    body = body.replace(INK, "currentColor").replace("xlink:href", "href")
    body = re.sub(r"(?<=font-family: )[^;\"]+", "inherit", body)
    body = re.sub(r"font: ([\d.]+px) [^;\"]+", r"font-size: \1", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    about = f'role="img" aria-label="{escape(alt)}" viewBox="{view}" style="--width: {width(svg)}"'
    return Markup(f'<svg class="picture" {about}>{body.strip()}')


def width(svg: str) -> str:
    """How wide a picture is on a page that has room for it, in css."""
    return f"{float(_view(svg).split()[2]) * SIZE:.0f}px"


def _view(svg: str) -> str:
    found = re.search(r'viewBox="([^"]+)"', svg)
    if not found:
        raise ValueError("no viewBox in the svg")
    return found[1]


def _rounded(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
