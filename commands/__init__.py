"""The skin: parse, call once, print."""
