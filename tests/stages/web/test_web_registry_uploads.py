"""Survey files by browser: sending, coming back to the job, batches and their withdrawal."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from stages.registry.survey_rows import csv_text, person
from zhitong.kernel import jobs
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import Job, JournalEntry
from zhitong.registry.models import Batch, Worker
from zhitong.registry.received import check_folder
from zhitong.web.registry.words import LABELS

ZAOQIANG = "131121"


def survey(*rows: dict[str, str], name: str = "枣强2020-03-02.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, csv_text(list(rows)).encode())


def sent(client: Client, *files: SimpleUploadedFile) -> Job:
    response = client.post("/registry/upload/", {"files": list(files), "about": "2020-03-02"})
    assert response.status_code == 302, response.content.decode()
    job = Job.objects.latest("pk")
    assert response.headers["Location"] == f"/registry/jobs/{job.pk}/"
    return job


def test_files_are_sent_worked_off_and_looked_at_again(desk_of: Callable[..., Client]) -> None:
    client = desk_of(ZAOQIANG)
    assert "还没有上传过" in client.get("/registry/upload/").content.decode()
    job = sent(client, survey(person(1), person(2, phone="1")), survey(person(3), name="b.csv"))

    waiting = client.get(f"/registry/jobs/{job.pk}/").content.decode()
    assert "排队中" in waiting
    assert "已完成 0 / 2 个文件" in waiting
    assert "HX-Refresh" not in client.get(f"/registry/jobs/{job.pk}/progress/").headers

    jobs.run(job.pk)
    done = client.get(f"/registry/jobs/{job.pk}/").content.decode()
    assert "已完成 2 / 2 个文件" in done
    assert "下载退回表" in done
    assert client.get(f"/registry/jobs/{job.pk}/progress/").headers["HX-Refresh"] == "true"

    file = job.files.get()
    answer = client.post(f"/registry/files/{file.pk}/")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    assert sheet.max_row == 2
    assert JournalEntry.objects.latest("pk").verb == "job-file.fetched"


def test_a_job_and_its_files_are_its_senders_alone(desk_of: Callable[..., Client]) -> None:
    job = sent(desk_of(ZAOQIANG), survey(person(1), person(2, phone="1")))
    jobs.run(job.pk)
    colleague = desk_of(ZAOQIANG, name="colleague")
    sent(colleague, survey(person(9), name="b.csv"))

    for address in (f"jobs/{job.pk}/", f"jobs/{job.pk}/progress/"):
        assert colleague.get(f"/registry/{address}").status_code == 404
    assert colleague.post(f"/registry/files/{job.files.get().pk}/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "请先选择"),
        ({"files": [SimpleUploadedFile("a.exe", b"a")]}, "不是调查表"),
        ({"files": [SimpleUploadedFile("a.csv", b"a")], "about": "明天"}, "2020-03-02 的形式"),
    ],
)
def test_what_cannot_be_sent_is_told_on_the_page(
    desk_of: Callable[..., Client], typed: dict, sentence: str
) -> None:
    answer = desk_of(ZAOQIANG).post("/registry/upload/", typed)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Job.objects.exists()


def test_receipts_are_told_in_the_readers_language(desk_of: Callable[..., Client]) -> None:
    client = desk_of(ZAOQIANG)
    content = csv_text([person(1)])
    job = sent(
        client,
        SimpleUploadedFile("a.csv", content.replace("户籍地", "x").encode()),
        SimpleUploadedFile("b.csv", content.encode()),
        SimpleUploadedFile("c.csv", content.encode()),
    )
    jobs.run(job.pk)
    address = f"/registry/jobs/{job.pk}/"

    chinese = client.get(address).content.decode()
    client.cookies["django_language"] = "en"
    english = client.get(address).content.decode()

    assert "文件“a.csv”缺少必填列：户籍地；请按模板补上这些列后重新报送。" in chinese
    assert "这份文件以前收到过，没有重复登记" in chinese
    assert "The file “a.csv” lacks required columns: 户籍地." in english
    assert "This file was received before" in english


def test_why_a_whole_job_failed_is_told_in_the_readers_language(
    desk_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk_of(ZAOQIANG)
    job = sent(client, survey(person(1)))

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr("zhitong.registry.received.tempfile.TemporaryDirectory", full)
        with pytest.raises(UserError) as mistake:
            check_folder(Path("/"))
    monkeypatch.setattr("zhitong.registry.receiving.work_off", failing(mistake.value))
    jobs.run(job.pk)
    address = f"/registry/jobs/{job.pk}/"
    chinese = client.get(address).content.decode()
    client.cookies["django_language"] = "en"
    english = client.get(address).content.decode()

    assert "写不进：磁盘已满；请检查路径、权限和磁盘后重试" in chinese
    assert "写不进" not in english
    assert "the disk is full" in english
    # A job that failed before sentences were kept has its Chinese alone.
    Job.objects.filter(pk=job.pk).update(result={})
    assert "写不进：磁盘已满" in client.get(address).content.decode()


def failing(mistake: UserError) -> Callable[..., None]:
    def work_off(**_: object) -> None:
        raise mistake

    return work_off


def test_a_receipt_kept_before_sentences_had_gaps_is_still_shown(
    desk_of: Callable[..., Client],
) -> None:
    client = desk_of(ZAOQIANG)
    job = sent(client, SimpleUploadedFile("a.csv", b""))
    jobs.run(job.pk)
    job.refresh_from_db()
    job.result["receipts"][0]["fault"] = "文件“a.csv”是空的；请检查后重新发送。"
    job.result["receipts"][0]["notes"] = ["报送情况中的人数合计 3，表中实有 2 行；请核对"]
    job.save(update_fields=["result"])

    client.cookies["django_language"] = "en"
    page = client.get(f"/registry/jobs/{job.pk}/").content.decode()

    assert "文件“a.csv”是空的；请检查后重新发送。" in page
    assert "表中实有 2 行" in page


def test_a_batch_is_listed_opened_and_withdrawn(desk_of: Callable[..., Client]) -> None:
    client = desk_of(ZAOQIANG)
    assert "还没有收到报送" in client.get("/registry/batches/").content.decode()
    jobs.run(sent(client, survey(person(1), person(2, phone="1"))).pk)
    batch = Batch.objects.get()

    assert f"/registry/batches/{batch.pk}/" in client.get("/registry/batches/").content.decode()
    page = client.get(f"/registry/batches/{batch.pk}/").content.decode()
    assert "手机号不是有效号码" in page
    assert client.post(f"/registry/batches/{batch.pk}/returned/").getvalue()[:2] == b"PK"
    assert JournalEntry.objects.latest("pk").verb == "batch.returned-rows-fetched"

    done = client.post(f"/registry/batches/{batch.pk}/withdraw/", follow=True).content.decode()
    assert "已撤回。更正后的文件可以重新上传。" in done
    assert "确认撤回" not in done
    assert not Worker.objects.exists()


def test_what_stands_on_a_batch_is_told(desk_of: Callable[..., Client]) -> None:
    client = desk_of(ZAOQIANG)
    first = sent(client, survey(person(1)))
    second = sent(client, survey(person(1, name="张大三"), name="b.csv"))
    jobs.run(first.pk)
    jobs.run(second.pk)
    batch = Batch.objects.earliest("pk")

    answer = client.post(f"/registry/batches/{batch.pk}/withdraw/")

    assert answer.status_code == 422
    assert "1 人在其他批次中再次出现" in answer.content.decode()


@pytest.mark.parametrize(
    ("roles", "status"), [(["enter"], 200), (["verify"], 200), (["read"], 403)]
)
def test_only_who_enters_or_verifies_uploads(desk_of, roles: list[str], status: int) -> None:
    assert desk_of(ZAOQIANG, roles=roles).get("/registry/upload/").status_code == status


def test_somebody_who_only_enters_withdraws_their_own(desk_of: Callable[..., Client]) -> None:
    jobs.run(sent(desk_of(ZAOQIANG, roles=["enter"], name="one"), survey(person(1))).pk)
    address = reverse("registry:batch_withdraw", args=[Batch.objects.get().pk])

    assert desk_of(ZAOQIANG, roles=["enter"], name="two").post(address).status_code == 403
    own = Client()
    own.force_login(Batch.objects.get().sent_by)
    assert own.post(address).status_code == 302


def test_lists_ask_as_often_for_many_batches_as_for_few(
    desk_of, django_assert_max_num_queries
) -> None:
    client = desk_of(ZAOQIANG)
    for number in range(1, 8):
        jobs.run(sent(client, survey(person(number), name=f"{number}.csv")).pk)

    with django_assert_max_num_queries(16):
        assert client.get("/registry/batches/").status_code == 200


def test_the_empty_form_lists_the_townships(desk_of: Callable[..., Client]) -> None:
    answer = desk_of(ZAOQIANG).get("/registry/template.xlsx")

    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert "报送情况" in book.sheetnames


def test_labels_of_the_registry_are_known_to_the_catalogue() -> None:
    assert {*Job.State.labels, *Batch.State.labels} <= LABELS
