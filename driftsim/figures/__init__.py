"""Figures, pages and files that show results."""
