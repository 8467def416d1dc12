"""The province's form catalogue: figures added to the daily report without code."""
