"""What params.yaml trains at scale full and leaves out at this one, so that nobody looks for it in vain."""

from pathlib import Path

from autoloss import config as parameters
from autoloss.config import Config
from autoloss.reporting import labels
from autoloss.reporting.page.blocks import Block, Section, Words

LARGEST = parameters.SCALES[-1]


def left_out(config: Config, root: Path) -> Section | None:
    """Per experiment, what only the largest scale has; None where nothing is left out."""
    path = root / parameters.PARAMS
    if not path.is_file():
        return None
    full = parameters.load(path, LARGEST)
    blocks: list[Block] = []
    absent = [name for name in full.experiments if name not in config.experiments]
    if absent:
        blocks.append(Words(f"Whole experiments: {'; '.join(map(labels.experiment, absent))}."))
    for name in config.experiments:
        if name in full.experiments and (lacking := _lacking(name, config, full)):
            blocks.append(Words(f"{labels.experiment(name)}: {'; '.join(lacking)}."))
    if not blocks:
        return None
    lead = Words(f"Scale {config.scale} takes less time. What params.yaml has at scale {LARGEST}, and not here:")
    return Section("left-out", "Left to larger scales", [lead, *blocks])


def _lacking(name: str, config: Config, full: Config) -> list[str]:
    here, there = config.experiments[name], full.experiments[name]
    data = {config.datasets[each].stands_in_for or each for each in here.datasets}
    kept = {*here.models, *here.methods, *data}
    lacking = [labels.title(each) for each in (*there.datasets, *there.models, *there.methods) if each not in kept]
    if config.bounds(name)[1] < full.bounds(name)[1]:
        lacking.append(f"more than {config.bounds(name)[1]} seeds")
    return lacking
