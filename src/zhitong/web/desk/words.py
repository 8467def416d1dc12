"""Words that come from records and appear on pages: marked here, translated where shown."""

from __future__ import annotations

from django.utils.translation import get_language, gettext_noop

from zhitong import places
from zhitong.kernel.place_names import place_name
from zhitong.places import Level
from zhitong.transport import lists

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
        gettext_noop("待确认"),
        gettext_noop("已确认"),
        gettext_noop("已作废"),
        gettext_noop("同行人没有共同的出行日"),
        gettext_noop("同行人出发地或目的地不一致"),
        gettext_noop("出发地与目的地过近"),
        gettext_noop("缺少地点坐标"),
        gettext_noop("超过最大车型可用座位"),
        gettext_noop("不成团"),
    }
)
# 上车 is the stage of the journey as well as the kind of a stop; one word, marked with the stages.


def road_name(code: str) -> str:
    """A place as people on the road say it: 枣强县王均乡; in English Wangjun, Zaoqiang."""
    if (get_language() or "").startswith("zh"):
        return lists.place_name(code)
    division = places.find(code)
    if division is None or division.level <= Level.CITY:
        return place_name(code)
    above = [one for one in places.ancestors(code) if not one.pseudo][-1]
    return ", ".join(dict.fromkeys((place_name(code), place_name(above.code))))
