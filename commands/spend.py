"""`outcomes spend`: what a pool spends, and whether the finance system agrees."""

from __future__ import annotations

import click

from commands.reconcile import reconcile


@click.group()
def spend() -> None:
    """Example: outcomes spend reconcile prevention --ends 2026-05-31 --there 81250.00

    Agree what was spent with the finance system.
    """


spend.add_command(reconcile)
