"""The bench: what the ledger does in a second, always beside something that the reader's own machine can do.

Law: nothing here asserts a time. Each figure is a median, and what matters is the ratio of two figures that were
taken in turn, in one run, on one machine. How to read each line: docs/benchmarks.md.

    python -m tests.bench [--quick]
"""
