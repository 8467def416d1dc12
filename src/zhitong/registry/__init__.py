"""Survey files in; workers, their employment spells and their wishes to travel out."""
