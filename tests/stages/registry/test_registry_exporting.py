"""Lists as files: masked by default, marked, journalled."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from factories.departures import wish
from factories.staff import clerk
from zhitong.kernel import jobs
from zhitong.kernel.models import JournalEntry
from zhitong.registry import exporting, purposes
from zhitong.registry.models import Worker

pytestmark = pytest.mark.django_db
ZAOQIANG, DAYING = "131121", "131121102"


@pytest.fixture
def exported(now):
    """Export as somebody with these roles; the file's name and bytes."""

    def export(*, roles=("approve",), form="xlsx", in_clear=False, division=ZAOQIANG):
        by = clerk(ZAOQIANG, roles=roles, name="wang")
        purpose = purposes.state(key="other", note="春运返岗摸底，联系 13812345678")
        job = exporting.start(
            division=division, form=form, in_clear=in_clear, purpose=purpose, by=by, now=now
        )
        jobs.run(job.pk)
        file = job.files.get()
        return file.name, b"".join(jobs.content_of(file))

    return export


@pytest.fixture
def people() -> None:
    wish(home=DAYING, destination="110105", name="张小三")
    wish(home="131124100", destination="110105", name="外县人")


def test_a_workbook_is_masked_and_names_its_reader(exported, people):
    name, content = exported()
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[1]

    assert name.startswith("枣强县-人员-")
    assert [cell.value for cell in sheet[1]] == list(exporting.TITLES)
    row = [cell.value for cell in sheet[2]]
    assert row[0] == "张*三"
    assert row[1][4:-4] == "*" * 10
    assert row[3] == "河北省衡水市枣强县大营镇"
    assert sheet.max_row == 2
    for words in (sheet.oddHeader.left.text, book.worksheets[0]["A1"].value):
        assert "枣强县人社部门 wang" in words
        assert "春运返岗摸底，联系 ***" in words


def test_a_list_asked_for_before_an_upgrade_is_still_written(now, people):
    purpose = purposes.state(key="verify", note="")
    by = clerk(ZAOQIANG, roles=["approve"], name="wang")
    job = exporting.start(
        division=ZAOQIANG, form="csv", in_clear=False, purpose=purpose, by=by, now=now
    )
    del job.parameters["workers"], job.parameters["title"]
    job.save()

    jobs.run(job.pk)

    assert job.files.get().name.startswith("枣强县-人员-")
    job.refresh_from_db()
    assert job.result == {"rows": 1}


def test_in_clear_for_who_approves_and_only_with_a_purpose(exported, people):
    _, content = exported(in_clear=True, form="csv")
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))

    assert row["姓名"] == "张小三"
    assert "*" not in row["身份证号"] + row["手机号"]
    assert "wang" in row["导出标记"]
    asked, done = JournalEntry.objects.order_by("id")
    assert (asked.verb, asked.details["in_clear"]) == ("workers.export-asked", True)
    assert asked.details["note"] == "春运返岗摸底，联系 ***"
    assert (done.verb, done.details) == ("workers.exported", {"rows": 1})


@pytest.mark.parametrize(
    ("roles", "more"),
    [
        (["plan"], {}),
        (["verify", "read"], {"in_clear": True}),
        (["approve"], {"division": "1311"}),
        (["approve"], {"division": "53"}),
        (["approve"], {"form": "pdf"}),
    ],
)
def test_who_may_not_gets_nothing(exported, roles, more):
    with pytest.raises(exporting.NotExported):
        exported(roles=roles, **more)
    assert not JournalEntry.objects.exists()


def test_a_csv_never_holds_a_formula(exported, people):
    Worker.objects.filter(home=DAYING).update(name="=1+1")
    _, content = exported(form="csv", in_clear=True)

    assert "'=1+1" in content.decode("utf-8-sig")


def test_nobody_gives_an_empty_list(exported):
    _, content = exported()

    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[1].max_row == 1


@pytest.mark.parametrize(
    ("key", "note"), [("", ""), ("unknown", "核实"), ("other", ""), ("other", "12345678")]
)
def test_a_purpose_must_say_something(key, note):
    with pytest.raises(purposes.PurposeMissing):
        purposes.state(key=key, note=note)
