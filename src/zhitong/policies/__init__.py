"""Dated, scoped rule profiles: what may be done, who says so and until when."""
