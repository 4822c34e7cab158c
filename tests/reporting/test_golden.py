"""Every table and the page of the fake project, byte for byte as they were when somebody last looked at them.

After a change on purpose, `AUTOLOSS_UPDATE_GOLDEN=1 pytest tests/reporting/test_golden.py` rewrites golden/;
read the difference before committing it.
"""

import os
import re
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "AUTOLOSS_UPDATE_GOLDEN"
ENDINGS = (".csv", ".md", ".tex")  # the tables' HTML is on the page


@pytest.fixture(scope="module")
def rendered(report):
    """{file name: text}."""
    texts = {p.name: p.read_text() for p in (report / "tables").iterdir() if p.suffix in ENDINGS}
    return {name: without_digests(text) for name, text in (texts | {"page.html": outline(report)}).items()}


def without_digests(text):
    """A cell's digest changes with its specification, which is no part of a table."""
    return re.sub(r"(-s\d+-)[0-9a-f]{12}\b", r"\1DIGEST", text)


def outline(report):
    """The page without pictures, style, script, and the lists of cells behind each number."""
    text = (report / "index.html").read_text()
    text = re.sub(r"<style>.*?</style>|<script>.*?</script>|(?<=<svg).*?</svg>", "", text, flags=re.DOTALL)
    text = re.sub(r'(?<=src=")data:[^"]*', "", text)
    text = re.sub(r'(<details class="behind">).*?(?=</details>)', r"\1", text, flags=re.DOTALL)
    return re.sub(r"\n\s*", "\n", text)


def test_tables_and_page_are_as_they_were(rendered):
    if os.environ.get(UPDATE):
        for old in GOLDEN.iterdir():
            old.unlink()
        for name, text in rendered.items():
            (GOLDEN / name).write_text(text)
    assert sorted(rendered) == sorted(p.name for p in GOLDEN.iterdir())
    for name, text in rendered.items():
        assert text == (GOLDEN / name).read_text(), f"{name} has changed; if on purpose, run this with {UPDATE}=1"
