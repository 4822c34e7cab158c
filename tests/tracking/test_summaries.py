"""What a summary holds of the metrics of its seeds."""

import math

from autoloss.tracking.summaries import Row, aggregates


def test_a_metric_that_is_not_a_number_for_a_seed_is_none_in_the_summary():
    rows = [Row(str(auc), 0, {}, {}, {"test_auc": auc, "test_logloss": 0.5}) for auc in (0.7, math.nan)]
    found = aggregates(rows)
    assert math.isnan(found["summary/test_auc_mean"]) and math.isnan(found["summary/test_auc_std"])
    assert found["summary/test_logloss_std"] == 0
