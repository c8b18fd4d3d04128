"""Measurements, never run as tests: machines are noisy, so figures are compared within one run."""
