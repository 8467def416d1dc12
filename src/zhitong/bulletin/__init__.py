"""Published figures and prose. Reads every stage, writes none."""
