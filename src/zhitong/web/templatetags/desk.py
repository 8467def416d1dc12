"""How figures, places and icons are written on a page, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from zhitong.bulletin import rounding
from zhitong.kernel.place_names import place_name
from zhitong.web.desk.words import road_name

register = template.Library()

MINUS = "−"
ABSENT = "—"


@register.filter
def exact(value: int | float | None) -> str:
    """1736100 -> 1,736,100."""
    return ABSENT if value is None else f"{value:,.0f}".replace("-", MINUS)


@register.filter
def wan(value: int) -> SafeString:
    """A figure for a card as the bulletin publishes it, the exact value on hover.

    Below ten thousand, and in English, the exact value itself.
    """
    if value < rounding.WAN or not _chinese():
        return format_html('<data value="{}">{}</data>', value, exact(value))
    return format_html(
        '<data value="{}" title="{}">{}<span class="unit">万</span></data>',
        value,
        exact(value),
        rounding.wan(value).removesuffix("万"),
    )


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """0.777 -> 77.7%."""
    return ABSENT if value is None else f"{value * 100:.{digits}f}%"


@register.filter
def signed(value: int) -> str:
    """+1,234, −56, 0."""
    return f"+{exact(value)}" if value > 0 else exact(value)


@register.filter
def signed_percent(value: float | None) -> str:
    if value is None:
        return ABSENT
    return f"{value * 100:+.2f}%".replace("-", MINUS)


@register.filter
def money(value: float | None) -> str:
    """1234.5 -> ¥1,235."""
    return ABSENT if value is None else f"¥{value:,.0f}"


@register.filter
def place(code: str) -> str:
    """The name of a division by its code."""
    return place_name(code)


@register.filter
def full_place(code: str) -> str:
    """The name with those above it."""
    return place_name(code, full=True)


@register.filter
def place_line(code: str) -> SafeString:
    """The full name; narrow screens leave out what stands above the place itself."""
    name, whole = place_name(code), place_name(code, full=True)
    before, _, after = whole.rpartition(name) if _chinese() else whole.partition(name)
    above = '<span class="desk-bar-above">{}</span>'
    return format_html(f"{above}{{}}{above}", before, name, after)


@register.filter
def road_place(code: str) -> str:
    """The name as people on the road say it."""
    return road_name(code)


@register.filter
def split(words: str) -> list[str]:
    return words.split()


@register.filter
def entry(values: Mapping[str, str], key: str) -> str:
    """What an address gives for a key; empty when it gives nothing."""
    return values.get(key, "")


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite. It repeats the words beside it, so readers of screens skip it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("vendor/icons/sprite.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def changed_query(context: template.Context, **changes: Any) -> str:
    """The page's own query with what changes; an empty value takes a key out."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in ("", None):
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}"


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
