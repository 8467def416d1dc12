"""Which rows of the registry a request may touch, see `offices.walls`."""

from __future__ import annotations

from zhitong.offices.rules import Stage
from zhitong.offices.walls import Wall, Walls, within

# What a batch says of other places decides whether it is a reader's own, so this one question is
# asked of all rows: it runs as the owner of the tables and tells no more than yes or no.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION zhitong_speaks_beyond(batch bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM registry_reportedtownship r
        WHERE r.batch_id = batch AND NOT starts_with(r.township, zhitong_scope()))
$$;
"""
_SENT_FROM_WITHIN = f"""EXISTS (
    SELECT FROM offices_staff s JOIN offices_organisation o ON o.id = s.organisation_id
    WHERE s.user_id = registry_batch.sent_by_id AND {within("o.division")})"""
_SPEAKS_OF_THEM_ONLY = """(
    EXISTS (SELECT FROM registry_reportedtownship r WHERE r.batch_id = registry_batch.id)
    AND NOT zhitong_speaks_beyond(registry_batch.id))"""


def _of_worker(table: str) -> str:
    return f"EXISTS (SELECT FROM registry_worker w WHERE w.id = {table}.worker_id)"


def _of_batch(table: str) -> str:
    return f"EXISTS (SELECT FROM registry_batch b WHERE b.id = {table}.batch_id)"


def _wall(table: str, using: str) -> Wall:
    return Wall(table=table, stage=Stage.REGISTRY, using=using)


WALLS = Walls(
    functions=_FUNCTIONS,
    walls=(
        _wall("registry_batch", f"{_SENT_FROM_WITHIN} OR {_SPEAKS_OF_THEM_ONLY}"),
        _wall("registry_rowerror", _of_batch("registry_rowerror")),
        _wall("registry_reportedtownship", within("township")),
        _wall("registry_worker", within("home")),
        # A worker who moved in brings along where they stood before.
        _wall("registry_spell", f"{within('home')} OR {_of_worker('registry_spell')}"),
        _wall("registry_departure", _of_worker("registry_departure")),
        _wall("registry_party", f"batch_id IS NULL OR {_of_batch('registry_party')}"),
        _wall(
            "registry_duplicate",
            f"{_of_worker('registry_duplicate')} AND {_of_batch('registry_duplicate')}",
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
