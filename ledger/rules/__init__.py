"""Rulebook 1: chapter by chapter, a State and two pure functions.

Law: `admit` never changes anything and `evolve` never refuses. No rule reads a clock, a file, an environment
variable, the network or a sealed field. The signature of a rule says which other chapters it reads.
A stricter rule for ledgers already founded is rulebook 2, beside this one; audit judges each entry by the
rulebook in force at its place.
"""

RULEBOOKS = frozenset({1})
