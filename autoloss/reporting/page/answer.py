"""The page's first three sentences: what was tested on what, what came out for AutoLoss, what the paper claims."""

from collections.abc import Sequence
from dataclasses import dataclass

from autoloss import metrics
from autoloss.reporting import labels
from autoloss.reporting.comparisons import Comparison, design
from autoloss.reporting.goals import REFERENCE
from autoloss.reporting.labels import OURS
from autoloss.reporting.material import Material
from autoloss.reporting.page.blocks import Sentences
from autoloss.reporting.tables._numbers import fixed, listed

SHARED = ("melu", "bohb", "darts", "grid", "manual")  # rules that give all examples the same weights
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Outcome:
    """AutoLoss against one kind of rival, over the places and the two metrics of the answer.

    Attributes:
        rival: in words.
        comparisons: AutoLoss minus the best of these rivals.
        models: those of the experiment.
    """

    rival: str
    comparisons: Sequence[Comparison]
    models: Sequence[str]

    @property
    def words(self) -> str:
        """`within noise of cross-entropy (better in 5 of 8 comparisons, significantly in none)`."""
        if not self.comparisons:
            return f"not compared with {self.rival} (not trained here)"
        models = [model for model in self.models if model in {c.place.model for c in self.comparisons}]
        ahead = sum(c.advantage > 0 for c in self.comparisons)
        better = sum(c.significantly_better for c in self.comparisons)
        worse = sum(c.significant for c in self.comparisons) - better
        verdict = {
            (False, False): "within noise of",
            (True, False): "better than",
            (False, True): "worse than",
            (True, True): "sometimes better, sometimes worse than",
        }[better > 0, worse > 0]
        facts = f"better in {ahead} of {len(self.comparisons)} comparisons, significantly in {better or 'none'}"
        if len(models) < len(self.models):
            facts = f"with {listed([labels.title(model) for model in models])} only: {facts}"
        if worse:
            facts += f"; significantly worse in {worse}"
        return f"{verdict} {self.rival} ({facts})"


def answer(material: Material, experiment: str) -> Sentences:
    """The three sentences on one grid experiment; the result is that on real data, if there are any."""
    datasets = material.config.experiments[experiment].datasets
    counted = [name for name in datasets if not material.is_generated(name)] or list(datasets)
    found = outcomes(material, experiment, counted)
    where = f"On {listed([labels.title(name) for name in counted])}, " if len(counted) < len(datasets) else ""
    return Sentences(
        (
            ("Tested", _tested(material, experiment)),
            ("Result", f"{where}AutoLoss came out {_joined([outcome.words for outcome in found])}.{_power(found)}"),
            ("The paper", _paper(material, experiment)),
        ),
        " ".join(_warnings(material, datasets, counted)),
        _small_print([c for outcome in found for c in outcome.comparisons]),
    )


def _power(found: Sequence[Outcome]) -> str:
    """What difference in the deciding metric these seeds can detect; empty where that is not known."""
    decisive = found[0].comparisons[0].metric if found[0].comparisons else ""
    seeds = [c.over_seeds for outcome in found for c in outcome.comparisons if c.metric == decisive]
    known = [s.detectable for s in seeds if s.detectable > 0]
    if not known:
        return ""
    low, high = fixed(min(known)), fixed(max(known))
    least = low if low == high else f"{low} to {high}"
    name = metrics.get(decisive).phrase
    return f" The smallest true difference in {name} that these seeds detect with a probability of 0.8 is {least}."


def in_markdown(material: Material) -> str:
    """The answer for tables/answer.md, which the README quotes; empty where no experiment gives one."""
    if material.headline is None:
        return ""
    said = answer(material, material.headline)
    paragraphs = [f"**{lead}:** {text}" for lead, text in said.paragraphs]
    return "\n\n".join([*paragraphs, said.warning, said.small_print]) + "\n"


def _small_print(found: Sequence[Comparison]) -> str:
    if not found:
        return ""
    shown = listed([metrics.get(name).phrase for name in dict.fromkeys(c.metric for c in found)])
    return " ".join(
        [
            f"A comparison is one metric ({shown}) at one combination of dataset and model. Significant: p < 0.05 in a "
            f"two-sided paired t-test over seeds, corrected by Holm's method for each rival.",
            *design(*found),
        ]
    )


def _warnings(material: Material, datasets: Sequence[str], counted: Sequence[str]) -> list[str]:
    """What the answer does not say."""
    told = [f"Scale {material.config.scale}."]
    for name in datasets:
        title, paper = labels.title(name), labels.title(material.of_paper(name))
        if material.is_generated(name):
            beside = "" if name in counted else " They are not counted in the result."
            told.append(
                f"{title}: rows drawn from a known model; they show that everything works and how far each method is "
                f"from the known optimum, and say nothing about real data.{beside}"
            )
        elif material.config.scale != "full" and material.of_paper(name) in material.paper:
            instead = f" stands in for {paper}" if title != paper else " is a part of the paper's data"
            told.append(f"{title}{instead}: orderings can be compared, the paper's numbers cannot be expected.")
    return told


def outcomes(material: Material, experiment: str, datasets: Sequence[str]) -> list[Outcome]:
    """AutoLoss against cross-entropy, uniform weights and the best shared weights, on some datasets."""

    def against(rivals: Sequence[str]) -> list[Comparison]:
        tasks = {name: material.config.datasets[name].task for name in datasets}
        found = material.comparisons.against(experiment, rivals, datasets)
        return [c for c in found if c.metric in labels.answering_metrics(tasks[c.place.dataset])]

    rules = {name: method.use for name, method in material.config.methods.items()}
    uniform = against([name for name, rule in rules.items() if rule == "uniform"])
    constant = against([m for m in material.config.experiments[experiment].methods if rules[m] in SHARED])
    best = [labels.title(name) for name in dict.fromkeys(c.baseline for c in constant if c.baseline)]
    shared = f"the best method with one set of weights for all examples{', ' * bool(best)}{' or '.join(best)}"
    models = material.config.experiments[experiment].models
    return [
        Outcome("cross-entropy", against([REFERENCE]), models),
        Outcome("uniform weights", uniform, models),
        Outcome(shared, constant, models),
    ]


def _tested(material: Material, experiment: str) -> str:
    about = material.config.experiments[experiment]
    results = material.of(experiment)
    seeds = sorted({sum(r.method == m for r in results if (r.dataset, r.model) == p and r.state == "done")
                    for p in {(r.dataset, r.model) for r in results} for m in about.methods})  # fmt: skip
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    number = NUMBERS[len(about.methods)] if len(about.methods) < len(NUMBERS) else str(len(about.methods))
    models = listed([labels.title(model) for model in about.models])
    data = listed([material.described(dataset) for dataset in about.datasets])
    return f"{number.capitalize()} ways of choosing the loss, with {models} on {data}, {count} seeds each."


def _paper(material: Material, experiment: str) -> str:
    """The paper's gains at the places of the experiment."""
    about = material.config.experiments[experiment]
    best, plain = [], []
    for dataset in about.datasets:
        for model in about.models:
            known = {m: v for m, v in material.paper_values(dataset, model, "auc").items() if m in about.methods}
            ours = known.pop(OURS, None)
            if ours is not None and known:
                best.append(ours - max(known.values()))
                plain.append(ours - known.get(REFERENCE, ours))
    if not best:
        return "reports no numbers for these datasets and models."
    return (
        "claims that on the full data AutoLoss is significantly better than every other method, on every dataset with "
        f"every model: its AUC is higher by {_range(best)} than that of the best of them, and by {_range(plain)} than "
        "cross-entropy's."
    )


def _range(values: Sequence[float]) -> str:
    low, high = fixed(min(values)), fixed(max(values))
    return low if low == high else f"{low} to {high}"


def _joined(clauses: Sequence[str]) -> str:
    return ", ".join(clauses[:-1]) + ", and " + clauses[-1] if len(clauses) > 1 else clauses[0]
