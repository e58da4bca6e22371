"""`python -m commands` is `outcomes`."""

from commands.main import script

if __name__ == "__main__":
    script()
