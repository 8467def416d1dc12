"""The front doors: pages and nothing else; no rule lives here."""
