"""What a scale leaves out is on the page."""

from pathlib import Path

from autoloss import config
from autoloss.reporting.page.left_out import left_out

ROOT = Path(__file__).parents[2]


def _said(scale: str) -> list[str] | None:
    section = left_out(config.load(ROOT / "params.yaml", scale), ROOT)
    return section and [block.text for block in section.blocks]


def test_the_default_scale_names_the_models_methods_and_experiments_that_it_lacks():
    said = _said("demo")
    assert "Corrupted training labels: MeLU; SLF; more than 3 seeds." in said
    assert "Transfer models: Criteo; AutoInt; more than 3 seeds." in said
    assert any(line.startswith("Whole experiments: ") and "all tuned alike" in line for line in said)
    assert any(line.startswith("Efficiency: Criteo; ") and line.endswith("; more than 2 seeds.") for line in said)


def test_the_largest_scale_lacks_nothing_and_results_without_parameters_say_nothing(tmp_path):
    assert _said("full") is None
    assert left_out(config.load(ROOT / "params.yaml", "demo"), tmp_path) is None
