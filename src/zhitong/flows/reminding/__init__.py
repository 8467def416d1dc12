"""Deadlines that a province sets, and reminders to offices that owe something for a day."""
