"""Organisations by division and department, their staff, roles and scope."""
