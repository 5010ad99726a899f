"""Planted faults: small, plausible mistakes in either engine, each of which the vectors must catch."""
