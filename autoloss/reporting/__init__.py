"""From cells to tables, figures, verdicts and a page."""
