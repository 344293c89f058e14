"""The arithmetic of intervalwatch, after the standard: service level, Erlang, staffing, variation, quality, points.

Pure functions and frozen values over numbers and numpy arrays: no input or output, no clock, no state.
Auditors, tests and notebooks can import any module by itself. Figures are computed "after the COPC-2000
CSP standard", whose public text fixes few numbers. Every other limit here is this product's default, an
argument, and named as such.

Durations are seconds, rates are ratios from 0 to 1, traffic is in erlang. An invalid argument raises `ValueError`
that names it.
"""
