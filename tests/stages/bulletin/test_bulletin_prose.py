"""The words, with the figures of the article at full scale."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from zhitong.bulletin.counts import Carried, Pooling, ThroughCoaches
from zhitong.bulletin.figures import Absent, Figures, reconcile
from zhitong.bulletin.prose import write
from zhitong.bulletin.rounding import Rounding, wan
from zhitong.flows.stock import Coverage, Report, Stock

DAY = date(2020, 3, 2)
CUT = Rounding.CUT


def stock_of(day: date, *counts: int, kind=Stock, **more):
    keys = (
        "within_township",
        "within_county",
        "within_city",
        "elsewhere_in_province",
        "other_province",
    )
    return kind(
        division="13",
        about=day,
        categories=dict(zip(keys, counts, strict=True)),
        **{"coverage": Coverage(2240, 2254)} | more,
    )


@pytest.fixture
def hebei() -> Figures:
    coach = {"titles": ("直通车",), "trips": 1, "vehicles": 1}
    return Figures(
        division="13",
        about=DAY,
        since=date(2020, 1, 1),
        through_coaches=(
            ThroughCoaches(
                **(coach | {"titles": ("天津直通车",)}),
                day=date(2020, 2, 27),
                direction="outbound",
                people=24,
                origins=("130981",),
                destinations=("12",),
            ),
            ThroughCoaches(
                titles=("直通车",),
                trips=3,
                vehicles=3,
                day=date(2020, 2, 28),
                direction="outbound",
                people=64,
                origins=("131121", "131124", "131128"),
                destinations=("5101", "330782", "2102"),
            ),
        ),
        workers=1736100,
        report=stock_of(
            DAY,
            300000,
            450400,
            350000,
            250000,
            385700,
            kind=Report,
            day_before=stock_of(date(2020, 3, 1), 290000, 450400, 350000, 250000, 385700),
            year_before=None,
        ),
        declared=Absent("当日日报尚未锁定，填报数未统计"),
        pooling=Absent("未来七日尚无已编制的车次，请先编制出行计划"),
        outbound=Carried(90, 1243),
        inbound=Carried(24, 529),
        offices={"human_resources": 12, "railway": 1},
        transported=Carried(628, 14147),
        shuttles=Carried(154, 6864),
        point_to_point=Carried(474, 7283),
        online_service=Absent("门户尚未启用，没有访问记录"),
        online_recruitment=Absent("招聘模块尚未启用，没有招聘会和岗位记录"),
    )


GOLDEN = """\
河北省农民工“点对点”返岗复工服务情况通报
（2020年3月2日）

一、在岗务工情况
截至3月2日，全省农民工在岗务工173.61万人，其中省内135.04万人，省外38.57万人。按务工地分，乡内30万人，\
乡外县内45.04万人，县外市内35万人，市外省内25万人，跨省38.57万人。较前一日增加1万人。\
应报送乡镇（街道）2254个，已报送2240个。

二、直通车开行情况
2月27日，沧州市泊头市至天津市开行“天津直通车”1辆（出省），输送24人；2月28日，衡水市枣强县、饶阳县、阜城县\
至四川省成都市、浙江省金华市义乌市、辽宁省大连市开行“直通车”3辆（出省），输送64人。

三、跨省对接输送情况
截至3月2日，开行出省包车90车次，输送1243人次赴外省返岗；开行入省包车24车次，接回外省529人次来河北务工。

四、部门协同情况
由人力资源和社会保障部门牵头，铁路部门参与，共2个部门、13个机构。

五、分类接送情况
截至3月2日，共接送628车次、1.41万人次。其中，县域内“门对门”当日开行班车154班次，接送6864人次；\
跨区域“点对点”累计开行包车474车次，输送7283人次（含跨省114车次、1772人次）。

六、未统计事项
本期未统计：集中出行组织（未来七日尚无已编制的车次，请先编制出行计划）；“不见面”服务（门户尚未启用，没有访问记录）；\
线上招聘（招聘模块尚未启用，没有招聘会和岗位记录）。

注：万以上数字保留两位小数，其余舍去，分项之和与合计可能略有出入，以报表数为准。
注：车次自2020年1月1日起累计，“门对门”班车为当日数；人次按到达乘次统计，一人多次乘车分别计算。
注：对比日2020-03-01的数字按现有就业登记推算（当日报送 2240/2254）。
注：在岗人数按已入库调查数据统计，未报送乡镇不作估计。
"""


def test_the_golden_text(hebei):
    reconcile(hebei)
    assert str(write(hebei, rounding=CUT)) == GOLDEN


@pytest.mark.parametrize("rounding", Rounding)
def test_both_roundings_give_what_was_published(rounding):
    published = {
        1736100: "173.61万",
        1350400: "135.04万",
        385700: "38.57万",
        14147: "1.41万",
        89100: "8.91万",
        285000: "28.5万",
        910000: "91万",
        6864: "6864",
    }
    assert {number: wan(number, rounding) for number in published} == published


def test_cut_and_rounded_differ_in_the_third_decimal():
    assert wan(17361, CUT) == "1.73万"
    assert wan(17361, Rounding.ROUND) == "1.74万"
    assert wan(9999, Rounding.ROUND) == "9999"
    assert wan(10000, CUT) == "1万"
    assert wan(19999, Rounding.ROUND) == "2万"


def test_a_day_on_which_nobody_reported_is_not_compared_with(hebei):
    silent = stock_of(date(2019, 3, 2), 3000, 0, 0, 0, 0, coverage=Coverage(0, 2254))
    text = str(
        write(replace(hebei, report=replace(hebei.report, year_before=silent)), rounding=CUT)
    )
    assert "较前一日增加1万人。" in text
    assert "较上年同期" not in text
    assert "注：对比日2019-03-02无上报，没有可比数据。" in text


def test_pooling_in_words(hebei):
    pooled = Pooling(
        first=date(2020, 3, 3),
        last=date(2020, 3, 9),
        wishes=700,
        people=640,
        parties=200,
        trips=20,
        together=600,
    )
    text = str(write(replace(hebei, pooling=pooled), rounding=CUT))
    assert "三、集中出行组织情况\n3月3日至3月9日，登记包车出行意愿700人，已编制20车次" in text
    assert "与其他同行组合乘600人，占93.8%" in text
    assert "集中出行组织（" not in text
