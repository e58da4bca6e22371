"""The views of `outcomes view`, from wherever each is written."""

from commands import reports, sight
from commands.view import view

__all__ = ["reports", "sight", "view"]
