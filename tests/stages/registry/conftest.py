"""Receiving one file the way every test does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.registry.survey_rows import ABOUT
from zhitong.registry.intake import Receipt, admit_surveys


@pytest.fixture
def admit(now, tmp_path) -> Callable[..., Receipt]:
    """Admit one file and return its receipt; refused rows go to `tmp_path/back`."""

    def one(path: Path, *, about: dt.date | None = ABOUT, **options) -> Receipt:
        (receipt,) = admit_surveys(
            [path],
            about=about,
            sent_by=None,
            now=now,
            errors_folder=tmp_path / "back",
            **options,
        )
        return receipt

    return one
