"""Importing: files become statements, and nothing of a file is lost without a word.

Law: there is one way in, so what is imported is judged by the same rules as what is typed. Every fault is told at
once, with its file and row; nothing is recorded unless everything is valid. A row that is not taken is reported.
What a source leaves blank is missing, never zero; what it contradicts is kept twice; what it does not say is not
invented.
"""
