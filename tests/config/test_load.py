"""params.yaml: what is wrong is one line that names the place, with the nearest valid name."""

from pathlib import Path

import pytest

from autoloss import config
from autoloss.errors import UserError

TUNING = {"trials": 2, "learning_rate": [0.1, 0.2], "weight_decay": [0.1, 0.2]}


def adaptive(**changes):
    """Such seeds at every scale."""
    return dict.fromkeys(config.SCALES, {"until": "decided", "at_least": 5, "at_most": 20, **changes})


PARAMS = Path(__file__).parent.parent.parent / "params.yaml"


def test_loaded_parameters_cannot_be_changed():
    loaded = config.load(PARAMS)
    with pytest.raises(ValueError, match="frozen"):
        loaded.seeds = 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sead": 3}, "sead: unknown key 'sead'; did you mean 'seeds'?"),
        ({"scale": "ful"}, "scale: unknown scale 'ful'; did you mean 'full'?"),
        ({"seeds": 0}, "seeds: expected at least 1, found 0"),
        ({"seeds": adaptive(until="significant")}, "seeds.demo.until: expected 'decided', found \"significant\""),
        ({"seeds": adaptive(at_least=1)}, "seeds.demo.at_least: expected at least 2, found 1"),
        ({"seeds": adaptive(at_least=21)}, "seeds.demo: at_least must not exceed at_most; found 21 and 20"),
        ({"seeds": adaptive(at_most=20.5)}, "seeds.demo.at_most: expected an integer, found 20.5"),
        ({"seeds": adaptive(at_mots=20)}, "seeds.demo.at_mots: unknown key 'at_mots'; did you mean 'at_most'?"),
        ({"seeds": {"until": 5}}, "seeds: mixes scales with other keys (until)"),
        ({"seeds": {"demo": 3, "small": {"until": "decided"}, "full": 5}}, "seeds.small: at_least is missing"),
        ({"experiments": {"overall": {"seeds": adaptive(at_least=1)}}}, "seeds.demo.at_least: expected at least 2"),
        ({"experiments": {"efficiency": {"seeds": adaptive()}}}, "kind: timing compares no test metrics"),
        ({"training": {"paper": {"batchsize": 1}}}, "unknown key 'batchsize'; did you mean 'batch_size'?"),
        ({"training": {"searched": {"tuning": {"trial": 3}}}}, "unknown key 'trial'; did you mean 'trials'?"),
        ({"training": {"searched": {"tuning": TUNING | {"trials": 1}}}}, "tuning.trials: expected at least 2, found 1"),
        ({"training": {"searched": {"tuning": TUNING | {"weight_decay": [0.0, 0.1]}}}}, "low > 0 unless both are"),
        ({"training": {"searched": {"tuning": TUNING | {"weight_decay": [0.1, 0.1]}}}}, "expected [low, high] with"),
        ({"methods": {"darts": {"tune": {"learning_rat": [0.1, 0.2]}}}}, "did you mean 'learning_rate'"),
        ({"methods": {"darts": {"tune": {"learning_rate": [-1, 2]}}}}, "learning_rate: should be greater than 0"),
        ({"methods": {"autoloss": {"tune": {"every": [0.5, 2.0]}}}}, "every: should be a valid integer, found 0.5"),
        ({"losses": {"focal": {"gama": 1.0}}}, "losses.focal.gama: unknown key 'gama'; did you mean 'gamma'?"),
        ({"losses": {"focal": {"gamma": "two"}}}, 'losses.focal.gamma: expected a number, found "two"'),
        ({"losses": {"focal": 2.0}}, "losses.focal: expected a mapping of keys, found 2.0"),
        ({"losses": [1]}, "losses: expected a mapping of names, found [1]"),
        ({"models": {"deepfm": {"dims": 4}}}, "models.deepfm.dims: unknown key 'dims'; did you mean 'dim'?"),
        ({"models": {"deepfn": {}}}, "models.deepfn: unknown file in autoloss/models 'deepfn'; did you mean 'deepfm'?"),
        ({"methods": {"ce": {"losses": ["crossentropy"]}}}, "loss 'crossentropy'; did you mean 'cross_entropy'?"),
        ({"methods": {"new": {"use": "autoloss"}}}, "methods.new: losses is missing"),
        ({"experiments": {"overall": {"methods": ["autolos"]}}}, "unknown method 'autolos'; did you mean 'autoloss'?"),
        ({"experiments": {"overall": {"methods": ["ce", "ce"]}}}, "methods: ce is listed twice"),
        ({"experiments": {"overall": {"methods": []}}}, "methods: expected a list of at least 1, found []"),
        ({"experiments": {"overall": {"models": ["deep_fm"]}}}, "unknown model 'deep_fm'; did you mean 'deepfm'?"),
        ({"experiments": {"overall": {"datasets": ["critio"]}}}, "unknown dataset 'critio'; did you mean 'criteo'?"),
        ({"experiments": {"overall": {"training": "papr"}}}, "unknown training 'papr'; did you mean 'paper'?"),
        ({"experiments": {"overall": {"kind": "transfer"}}}, "kind: transfer needs source_dataset or source_model"),
        ({"experiments": {"overall": {"source_model": "nfm"}}}, "or source_model, and no other kind takes them"),
        ({"experiments": {"transfer-models": {"methods": ["ce"]}}}, "none has a controller to transfer, found ce"),
        ({"methods": {"autoloss": {"controller_from": "slf"}}}, "takes its controller from slf, not the source"),
        ({"experiments": {"overall": None}}, "experiments.overall: expected a mapping of keys, found None"),
        ({"datasets": {"criteo": {"task": "multiclass"}}}, "n_classes is for task multiclass"),
        ({"datasets": {"criteo": {"task": "regression"}}}, "criteo.task: format criteo supports binary, found"),
        ({"datasets": {"ml-20m": {"task": "regression", "n_classes": None}}}, "the dataset's task is regression"),
        ({"datasets": {"ml-20m": {"flip_positives": 0.1}}}, "flip_positives: needs task binary, task is multi"),
        (
            {"datasets": {"corrupted": {"stands_in_for": "criteo"}}},
            "criteo-synthetic and corrupted both stand in for criteo: expected one; set stands_in_for: null",
        ),
        ({"datasets": {"corrupted": {"rows": None}}}, "datasets.corrupted.rows: source synthetic needs rows"),
        ({"methods": {"autoloss_average": {"controller_from": "ce"}}}, "method ce has no controller"),
        ({"methods": {"ce": {"controller_from": "autoloss"}}}, "ce.controller_from: fixed cannot use a controller"),
        ({"scales": {"demo": {}}}, "scales: overlays are no longer supported; write a value that depends"),
        ({"datasets": {"corrupted": {"source": "planted"}}}, "corrupted: source planted was renamed to synthetic"),
        ({"datasets": {"corrupted": {"planted_seed": 1}}}, "planted_seed: renamed to synthetic_seed"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_where_what_and_the_nearest_valid_name(write, changes, message, refused):
    assert message in refused(write(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": "yes"}, 'seeds: expected an integer, found "yes"'),
        ({"seeds": True}, "seeds: expected an integer, found true"),
        ({"seeds": 1.5}, "seeds: expected an integer, found 1.5"),
        ({"seeds": 3.0}, "seeds: expected an integer, found 3.0"),
        ({"seeds": "3"}, 'seeds: expected an integer, found "3"'),
        ({"seeds": None}, "seeds: expected an integer, found null"),
        ({"seeds": [3]}, "seeds: expected an integer, found [3]"),
        ({"training": {"paper": {"learning_rate": "0.1"}}}, 'paper.learning_rate: expected a number, found "0.1"'),
        ({"training": {"paper": {"learning_rate": True}}}, "paper.learning_rate: expected a number, found true"),
        ({"training": {"paper": {"split_validation": "no"}}}, 'expected true or false, found "no"'),
        ({"training": {"paper": {"split_validation": 1}}}, "expected true or false, found 1"),
        ({"methods": {"autoloss": {"every": 0}}}, "methods.autoloss.every: expected at least 1, found 0"),
        ({"methods": {"autoloss": {"every": True}}}, "methods.autoloss.every: expected an integer, found true"),
        ({"methods": {"autoloss": {"every": "7"}}}, 'methods.autoloss.every: expected an integer, found "7"'),
        ({"methods": {"autoloss": {"hard": "yes"}}}, 'methods.autoloss.hard: expected true or false, found "yes"'),
        ({"methods": {"autoloss": {"objective": "loss"}}}, "expected 'cross_entropy' or 'mixture', found \"loss\""),
        ({"methods": {"darts": {"order": 3}}}, "methods.darts.order: expected 1 or 2, found 3"),
        ({"methods": {"darts": {"order": True}}}, "methods.darts.order: expected a value other than true or false"),
        ({"methods": {"grid": {"divisions": 0}}}, "methods.grid.divisions: expected at least 1, found 0"),
        ({"losses": {"kl": {"epsilon": 1}}}, "losses.kl.epsilon: expected less than 1, found 1"),
        ({"models": {"deepfm": {"mlp": [128, 0]}}}, "models.deepfm.mlp: expected at least 1, found 0"),
        ({"models": {"deepfm": {"dropout": 1.0}}}, "models.deepfm.dropout: expected less than 1, found 1.0"),
        ({"models": {"deepfm": {"mlp": 128}}}, "models.deepfm.mlp: expected a list, found 128"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_or_out_of_range_is_refused(write, changes, message, refused):
    assert message in refused(write(**changes))


@pytest.mark.parametrize("name", ["a b", "a/b", "..", ".hidden", "-x", "ä", "a;b", "", "a\nb"])
@pytest.mark.parametrize("section", ["datasets", "losses", "models", "methods", "training", "experiments"])
def test_a_name_that_is_no_path_and_no_shell_word_is_refused(write, section, name, refused):
    assert "cannot be used in paths and commands; expected letters, digits" in refused(write(**{section: {name: {}}}))


def test_a_name_may_hold_letters_digits_and_three_signs(write):
    name = "Focal_2.5-b"
    loaded = config.load(write(methods={name: {"use": "fixed", "losses": ["focal"]}}))
    assert loaded.methods[name].use == "fixed"


def test_a_message_names_the_line(edit, refused):
    message = refused(edit(("epochs: {demo: 1, small: 2, full: 3}", "epochs: 0")))
    assert message == ":23: training.paper.epochs: expected at least 1, found 0"


def test_a_wrong_value_of_another_scale_is_refused_too(edit, refused):
    message = refused(edit(("full: 3}", "full: 0}")))
    assert message == ":23: training.paper.epochs.full: expected at least 1, found 0"
    message = refused(edit(("[autoloss_f1]", "[autoloss_f]")))
    assert message.startswith(":32: experiments.rest.methods.full: unknown method 'autoloss_f'; did you mean")


def test_the_file_has_the_last_word_on_nothing_that_it_does_not_say(edit):
    loaded = config.load(edit())
    assert loaded.methods["autoloss"].params["every"] == 7
    assert loaded.training["paper"].patience == 8
    assert loaded.losses["cross_entropy"].use == "cross_entropy"


def test_a_dataset_that_no_file_describes_is_validated_alike():
    entry = config.dataset("table", {"task": "binary", "source": "x.csv", "fields": ("a", "b")}, "here")
    assert entry.params["fields"] == ("a", "b")
    with pytest.raises(UserError, match="^here: threshold: expected at least 0, found -1$"):
        config.dataset("table", {"task": "binary", "threshold": -1}, "here")
