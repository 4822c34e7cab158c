"""Raw formats, one file each. A new one imports from here: its base class `Format`, and what describes it.

    from autoloss.datasets import Archive, Format, Layout, Published, synthetic

`synthetic` holds helpers for generating rows; MALFORMED and DROPPED are labels of rows that are not used.
"""

from autoloss.datasets import _parse as parse
from autoloss.datasets import _synthetic as synthetic
from autoloss.datasets._columns import KEY_OF, Column, Columns
from autoloss.datasets._format import DROPPED, MALFORMED, Archive, Format, Layout, Published, ValueList
from autoloss.datasets._survey import Seen, Survey
from autoloss.datasets._target import Target
from autoloss.datasets._values import MISSING, bucket, buckets, whole_number

__all__ = [
    "DROPPED",
    "KEY_OF",
    "MALFORMED",
    "MISSING",
    "Archive",
    "Column",
    "Columns",
    "Format",
    "Layout",
    "Published",
    "Seen",
    "Survey",
    "Target",
    "ValueList",
    "bucket",
    "buckets",
    "parse",
    "synthetic",
    "whole_number",
]
