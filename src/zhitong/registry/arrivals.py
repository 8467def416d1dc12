"""Files on their way in: which are known already, and reading small ones by the bundle."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from zhitong.kernel.errors import UserError
from zhitong.registry import preparing, received
from zhitong.registry.models import Batch
from zhitong.registry.pools import Crew
from zhitong.registry.preparing import Prepared

LONG = 16 * 2**20
"""Bytes from which a file is read by parts while it is stored."""
BUNDLE_BYTES, BUNDLE_FILES = 4 * 2**20, 64
"""Files that are read together: enough of them to share the cost of a check."""


@dataclass(kw_only=True)
class Arrival:
    """A file on its way in, with what is known of it before it is its turn."""

    path: Path
    name: str
    digest: bytes = b""
    earlier: Batch | None = None
    ready: Prepared | None = None
    """None: it is long, and read by parts while it is stored."""
    fault: UserError | None = None

    @property
    def wanted(self) -> bool:
        return self.fault is None and self.earlier is None


def arriving(
    files: Sequence[Path], crew: Crew, *, about: date | None, within: str | None
) -> Iterator[Arrival]:
    """The files in their order; those that are not long are read, ahead of being stored.

    `about`, `within`: see `intake.admit_surveys`.
    """
    waiting: deque[list[Arrival]] = deque()

    def calls() -> Iterator[tuple[list[tuple[Path, str]]]]:
        for bundle, together in _bundles(files):
            waiting.append(_announced(bundle))
            small = [(one.path, one.name) for one in waiting[-1] if together and one.wanted]
            yield (small,)

    answers = crew.map(preparing.prepare_together, calls(), about=about, within=within)
    for prepared in answers:
        bundle = waiting.popleft()
        read = [one for one in bundle if one.wanted] if prepared else []
        for arrival, answer in zip(read, prepared, strict=True):
            if isinstance(answer, UserError):
                arrival.fault = answer
            else:
                arrival.ready = answer
        yield from bundle


def _bundles(files: Sequence[Path]) -> Iterator[tuple[list[Path], bool]]:
    """Files that are read together, and those too long for it, each alone, in one order."""
    bundle: list[Path] = []
    held = 0
    for path in files:
        size = received.size_of(path)
        if bundle and (held + size > BUNDLE_BYTES or len(bundle) == BUNDLE_FILES):
            yield bundle, True
            bundle, held = [], 0
        if size > LONG:
            yield [path], False
        else:
            bundle.append(path)
            held += size
    if bundle:
        yield bundle, True


def _announced(bundle: Sequence[Path]) -> list[Arrival]:
    arrivals = [Arrival(path=path, name=received.shown_name(path)) for path in bundle]
    for one in arrivals:
        try:
            one.digest = received.digest_of(one.path)
        except UserError as fault:
            one.fault = fault
    earlier = known(one.digest for one in arrivals if one.fault is None)
    for one in arrivals:
        one.earlier = earlier.get(one.digest)
    return arrivals


def known(digests: Iterable[bytes]) -> dict[bytes, Batch]:
    """The batches of files received before."""
    found = Batch.objects.filter(
        kind=Batch.Kind.SURVEY, digest__in=list(digests), state=Batch.State.ADMITTED
    )
    return {bytes(batch.digest): batch for batch in found}
