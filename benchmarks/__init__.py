"""Benchmarks: each prints ratios to a floor or a peer that it measures in the same run. See README.md beside this."""
