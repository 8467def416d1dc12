"""The PostgreSQL backend, started on demand when no `DATABASE_URL` names a server."""
