-- change_week: what was approved of the projects' fate, and which of it is in force?
-- One row an approved change.  In force: from its date of effect on.
-- Source: forms change (the office's) and project; moved (what a 划转 moved this week).
--   project_id, kind, effective  as the office sent it
--   project_unit  the unit the project belongs to at the end of the week; NULL: no such project
--   state         待生效 / 生效 / 已被取代 (a later one of its sort is in force) / 无此项目
--   decides       1: the last word on whether the project counts: 入库, 退库, 暂缓 or 恢复
--   from_unit     of a 划转 that was carried out this week: the unit it left
--   since         the week in which it was first seen in force
-- trace: unit change_id project_id kind effective state decides since | change | kind project_id effective
-- trace: project_unit state | *project | status | project_id = (SELECT own.project_id FROM change_week AS
--        own WHERE own.change_id = :change_id)
-- trace: from_unit | moved | from_unit to_unit cause | cause = :change_id
-- trace: state decides since | | kind effective decides
-- trace: since | prev_change_week | since state
-- empty: project_unit | no such project | project_unit IS NULL
-- empty: from_unit | nothing was moved by it this week | from_unit IS NULL
-- empty: since | not in force yet, or no such project | since IS NULL
CREATE TABLE change_week (
  unit         TEXT NOT NULL,
  change_id    TEXT NOT NULL,
  project_id   TEXT NOT NULL,
  project_unit TEXT,
  kind         TEXT NOT NULL,
  effective    TEXT NOT NULL,
  state        TEXT NOT NULL,
  decides      INTEGER NOT NULL,
  from_unit    TEXT,
  since        TEXT,
  PRIMARY KEY (unit, change_id)
);

INSERT INTO change_week
WITH
  -- CROSS: the projects are gone through once, and each is looked up in the few that were changed
  named AS (
    SELECT DISTINCT project_id
    FROM change
  ),
  known AS (
    SELECT
      project.project_id,
      min(project.unit) AS unit
    FROM project
    CROSS JOIN named
      ON named.project_id = project.project_id
    WHERE EXISTS (SELECT 1 FROM change)
    GROUP BY project.project_id
  ),
  dated AS (
    SELECT
      change.*,
      known.unit AS project_unit,
      change.effective <= :as_of AS in_force,
      CASE WHEN kind IN ('入库', '退库', '暂缓', '恢复') THEN '去留' ELSE kind END AS sort
    FROM change
    LEFT JOIN known
      ON known.project_id = change.project_id
  ),
  placed AS (
    SELECT
      dated.*,
      row_number() OVER (
        PARTITION BY project_id, sort, in_force
        ORDER BY effective DESC, change_id DESC) = 1 AS is_last
    FROM dated
  )
SELECT
  placed.unit,
  placed.change_id,
  placed.project_id,
  placed.project_unit,
  placed.kind,
  placed.effective,
  CASE
    WHEN placed.project_unit IS NULL THEN '无此项目'
    WHEN NOT placed.in_force THEN '待生效'
    WHEN placed.is_last OR placed.kind = '调整计划' THEN '生效'
    ELSE '已被取代'
  END,
  placed.in_force AND placed.is_last AND placed.sort = '去留',
  moved.from_unit,
  CASE WHEN placed.in_force THEN coalesce(before.since, :week) END
FROM placed
LEFT JOIN moved
  ON moved.form = 'project'
 AND moved.to_unit = placed.project_unit
 AND moved.key = placed.project_id
 AND moved.cause = placed.change_id
LEFT JOIN prev_change_week AS before
  ON before.unit = placed.unit
 AND before.change_id = placed.change_id
ORDER BY 1, 2;
