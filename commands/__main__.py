"""`python -m commands` is `outcomes`."""

from commands.main import script

script()
