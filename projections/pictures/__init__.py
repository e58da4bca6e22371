"""Pictures: what the views show, drawn as SVG for a page or for print; the figures are handed in, and none is made."""
