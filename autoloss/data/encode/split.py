"""The split of each row, a function of its number and the seed only; and which labels are corrupted."""

import numpy as np

from autoloss.config import Dataset

TRAIN, VALID, TEST = 0, 1, 2
_GOLDEN = 0x9E3779B97F4A7C15


def random_split(first: int, n: int, seed: int) -> np.ndarray:
    """[n] uint8 split of the rows first, first + 1, …

    Of every ten consecutive rows, one random row goes to validation and another to test. The ratio is exactly
    8:1:1 (except for up to nine last rows), and a row's split does not depend on how many rows follow.
    """
    row = np.arange(first, first + n)
    ten, slot = row // 10, (row % 10).astype(np.uint8)
    tens = np.arange(first // 10, (first + n + 9) // 10)
    pair = (mixed(tens.astype(np.uint64), seed) % np.uint64(90)).astype(np.uint8)
    valid, test = pair // 9, pair % 9
    test += test >= valid  # a slot other than validation's
    here = ten - first // 10
    return np.where(slot == valid[here], VALID, np.where(slot == test[here], TEST, TRAIN)).astype(np.uint8)


def of_block(entry: Dataset, member: int, first: int, n: int) -> np.ndarray:
    """[n] uint8 split of the rows first, first + 1, … of a file, by the dataset's settings; `member` is its number."""
    if entry.split == "published":
        return np.full(n, member, np.uint8)
    return random_split(first, n, entry.split_seed)


def flipped(first: int, n: int, seed: int, share: float) -> np.ndarray:
    """[n] bool: rows whose label is corrupted if they are training positives; each with probability `share`."""
    row = np.arange(first, first + n, dtype=np.uint64)
    return mixed(row, seed + 0x5EED) < np.uint64(int(share * 2**64))


def mixed(x: np.ndarray, seed: int) -> np.ndarray:
    """[n] pseudo-random uint64: the SplitMix64 finaliser of a counter (Steele et al., OOPSLA 2014)."""
    with np.errstate(over="ignore"):
        z = x * np.uint64(_GOLDEN) + np.uint64((seed + 1) * 0xD1B54A32D192ED03 % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
