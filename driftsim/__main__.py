"""``python -m driftsim`` is the command line."""

from .cli import main

main(prog_name="driftsim")
