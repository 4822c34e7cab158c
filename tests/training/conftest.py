"""Small encoded data that training can learn from."""

import pytest
import torch
from fake_facts import fake_facts

from autoloss.data.encoded import EncodedData, Split

FIELDS, SIZE = 4, 20


def _split(rows: int, generator: torch.Generator, truth: torch.Tensor) -> Split:
    ids = torch.randint(0, SIZE, (rows, FIELDS), generator=generator) + SIZE * torch.arange(FIELDS)
    y = (torch.rand(rows, generator=generator) < torch.sigmoid(truth[ids].sum(1))).float()
    return Split(ids.int(), y)


@pytest.fixture(scope="module")
def data() -> EncodedData:
    generator = torch.Generator().manual_seed(0)
    truth = torch.randn(FIELDS * SIZE, generator=generator)
    facts = fake_facts(field_sizes=(SIZE,) * FIELDS, field_names=tuple("abcd"))
    return EncodedData(facts, *(_split(rows, generator, truth) for rows in (1050, 400, 400)))
