"""What the command line does: whole studies, from a config to a folder."""
