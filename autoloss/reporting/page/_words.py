"""Sentences of the page that depend on nothing but the scale."""

import re

SCALES = {
    "demo": (
        "Scale demo: the data are generated, in the raw formats of the real sets, with labels from a known model. "
        "The numbers show that everything works and how the methods compare where the best possible answer is known. "
        "They say nothing of accuracy on the real Criteo, Avazu or MovieLens data."
    ),
    "small": (
        "Scale small: real data, but a small part of what the paper used. "
        "Differences between methods can be looked at; the paper's absolute numbers cannot be expected."
    ),
    "full": "Scale full: the paper's datasets at the paper's size. Its numbers stand beside ours.",
}


def slug(text: str) -> str:
    """Text as an id or a class: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
