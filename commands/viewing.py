"""The views of `outcomes view`, from wherever each is written."""

from commands import sight
from commands.view import view

__all__ = ["sight", "view"]
