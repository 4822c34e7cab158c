import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from autoloss.reporting.groups import Place
from autoloss.reporting.material import Material
from autoloss.reporting.page._svg import inline
from autoloss.reporting.page.answer import Outcome, answer

BROWSER = next((b for b in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if b), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--virtual-time-budget=4000",
)  # fmt: skip
# Put into a copy of the page: writes what went wrong, and how wide the page is, into the document that is dumped.
PROBE = """<script>
window.problems = [];
addEventListener("error", (e) => window.problems.push("error: " + (e.message || e.target.src || e.target.href)), true);
addEventListener("securitypolicyviolation", (e) => window.problems.push("request: " + e.blockedURI));
console.error = (...words) => window.problems.push("console: " + words.join(" "));
addEventListener("load", () => {
  const table = document.querySelector("table[data-sortable]");
  const column = [...table.tHead.rows[0].cells].findIndex((c) => c.querySelector("button"));
  const before = table.tBodies[0].rows.length;
  table.tHead.rows[0].cells[column].querySelector("button").click();
  document.body.dataset.probe = JSON.stringify({
    problems: window.problems, width: innerWidth, page: document.documentElement.scrollWidth,
    sorted: table.tHead.rows[0].cells[column].getAttribute("aria-sort"), rows: table.tBodies[0].rows.length === before,
    fetched: performance.getEntriesByType("resource").map((r) => r.name).filter((n) => !n.startsWith("data:")),
  });
});
</script>"""
POLICY = """<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">"""


class Outline(HTMLParser):
    """Headings, ids, and what each tag carries."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.fixture(scope="module")
def text(report):
    return (report / "index.html").read_text()


@pytest.fixture(scope="module")
def outline(text):
    return Outline(text)


def test_nothing_on_the_page_is_loaded_from_elsewhere(text, outline):
    loaded = [a.get("src") or "" for t, a in outline.tags if t in ("script", "img", "iframe", "source", "image")]
    loaded += [a.get("href") or "" for t, a in outline.tags if t in ("link", "image", "use")]
    assert all(url.startswith(("data:", "#")) or url == "" for url in loaded)
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org)", text)


def test_links_lead_to_a_place_on_the_page_or_a_file_of_the_report(report, outline):
    ids = [a["id"] for _, a in outline.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for link in (a["href"] for a in outline.all("a")):
        assert link.removeprefix("#") in ids if link.startswith("#") else (report / link).is_file(), link


def test_the_outline_is_in_order_and_has_landmarks(outline):
    levels = [int(t[1]) for t, _ in outline.tags if re.fullmatch("h[1-6]", t)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))
    assert all(len(outline.all(tag)) == 1 for tag in ("header", "nav", "main", "footer"))
    assert outline.all("html")[0]["lang"] == "en" and "width=device-width" in str(outline.all("meta"))


def test_who_cannot_see_the_page_can_read_it(outline):
    assert all(a.get("scope") in ("col", "row", "rowgroup") for a in outline.all("th"))
    assert len(outline.all("caption")) == len(outline.all("table"))
    pictures = [a for a in outline.all("svg") if a.get("class") == "picture"]
    assert len(pictures) > 5 and all(len(a["aria-label"]) > 30 for a in pictures)
    assert all(a.get("alt") for a in outline.all("img"))
    boxes = [a for a in outline.all("div") if a.get("class") == "scroll"]  # reachable by keyboard
    assert all(a["tabindex"] == "0" and (a.get("aria-label") or a.get("aria-labelledby")) for a in boxes)


def test_the_answer_comes_first_and_scale_failures_and_commands_are_said(text, small):
    sections = re.findall(r'<section id="([^"]+)"', text)
    assert sections[:3] == ["answer", "ratings", "claims"]
    assert {"overall", "transfer", "efficiency", "failures", "again"} <= set(sections)
    assert (
        "rows drawn from a known model; they show that everything works" in text
        and "the loss is not finite at step 120 (hinge)" in text
    )
    done = next(c for c in small.plan.experiments["overall"] if c.method == "autoloss")
    assert f"results/cells/{done.id}" in text and f"autoloss train --rerun {done.id}" in text
    assert str(small.root) not in text


def test_three_sentences_say_what_was_tested_what_came_out_and_what_the_paper_claims(material):
    (_, tested), (_, result), (_, paper) = answer(material, "overall").paragraphs
    assert tested == (
        "Four ways of choosing the loss, with DeepFM on Criteo (30,000 generated rows) and ML-20m "
        "(30,000 rows of ml-latest-small.zip), 0 to 3 seeds each."
    )
    against = [
        c for c in material.comparisons.against("overall", ["ce"], ["criteo", "ml-20m"]) if c.metric != "logloss"
    ]
    better = sum(c.significantly_better for c in against)
    assert len(against) == 4 and better == 4
    assert "better than cross-entropy (better in 4 of 4 comparisons, significantly in 4)" in result
    assert (
        "higher by 0.0011 to 0.0012 than that of the best of them, and by 0.0025 to 0.0036 than cross-entropy's"
        in paper
    )
    least = sorted(f"{c.over_seeds.detectable:.4f}" for c in against if c.metric == "auc")
    assert result.endswith(f"detect with a probability of 0.8 is {least[0]} to {least[-1]}.")


def test_where_there_are_real_data_the_result_is_theirs_alone(material):
    real = material.config.datasets | {"ml-20m": material.config.datasets["ml-20m"].model_copy(update={"source": "x"})}
    mixed = Material(material.config.model_copy(update={"datasets": real}), material.results, facts=material.facts)
    found = answer(mixed, "overall")
    assert found.paragraphs[1][1].startswith("On ML-20m, AutoLoss came out better than cross-entropy (better in 2 of 2")
    assert "Criteo: rows drawn from a known model" in found.warning and "not counted in the result" in found.warning


def test_rows_of_your_own_are_not_called_a_part_of_the_papers_data(material):
    real = {name: d.model_copy(update={"source": "x"}) for name, d in material.config.datasets.items()}
    config = material.config.model_copy(update={"datasets": real})
    known = Material(config, material.results, facts=material.facts, paper=material.paper)
    assert "is a part of the paper's data" in answer(known, "overall").warning
    assert answer(replace(known, paper={}), "overall").warning == "Scale demo."


@pytest.mark.parametrize(
    ("advantages", "words"),
    [
        ((0.1, 0.1), "better than CE (better in 2 of 2 comparisons, significantly in 2)"),
        ((0.1, -0.1), "sometimes better, sometimes worse than CE (better in 1 of 2 comparisons, significantly in 1"),
        ((-0.1, 0.001), "worse than CE (better in 1 of 2 comparisons, significantly in none; significantly worse in 1"),
        ((0.001, -0.001), "within noise of CE (better in 1 of 2 comparisons, significantly in none)"),
        ((), "not compared with CE (not trained here)"),
    ],
)
def test_an_outcome_is_a_word_and_its_counts(advantages, words):
    assert Outcome("CE", [_comparison(a) for a in advantages], ["deepfm"]).words.startswith(words)


def test_an_outcome_says_which_models_it_is_about_where_they_are_not_all():
    words = Outcome("uniform weights", [_comparison(0.001)], ["deepfm", "ipnn"]).words
    assert words.startswith("within noise of uniform weights (with DeepFM only: better in 1 of 1 comparisons")


def _comparison(advantage):
    clear = {"significant": abs(advantage) > 0.01, "significantly_better": advantage > 0.01}
    return SimpleNamespace(advantage=advantage, place=Place("criteo", "deepfm"), **clear)


def test_claims_that_cannot_be_tested_here_are_counted_and_folded_away(text, material):
    untested = sum(v.verdict == "not testable at this scale" for v in material.verdicts)
    assert f"{untested} not testable at this scale." in text
    folded = text[text.index('<details class="folded">\n<summary>Not testable') :]
    assert folded.index("</section>") > folded.index("</details>\n") > 0
    shown = text[text.index('<section id="claims"') :].split('<details class="folded">')[0]
    assert '<span class="tag not-testable-at-this-scale">' not in shown


def test_stored_results_on_real_ratings_are_quoted_at_their_own_scale(text):
    section = text[text.index('<section id="ratings"') :].split("</section>")[0]
    assert "A stored run at scale small" in section and "−0.0015 (95 % interval −0.0037 to +0.0006" in section
    methods = re.findall(r'<th scope="row">([^<]+)</th>', section)
    assert methods == ["AutoLoss", "CE", "BOHB", "KL"]  # then by AUC


def test_the_page_is_small_and_bends_to_the_readers_wishes(text):
    assert len(text) < 5_000_000
    assert "prefers-color-scheme: dark" in text and "prefers-reduced-motion" in text and "@media print" in text
    assert ":focus-visible" in text and "position: sticky" in text


def test_an_inlined_picture_keeps_its_words_and_shares_no_id():
    svg = '<?xml version="1.0"?><svg viewBox="0 0 100.123456 50"><defs><style type="text/css">*{x:y}</style></defs>'
    svg += '<g id="a"><path id="p1" d="M 1.234567 2.999999"/></g><use xlink:href="#p1"/><text>0.78251234</text></svg>'
    found = str(inline(svg, "one", 'a "quoted" word'))
    assert 'd="M 1.23 3"' in found and ">0.78251234<" in found
    assert 'id="one-p1"' in found and 'href="#one-p1"' in found and 'id="a"' not in found and "*{x:y}" not in found
    assert "a &#34;quoted&#34; word" in found


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here; the tests above check the same in the text")
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_it_has_no_error_no_request_and_no_overflow(text, tmp_path, width):
    page = tmp_path / "probed.html"
    page.write_text(text.replace("<head>", f"<head>{POLICY}{PROBE}", 1))
    frame = tmp_path / "frame.html"  # a window cannot be as narrow as a phone everywhere; a frame can
    frame.write_text(
        f'<iframe src="probed.html" style="border:0;width:{width}px;height:800px"></iframe><script>{RELAY}</script>'
    )
    command = [
        BROWSER,
        *FLAGS,
        "--allow-file-access-from-files",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
    ]
    dumped = subprocess.run([*command, frame.as_uri()], capture_output=True, text=True, timeout=120).stdout
    found = json.loads(re.search(r"PROBE(\{.*?\})PROBE", dumped, re.DOTALL)[1].replace("&amp;", "&"))
    assert found["problems"] == [] and found["fetched"] == []
    assert found["width"] == width and found["page"] <= width
    assert found["sorted"] == "ascending" and found["rows"]


RELAY = """
addEventListener("load", () => {
  const look = () => {
    const probe = document.querySelector("iframe").contentDocument.body.dataset.probe;
    if (probe) document.body.append("PROBE" + probe + "PROBE"); else setTimeout(look, 50);
  };
  look();
});
"""
