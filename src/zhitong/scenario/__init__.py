"""Synthetic provinces; `hebei-2020` counts to the golden figures."""
