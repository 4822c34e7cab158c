"""params.yaml: what is wrong is said in one line, with the nearest valid name."""

from pathlib import Path

import pytest
import yaml

from autoloss import config
from autoloss.errors import UserError

PARAMS = Path(__file__).parent.parent.parent / "params.yaml"


def _laid_over(base, changes):
    """`changes` in `base`, mapping by mapping."""
    both = {k: _laid_over(base[k], v) if isinstance(v, dict) and k in base else v for k, v in changes.items()}
    return {**base, **both}


@pytest.fixture
def write(tmp_path):
    """Writes params.yaml with changes laid over the real one; returns its path."""

    def write(**changes):
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(_laid_over(yaml.safe_load(PARAMS.read_text()), changes)))
        return path

    return write


@pytest.mark.parametrize("scale", config.SCALES)
def test_the_shipped_parameters_are_valid_at_every_scale(scale):
    assert config.load(PARAMS, scale).scale == scale


def test_a_scale_lays_its_values_over_the_sections(write):
    path = write(scale="demo", scales={"demo": {"seeds": 7, "datasets": {"criteo": {"rows": 123}}}})
    loaded = config.load(path)
    assert loaded.seeds == 7
    assert loaded.datasets["criteo"].rows == 123
    assert loaded.datasets["criteo"].threshold == 10
    assert config.load(path, "full").datasets["criteo"].rows is None


def test_null_in_a_scale_removes_a_key(write):
    path = write(experiments={"extra": {"datasets": ["criteo"], "models": ["deepfm"], "methods": ["ce"]}},
                 scales={"demo": {"experiments": {"extra": None}}})  # fmt: skip
    assert "extra" not in config.load(path, "demo").experiments
    assert "extra" in config.load(path, "full").experiments


def test_loaded_parameters_cannot_be_changed():
    loaded = config.load(PARAMS)
    with pytest.raises(ValueError, match="frozen"):
        loaded.seeds = 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sead": 3}, "sead: unknown key 'sead'; did you mean 'seeds'?"),
        ({"scale": "ful"}, "scale: unknown scale 'ful'; did you mean 'full'?"),
        ({"seeds": 0}, "seeds: input should be greater than or equal to 1, found 0"),
        ({"training": {"paper": {"batchsize": 1}}}, "unknown key 'batchsize'; did you mean 'batch_size'?"),
        ({"losses": {"focal": {"gama": 1.0}}}, "losses.focal: unknown key 'gama'; did you mean 'gamma'?"),
        ({"losses": {"focal": {"gamma": "two"}}}, "losses.focal: gamma: input should be a valid number"),
        ({"models": {"deepfm": {"dims": 4}}}, "models.deepfm: unknown key 'dims'; did you mean 'dim'?"),
        ({"models": {"deepfn": {}}}, "models.deepfn: unknown file in autoloss/models 'deepfn'; did you mean 'deepfm'?"),
        ({"methods": {"ce": {"losses": ["hubber"]}}}, "unknown loss 'hubber'; did you mean 'huber'?"),
        ({"experiments": {"overall": {"methods": ["autolos"]}}}, "unknown method 'autolos'; did you mean 'autoloss'?"),
        ({"experiments": {"overall": {"models": ["deep_fm"]}}}, "unknown model 'deep_fm'; did you mean 'deepfm'?"),
        ({"experiments": {"overall": {"datasets": ["critio"]}}}, "unknown dataset 'critio'; did you mean 'criteo'?"),
        ({"experiments": {"overall": {"kind": "transfer"}}}, "source_dataset or source_model go with kind: transfer"),
        ({"datasets": {"criteo": {"task": "multiclass"}}}, "n_classes goes with task multiclass"),
        ({"datasets": {"criteo": {"task": "regression"}}}, "the dataset's task is regression"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_where_what_and_the_nearest_valid_name(write, changes, message):
    with pytest.raises(UserError) as caught:
        config.load(write(**changes))
    assert message in str(caught.value)
    assert "params.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2", ""])
def test_a_file_that_is_no_mapping_is_one_line(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match="params.yaml: (not valid YAML|expected a mapping)") as caught:
        config.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        config.load(tmp_path / "nothing.yaml")
