"""Raw formats, one file each. A new one imports from here: its base class `Format`, and what describes it.

    from autoloss.datasets import Archive, Format, Layout, Published, synthetic

`synthetic` holds helpers for generating rows; MALFORMED and DROPPED are labels of rows that are not used.
"""

from autoloss.datasets import _synthetic as synthetic
from autoloss.datasets._format import DROPPED, MALFORMED, Archive, Format, Layout, Published, Target, ValueList
from autoloss.datasets._values import MISSING, bucket, buckets, whole_number

__all__ = [
    "DROPPED",
    "MALFORMED",
    "MISSING",
    "Archive",
    "Format",
    "Layout",
    "Published",
    "Target",
    "ValueList",
    "bucket",
    "buckets",
    "synthetic",
    "whole_number",
]
