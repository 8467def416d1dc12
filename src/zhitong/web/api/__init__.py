"""The API for programs: read-only, by token, under `/api/v1/`."""
