"""Measurements that print our figure and a rival's from the same run: `python -m benchmarks`."""
