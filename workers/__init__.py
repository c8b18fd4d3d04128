"""What dramatiq runs: one actor per queue, and the path from a claim to an outcome."""
