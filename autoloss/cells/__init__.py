"""Cells: from parameters to trainings, each in a directory whose name tells what it depends on."""

from autoloss.cells.cell import Cell, error, state
from autoloss.cells.jobs import Job, jobs
from autoloss.cells.plan import Plan, plan

__all__ = ["Cell", "Job", "Plan", "error", "jobs", "plan", "state"]
