"""Which rows of the registry a request may touch, see `offices.walls`."""

from __future__ import annotations

from zhitong.offices.rules import Stage
from zhitong.offices.walls import Wall, Walls, within


def _of_batch(table: str) -> str:
    return f"EXISTS (SELECT FROM registry_batch b WHERE b.id = {table}.batch_id)"


def _wall(table: str, using: str) -> Wall:
    return Wall(table=table, stage=Stage.REGISTRY, using=using)


WALLS = Walls(
    walls=(
        _wall("registry_batch", f"{within('sent_from')} OR {within('speaks_for')}"),
        _wall("registry_rowerror", _of_batch("registry_rowerror")),
        _wall("registry_reportedtownship", within("township")),
        _wall("registry_worker", within("home")),
        # A worker who moved in brings along where they stood before.
        _wall("registry_spell", f"{within('home')} OR {within('moved_to')}"),
        _wall("registry_departure", within("home")),
        _wall("registry_party", f"batch_id IS NULL OR {_of_batch('registry_party')}"),
        _wall(
            "registry_duplicate",
            f"{within('home')} AND {_of_batch('registry_duplicate')}",
        ),
        _wall("registry_entry", _of_batch("registry_entry")),
        # Long jobs are the kernel's, which knows no offices; those that run are the registry's.
        _wall("kernel_job", within("scope")),
        _wall(
            "kernel_jobfile", "EXISTS (SELECT FROM kernel_job j WHERE j.id = kernel_jobfile.job_id)"
        ),
        _wall(
            "kernel_jobfilepiece",
            "EXISTS (SELECT FROM kernel_jobfile f WHERE f.id = kernel_jobfilepiece.file_id)",
        ),
    ),
)
