"""The truth: what may be said, what was said, and what it adds up to.

Nothing is imported here, so that `outcomes --version` and an offline verifier load only what they use.
"""

__version__ = "0.1.0"
