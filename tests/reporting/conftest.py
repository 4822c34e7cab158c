"""Gives the tests of this room `fake_cells`: directories of cells with made-up numbers."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
