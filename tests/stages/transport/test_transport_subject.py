"""What somebody is told of themselves, on paper."""

from __future__ import annotations

import io
from datetime import date

import pytest
from pypdf import PdfReader

from factories.departures import repeated, traveller
from factories.trips import trip
from factories.workers import departure, reported
from zhitong.cli import main
from zhitong.registry import purposes
from zhitong.registry.models import Spell
from zhitong.transport import subject

pytestmark = pytest.mark.django_db
ZAOQIANG, DAYING, NUMBER = "131121", "131121102", "13112119900101101X"


@pytest.fixture
def person(now):
    one = traveller(home=DAYING, name="欧阳小三", identity=NUMBER)
    Spell.objects.create(
        worker=one, status=1, started=date(2020, 2, 1), home=DAYING, work="110105", category=5
    )
    departure(one, destination="110105")
    repeated(one, reported(DAYING))
    trip(origin=ZAOQIANG, destination="110105", people=[one])
    purposes.reveal(worker=one, purpose=purposes.state(key="contact", note=""), by=None, now=now)
    return one


def words(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def test_the_paper_says_all_that_the_answer_does(person, now) -> None:
    told = subject.collect(worker=person, by=None, now=now)

    said = words(subject.as_pdf(told, office="河北省衡水市枣强县", now=now))

    assert "个人信息查询结果" in said
    for key in ("employment", "travel", "journeys", "repeated", "looked_at"):
        assert len(told[key]) == 1, key
    for value in (NUMBER, "欧阳小三", "2020-02-01", "北京市朝阳区", "联系本人", "2020-03-01"):
        assert value in said, value
    assert "姓名：欧阳小三" in said  # of the repeated row


def test_an_empty_registry_of_somebody_is_a_paper_too(now) -> None:
    told = subject.collect(worker=traveller(home=DAYING), by=None, now=now)

    assert words(subject.as_pdf(told, office="枣强县", now=now)).count("无。") == 5


def test_the_command_writes_by_the_ending(person, tmp_path, monkeypatch, capsys) -> None:
    for name, begins in (("a.pdf", b"%PDF"), ("a.json", b"{")):
        out = tmp_path / name
        line = ["zhitong", "subject-access", "--division", ZAOQIANG, "--out", str(out)]
        monkeypatch.setattr("sys.argv", line)
        monkeypatch.setattr("click.prompt", lambda *_words, **_more: NUMBER)
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        assert out.read_bytes().startswith(begins)
        assert out.stat().st_mode & 0o777 == 0o600
