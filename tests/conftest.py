"""What tests of several rooms need."""

import pytest


@pytest.fixture
def merged():
    """A nested mapping with changes, key by key; what was given stays as it is."""

    def merged(base: dict, changes: dict) -> dict:
        inner = {
            k: merged(base[k], v) for k, v in changes.items() if isinstance(v, dict) and isinstance(base.get(k), dict)
        }
        return {**base, **changes, **inner}

    return merged
