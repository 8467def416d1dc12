"""Every advisory lock of the project: who holds it, and for what. No number stands anywhere else.

Those with one number, and those whose number goes with a second, a day or a province. PostgreSQL
keeps the two kinds apart. In which order several are taken is told where they are taken.
"""

from __future__ import annotations

JOURNAL_CHAIN = 0x7A680001
"""The end of the journal's chain, the last lock of any transaction."""
MIGRATIONS = 0x7A680002
"""Of the session, not of a transaction."""
FIRST_ACCOUNT = 0x7A680003
BUILDING_THE_WALL = 0x7A680004
EMBEDDED_ROLES = 0x7A680005
ROSTER = 0x7A680006
"""Departments out of a roster."""
SURVEYS = 0x7A680007
"""Intakes of surveys, shared; alone after a deadlock."""
OPERATED_TRIPS = 0x7A680008
"""Intakes of logs."""

STORED_DAY = 0x7A68
"""With the day: its stored figures."""
BULLETIN = 0x7A69
"""With the day."""
PLANNING = 0x7A6A
"""With the province: one planner at a time."""
REPORTED_DAY = 0x7A690000
"""Plus the province, with the day: closing a day, shared with reports of it."""
FORM_CATALOGUE = 0x7A6B
"""With the province: adding and ending items."""
REMINDERS = 0x7A6C0000
"""Plus the province, with the day: who was reminded."""
