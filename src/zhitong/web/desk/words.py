"""Words that come from records and appear on pages: marked here, translated where shown."""

from __future__ import annotations

from django.utils.translation import get_language, gettext_noop

from zhitong import places

# Labels of choices elsewhere in the project; a test compares them with the models.
LABELS = frozenset(
    {
        gettext_noop("乡内"),
        gettext_noop("乡外县内"),
        gettext_noop("县外市内"),
        gettext_noop("市外省内"),
        gettext_noop("跨省"),
        gettext_noop("包车"),
        gettext_noop("门对门班车"),
        gettext_noop("已编制"),
        gettext_noop("已到达"),
        gettext_noop("已取消"),
        gettext_noop("下车"),
        gettext_noop("已排座"),
        gettext_noop("未到"),
        gettext_noop("中途离开"),
        gettext_noop("发热移交"),
        gettext_noop("拒收"),
        gettext_noop("取消"),
    }
)
# 上车 is the stage of the journey as well as the kind of a stop; one word, marked with the stages.


def place_name(code: str, *, full: bool = False) -> str:
    """A division's name: 枣强县 or 河北省衡水市枣强县; in English Zaoqiang.

    A code that the table no longer holds is shown as it is.
    """
    division = places.find(code)
    if division is None:
        return code
    if (get_language() or "").startswith("zh"):
        return division.full_name if full else division.name
    line = [*places.ancestors(division.code), division] if full else [division]
    names = [one.pinyin.replace(" ", "").capitalize() for one in line if not one.pseudo]
    return ", ".join(reversed([name for name in names if name])) or division.name
