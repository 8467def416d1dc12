"""Settings, root urls and the embedded database; no logic."""
