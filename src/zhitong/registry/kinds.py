"""What a file is, told by its first bytes; names of files lie."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_noop

from zhitong.registry.received import reason
from zhitong.registry.unreadable import UnreadableFile


def kind_of(path: Path) -> str:
    """xlsx, xls, csv or parquet. Raises `UnreadableFile` for what is no table."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as failure:
        raise UnreadableFile(
            gettext_noop("打不开文件“{name}”：{why}。"),
            code="cannot-open",
            name=path.name,
            why=reason(failure),
        ) from failure
    if size == 0 or not head.strip(b"\xef\xbb\xbf \r\n\t\0"):
        raise UnreadableFile(
            gettext_noop("文件“{name}”是空的；请检查后重新发送。"),
            code="empty-file",
            name=path.name,
        )
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes()[: 2**24]:
            raise UnreadableFile(
                gettext_noop("文件“{name}”设有密码，读不出内容；请取消密码后重新保存。"),
                code="password",
                name=path.name,
            )
        return "xls"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style")):
        raise UnreadableFile(
            gettext_noop(
                "文件“{name}”其实是网页，不是 Excel 表；请用 Excel 打开后另存为 .xlsx 再报。"
            ),
            code="web-page",
            name=path.name,
        )
    if start.startswith((b"%pdf", b"\x89png", b"\xff\xd8\xff", b"rar!", b"7z\xbc\xaf")):
        raise UnreadableFile(
            gettext_noop("文件“{name}”不是表格；请用填报模板（.xlsx）或 CSV 报送。"),
            code="not-a-table",
            name=path.name,
        )
    return "csv"
