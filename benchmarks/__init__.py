"""Figures, measured against real processes and a real browser. How to run them stands in README.md beside this."""
