"""What a run gives: its files, its numbers and their ranges, and where they came from."""
