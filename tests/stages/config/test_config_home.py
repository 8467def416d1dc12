import os
import stat
from pathlib import Path

import pytest

from zhitong.config import home as homes


@pytest.fixture(autouse=True)
def no_home_from_outside(monkeypatch):
    monkeypatch.delenv("ZHITONG_HOME", raising=False)


def test_two_checkouts_never_share_a_home(monkeypatch):
    monkeypatch.setattr(homes, "_checkout", lambda: Path("/srv/one/zhitong"))
    one = homes.home()
    monkeypatch.setattr(homes, "_checkout", lambda: Path("/srv/two/zhitong"))
    two = homes.home()

    assert one != two
    assert one.name.startswith("zhitong-")
    assert homes.home() == two


def test_root_and_others_keep_state_where_their_system_expects_it(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert homes.home().parent == homes.SYSTEM_ROOT

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert homes.home().parent == tmp_path / "zhitong"

    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert homes.home().parent == tmp_path / ".local" / "share" / "zhitong"


def test_a_checkout_with_an_awkward_name_still_has_a_plain_home(monkeypatch):
    monkeypatch.setattr(homes, "_checkout", lambda: Path("/srv/直通 v1.0 (备份)"))

    assert homes.home().name.isascii()
    assert " " not in homes.home().name


def test_a_folder_has_its_mode_whatever_the_umask_and_old_ones_keep_theirs(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o750)
    before = os.umask(0o077)
    try:
        homes.make_folder(kept / "a" / "b", mode=0o711)
        homes.make_folder(kept, mode=0o711)
    finally:
        os.umask(before)

    assert stat.S_IMODE((kept / "a" / "b").stat().st_mode) == 0o711
    assert stat.S_IMODE(kept.stat().st_mode) == 0o750
    assert [path.name for path in kept.iterdir()] == ["a"]


def test_a_folder_that_cannot_be_made_says_what_to_change():
    with pytest.raises(homes.StartupError, match="ZHITONG_HOME"):
        homes.make_folder(Path("/proc/nowhere"), mode=0o700)
