"""Where divisions lie: outlines that come with the program, and boundaries of an operator's own."""
