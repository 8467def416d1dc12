-- Workers at work by division and category on three days, in one pass over the spells.
--
-- PostgreSQL and DuckDB both run this text as it stands; whoever runs it provides
--   spells      home (canonical division code), category (1 to 5), status (1: at work),
--               started, ended (the first day after; null: open)
--   :division   only homes in this subtree; the empty text for all
--   :coarsest, :finest   digits of the codes wanted: 2 and 4 give a province and its cities
--   :about, :day_before, :year_before   the days counted, the latest first
--
-- Homes are counted once at the finest level, the small result is then summed for every level
-- above. So a parent is the sum of its children, and of homes known to no child.
SELECT
    substr(counted.division, 1, levels.digits) AS division,
    counted.category AS category,
    CAST(sum(counted.about) AS bigint) AS about,
    CAST(sum(counted.day_before) AS bigint) AS day_before,
    CAST(sum(counted.year_before) AS bigint) AS year_before
FROM (
    SELECT
        substr(home, 1, :finest) AS division,
        category,
        count(*) FILTER (
            WHERE started <= :about AND (ended IS NULL OR ended > :about)
        ) AS about,
        count(*) FILTER (
            WHERE started <= :day_before AND (ended IS NULL OR ended > :day_before)
        ) AS day_before,
        count(*) FILTER (
            WHERE started <= :year_before AND (ended IS NULL OR ended > :year_before)
        ) AS year_before
    FROM spells
    WHERE
        status = 1
        AND started <= :about
        AND (ended IS NULL OR ended > :year_before)
        AND home LIKE :division || '%'
    GROUP BY 1, 2
) AS counted
INNER JOIN (VALUES (2), (4), (6), (9), (12)) AS levels (digits)
    ON levels.digits BETWEEN :coarsest AND :finest
    AND levels.digits <= length(counted.division)
GROUP BY 1, 2
