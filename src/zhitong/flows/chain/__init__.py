"""The daily report chain: townships declare, counties, cities and the province accept, in turn."""
