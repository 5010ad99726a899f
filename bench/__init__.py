"""Benchmarks: commands that print a table and, last, one line of JSON. See bench/README.md."""
