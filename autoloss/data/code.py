"""The code that decides which rows are generated, and what rows are encoded to: other code makes them anew.

It is what the format's module and the encoder import, packages on the way included. What they take from other packages
stands in the request itself (settings), or decides no content (locks, files).
"""

from autoloss import code_digest, registry
from autoloss.config import Dataset

ENCODER = "autoloss.data.encode.build"
FORMATS, DATA, METRICS = "autoloss.datasets", "autoloss.data", "autoloss.metrics"


def of_generator(entry: Dataset) -> dict[str, str]:
    """{module: hash} of the code that generates the rows of a synthetic dataset."""
    return _within([FORMATS], [f"{FORMATS}.{entry.use}"])


def of_encoding(entry: Dataset) -> dict[str, str]:
    """{module: hash} of the code that encodes the rows of a dataset and states its facts."""
    packages, roots = [FORMATS, DATA], [ENCODER, f"{FORMATS}.{entry.use}"]
    if entry.source == "synthetic":  # its facts hold the best possible value of each metric
        packages.append(METRICS)
        roots += [f"{METRICS}.{name}" for name in registry.names("metrics")]
    return _within(packages, roots)


def _within(packages: list[str], roots: list[str]) -> dict[str, str]:
    """The modules of these packages among those that importing `roots` imports, by hash."""
    found = code_digest.modules_by_hash(roots)
    return {name: its_hash for name, its_hash in found.items() if ".".join(name.split(".")[:2]) in packages}
