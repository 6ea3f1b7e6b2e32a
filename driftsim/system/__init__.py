"""The machine: disk, memory, signals, streams, the installed files; and what goes wrong."""
