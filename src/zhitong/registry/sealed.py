"""Where the registry keeps sealed values."""

from __future__ import annotations

from zhitong.kernel.resealing import Column
from zhitong.registry.storing import SEAL_PURPOSE

COLUMNS = (
    Column(table="registry_worker", column="identity_sealed", purpose="identity"),
    Column(table="registry_worker", column="phone_sealed", purpose="phone"),
    Column(table="registry_worker", column="other_phone_sealed", purpose="phone"),
    Column(table="registry_duplicate", column="content_sealed", purpose=SEAL_PURPOSE),
    Column(table="registry_duplicate", column="before_sealed", purpose=SEAL_PURPOSE),
)
