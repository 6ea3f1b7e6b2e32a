"""What is particular to a sea: its coast, its regions, places in it, and the Earth that it lies on."""
