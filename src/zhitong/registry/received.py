"""A file as it arrives, before anybody looks into it: its name, its bytes, and where answers go."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext_noop

from zhitong.kernel.errors import UserError
from zhitong.kernel.sentences import Sentence
from zhitong.registry.unreadable import UnreadableFile

LONGEST_NAME = 255
"""Bytes that file systems take."""

_REASONS = {
    errno.EACCES: gettext_noop("没有权限"),
    errno.EPERM: gettext_noop("没有权限"),
    errno.EROFS: gettext_noop("磁盘是只读的"),
    errno.ENOSPC: gettext_noop("磁盘已满"),
    errno.EDQUOT: gettext_noop("磁盘配额已满"),
    errno.ENOENT: gettext_noop("路径不存在"),
    errno.ENOTDIR: gettext_noop("路径中有一段不是文件夹"),
    errno.EISDIR: gettext_noop("是文件夹"),
    errno.ENAMETOOLONG: gettext_noop("名称太长"),
    errno.EIO: gettext_noop("磁盘读写出错"),
}


def reason(failure: BaseException) -> Sentence:
    """Why the system refused, in the words of a clerk."""
    cause = failure.args[0] if failure.args and isinstance(failure.args[0], OSError) else failure
    number = getattr(cause, "errno", None)
    if known := _REASONS.get(number or 0):
        return Sentence(known)
    return Sentence(os.strerror(number) if number else gettext_noop("系统没有说明原因"))


def shown_name(path: Path) -> str:
    """A file's name as text. Names out of zips made in Windows are GBK on the disk."""
    name = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", errors="replace")


def size_of(path: Path) -> int:
    """Bytes, 0 for what cannot be asked."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def cut_name(name: str, longest: int) -> str:
    """The beginning of a name that takes no more than `longest` bytes."""
    return name.encode()[:longest].decode(errors="ignore")


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """The file under a name that every reader takes: most of them insist on utf-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        with tempfile.TemporaryDirectory(prefix="zhitong-") as folder:
            link = Path(folder) / cut_name(shown_name(path), LONGEST_NAME)
            link.symlink_to(path.absolute())
            yield link
    else:
        yield path


def digest_of(path: Path) -> bytes:
    """SHA-256 of the bytes. Raises `UnreadableFile` (`cannot-open`, `not-a-file`)."""
    name = shown_name(path)
    try:
        # A pipe or a device would be waited for, or read, for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile(
                gettext_noop(
                    "“{name}”不是普通文件（是文件夹、管道或设备），没有读取；请指定表格文件。"
                ),
                code="not-a-file",
                name=name,
            )
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as failure:
        raise UnreadableFile(
            gettext_noop("打不开文件“{name}”：{why}。"),
            code="cannot-open",
            name=name,
            why=reason(failure),
        ) from failure


def check_folder(folder: Path | None) -> None:
    """See that refused rows can be sent back before anything is stored; leaves nothing there.

    Raises `UserError` (`errors-folder`).
    """
    if folder is None:
        return
    standing = folder.absolute()
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".zhitong-", dir=standing):
            pass
    except OSError as failure:
        raise UserError(
            gettext_noop(
                "退回表的文件夹“{folder}”写不进：{why}；"
                "请检查路径、权限和磁盘后重试，这次没有登记任何文件。"
            ),
            code="errors-folder",
            folder=shown_name(folder),
            why=reason(failure),
        ) from failure
