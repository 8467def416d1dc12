"""How personal data look to a reader who has not stated a purpose."""

from __future__ import annotations


def name(value: str) -> str:
    """`张三` -> `张*`, `张小三` -> `张*三`, `欧阳小三` -> `欧**三`."""
    if len(value) <= 1:
        return value
    if len(value) == 2:
        return value[0] + "*"
    return value[0] + "*" * (len(value) - 2) + value[-1]


def identity(value: str) -> str:
    """`130730199001011234` -> `1307**********1234`; shorter documents show less."""
    ends = 4 if len(value) >= 15 else 2 if len(value) >= 6 else 0
    return value[:ends] + "*" * (len(value) - 2 * ends) + value[len(value) - ends :]


def phone(value: str) -> str:
    """`13812345678` -> `138****5678`; anything shorter than a mobile number is hidden whole."""
    if len(value) < 11:
        return "*" * len(value)
    return value[:3] + "*" * (len(value) - 7) + value[-4:]
