"""The five-category daily report, derived from employment spells."""
