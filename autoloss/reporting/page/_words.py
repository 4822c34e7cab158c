"""Sentences of the page that depend on nothing but the scale."""

import re

SCALES = {
    "demo": (
        "Scale demo: generated data come from a known model, in the raw formats of the real sets. They show that "
        "everything works, and how far each method stays from the known optimum; they say nothing about the real data."
    ),
    "small": (
        "Scale small: real data, but a small part of what the paper used. Orderings of methods can be compared, with "
        "wide intervals; the paper's numbers themselves cannot be expected."
    ),
    "full": "Scale full: the paper's datasets at the paper's size. Its numbers stand beside ours.",
}


def slug(text: str) -> str:
    """Text as an id or a class: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
