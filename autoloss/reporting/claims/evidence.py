"""What claims are held against."""

from collections.abc import Mapping
from dataclasses import dataclass

from autoloss.data.facts import Facts
from autoloss.reporting.claims.claim import Contender, StarClaim, ValueClaim
from autoloss.reporting.claims.scores import Sample, Scores
from autoloss.reporting.comparisons import Comparison, Key, after_calibration, compared
from autoloss.reporting.groups import Place


@dataclass(frozen=True)
class Evidence:
    """Our results, in the forms that claims ask for.

    Attributes:
        scores: numbers by seed.
        headline: AutoLoss against the best baseline, as the overall table stars it.
        datasets: facts of the encoded data by dataset.
        stand_ins: {dataset of the paper: the dataset in whose results its claims are tested}.
    """

    scores: Scores
    headline: Mapping[Key, Comparison]
    datasets: Mapping[str, Facts]
    stand_ins: Mapping[str, str]

    def ours(self, dataset: str) -> str:
        """The dataset in whose results a claim about the paper's `dataset` is tested."""
        return self.stand_ins.get(dataset, dataset)

    def synthetic(self, dataset: str) -> bool:
        """Whether the rows of one of our datasets are generated."""
        return dataset in self.datasets and self.datasets[dataset].source.kind == "synthetic"

    def sample(self, method: str, claim: ValueClaim | StarClaim) -> Sample:
        """The numbers of a method that was trained as it stands, at the claim's place."""
        return self.scores.sample(Contender(method=method), Place(self.ours(claim.dataset), claim.model), claim.metric)

    def calibrated(self, comparison: Comparison) -> Comparison | None:
        """The comparison with the best baseline after calibration; None where there is none."""
        metric = after_calibration(comparison.metric)
        return self.headline.get((comparison.place.dataset, comparison.place.model, metric)) if metric else None

    def calibrated_pair(
        self, pair: tuple[Contender, Contender], place: Place, metric: str, source: Place
    ) -> Comparison | None:
        """The comparison of two contenders after calibration; None where there is none."""
        calibrated = after_calibration(metric)
        if calibrated is None:
            return None
        ours, theirs = (self.scores.sample(c, place, calibrated, source) for c in pair)
        if not ours.values.keys() & theirs.values.keys():
            return None
        looks = max(ours.looks, theirs.looks, key=len)
        return compared(place, calibrated, pair[0].method, ours.values, pair[1].method, theirs.values, looks)
