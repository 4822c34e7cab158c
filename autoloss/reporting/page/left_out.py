"""What params.yaml trains at scale full and leaves out at this one, so that nobody looks for it in vain."""

from pathlib import Path

from autoloss import config as parameters
from autoloss.config import Adaptive, Config, Experiment
from autoloss.reporting import labels
from autoloss.reporting.page.blocks import Block, Section, Words

LARGEST = parameters.SCALES[-1]


def left_out(config: Config, root: Path) -> Section | None:
    """Per experiment, the models and methods that only a larger scale has; None where nothing is left out."""
    path = root / parameters.PARAMS
    if not path.is_file():
        return None
    full = parameters.load(path, LARGEST)
    blocks: list[Block] = []
    absent = [name for name in full.experiments if name not in config.experiments]
    if absent:
        blocks.append(Words(f"Whole experiments: {'; '.join(map(labels.experiment, absent))}."))
    for name, here in config.experiments.items():
        if lacking := _lacking(here, full.experiments.get(name, here), config, name):
            blocks.append(Words(f"{labels.experiment(name)}: {'; '.join(lacking)}."))
    if not blocks:
        return None
    lead = Words(f"Scale {config.scale} takes less time. What params.yaml has at scale {LARGEST}, and not here:")
    return Section("left-out", "Left to larger scales", [lead, *blocks])


def _lacking(here: Experiment, full: Experiment, config: Config, name: str) -> list[str]:
    kept = {*here.models, *here.methods}
    lacking = [labels.title(name) for name in (*full.models, *full.methods) if name not in kept]
    own, most = config.bounds(name)[1], config.seeds.at_most if isinstance(config.seeds, Adaptive) else config.seeds
    if here.seeds and own < most:
        lacking.append(f"more than {own} seeds")
    return lacking
