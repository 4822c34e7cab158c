"""An svg file as part of a page: small, with ids of its own, in the page's colours and fonts."""

import re

from markupsafe import Markup, escape

from autoloss.reporting.figures import INK

_NUMBER = re.compile(r"-?\d+\.\d{3,}")
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
    view = re.search(r'viewBox="([^"]+)"', body).group(1)
    body = body[body.index(">") + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # This one rule is meant for the picture alone; style.css says the same for `.picture *`.
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = _NUMBER.sub(_rounded, body)
    used = set(_USED.findall(body))
    body = _ID.sub(lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    body = body.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    body = body.replace(INK, "currentColor").replace("xlink:href", "href")
    body = re.sub(r"(?<=font-family: )[^;\"]+", "inherit", body)
    body = re.sub(r"font: ([\d.]+px) [^;\"]+", r"font-size: \1", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    label = escape(alt)
    return Markup(f'<svg class="picture" role="img" aria-label="{label}" viewBox="{view}">{body.strip()}')


def _rounded(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
