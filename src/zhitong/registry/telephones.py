"""Telephone numbers as people write them."""

from __future__ import annotations

import phonenumbers
import polars as pl

from zhitong.registry.review import half_width

MOBILE = r"^1[3-9]\d{9}$"

# In the middle of a text, with the gaps people leave: 138 1234 5678, (0318)8222222. With digits
# before or after it is part of another number.
_GAP = r"[\s\-—–]*"
_INSIDE = (
    rf"(?:^|[^0-9])(?:(?:\+|00)?86{_GAP})?1[3-9](?:{_GAP}\d){{9}}(?:$|[^0-9])"
    rf"|(?:^|[^0-9])\(?0[1-9]\d{{1,2}}\)?{_GAP}[2-9]\d{{6,7}}(?:$|[^0-9])"
)
_MANY_DIGITS = r"\d(?:[\s\-—–()（）]*\d){9}"


def inside(texts: pl.Series) -> pl.Series:
    """The distinct texts that hold a mobile number, or a landline with its area code."""
    found = texts.filter(texts.str.contains(_MANY_DIGITS).fill_null(False)).unique()
    return found.filter(found.str.normalize("NFKC").str.contains(_INSIDE))


def numbers(column: pl.Series) -> pl.Series:
    """Eleven digits for a mobile number of the mainland, E.164 for any other, null for neither."""
    bare = half_width(column).str.replace_all(r"[\s\-()—–]", "")
    bare = bare.str.replace(r"^(\+?\d+)\.0+$", "$1")  # once a number in somebody's table
    bare = bare.str.replace(r"^(?:\+|00)?86(1\d{10})$", "$1")
    mobile = bare.str.contains(MOBILE)
    odd = bare.filter(~mobile.fill_null(True)).unique()
    if len(odd) == 0:
        return bare
    return bare.replace(odd, pl.Series([_odd(text) for text in odd], dtype=pl.String))


def _odd(text: str) -> str | None:
    """Landlines with their area code, numbers of Hong Kong, Macau and abroad with a plus."""
    if not text.lstrip("+").isdigit():
        return None
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
