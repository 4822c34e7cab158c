"""Writes npy files piece by piece and hashes them on the way; the number of rows is known beforehand."""

import hashlib
from pathlib import Path

import numpy as np

_PIECE = 1 << 20  # rows hashed at once


class ArrayFile:
    """An npy file of known shape, written in pieces.

    Args:
        path: the file.
        dtype: of the elements.
        shape: of the whole array; it is written in pieces along the first axis.
    """

    def __init__(self, path: Path, dtype: np.dtype | type, shape: tuple[int, ...]):
        self.path, self.dtype, self.left = path, np.dtype(dtype).newbyteorder("<"), shape[0]
        self._sha = _started(self.dtype, shape)
        self._file = path.open("wb")
        header = {"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def write(self, rows: np.ndarray) -> None:
        """The next rows."""
        if len(rows):
            data = np.ascontiguousarray(rows, self.dtype).data.cast("B")
            self._file.write(data)
            self._sha.update(data)
            self.left -= len(rows)

    def close(self) -> str:
        """Closes the file and returns the digest of its type, shape and content."""
        self._file.close()
        if self.left:
            raise RuntimeError(f"{self.path}: {self.left} rows are missing")
        return self._sha.hexdigest()


def digest(array: np.ndarray) -> str:
    """The digest that `ArrayFile.close` returns for this array."""
    sha = _started(array.dtype.newbyteorder("<"), array.shape)
    for first in range(0, len(array), _PIECE):
        sha.update(np.ascontiguousarray(array[first : first + _PIECE]).data.cast("B"))
    return sha.hexdigest()


def _started(dtype: np.dtype, shape: tuple[int, ...]) -> "hashlib._Hash":
    return hashlib.sha256(f"{dtype.str} {tuple(int(n) for n in shape)}".encode())
