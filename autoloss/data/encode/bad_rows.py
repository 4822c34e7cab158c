"""Counts malformed rows, and stops where there are too many."""

from autoloss.data.encode.read.recipe import Coded
from autoloss.errors import UserError


class BadRows:
    """The malformed rows of a file so far.

    Args:
        most: how many are tolerated.

    Attributes:
        count: how many there are.
        first: where the first one is and what is wrong with it; empty if there is none.
    """

    def __init__(self, most: int):
        self.most, self.count, self.first = most, 0, ""

    def add(self, block: Coded) -> None:
        """Counts those of the next block.

        Raises:
            UserError: there are more than are tolerated.
        """
        if len(block.bad) and not self.count:
            line, problem = block.first_bad()
            self.first = f"{block.file}: line {line}: {problem}"
        self.count += len(block.bad)
        if self.count > self.most:
            raise UserError(f"{self.first} (malformed rows: {self.count} so far, max_bad_rows is {self.most})")
