"""The line of sight: tables that are kept of the log, and what is read from them on both clocks."""
