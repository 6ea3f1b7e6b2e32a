"""Write the reference page: ``python -m driftsim.config > docs/reference/config.md``."""

from .describe import reference

print(reference(), end="")
