"""The offices' front door."""
