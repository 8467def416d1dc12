"""What every stage shares: errors, encrypted fields, masks, journal, progress."""
