"""`zhitong ...`: every stage from the command line.

Exit status: 0 done; 1 done, and what was examined has faults (a plan that breaks a rule, figures
that disagree, a doctor's finding); 2 the caller's mistake, told in one line; 130 interrupted.
"""

from zhitong.cli.entry import main

__all__ = ["main"]
