-- move_week: which projects came into a unit's hand this week, which left it, and what did they bring or take?
-- One row a project and unit that it entered or left (在库, as in project_week); none in the first week of the record.
-- Money in yuan.  Source: project_week of this week and of the week before; project, change_week, moved.
--   what       新入库 / 划入: came;  划出 / 退库 / 转储备 / 上年竣工 / 撤销: left
--   other      the other unit of a 划入 or 划出
--   change_id  what approved it, where it was approved
--   ytd_done   what was done this year before this week: a new one's without this week's report
--   year_plan  its plan: of one that left as it was, of one that came as it is
-- trace: what other change_id ytd_done year_plan | | what other change_id ytd_done year_plan
-- trace: what other change_id ytd_done year_plan | *project | status year_plan
-- trace: what other change_id ytd_done year_plan | *progress | ytd_done week_done adjust
-- trace: what other change_id ytd_done year_plan | moved | from_unit to_unit cause | form = 'project' AND
--        key = :project_id
-- trace: what other change_id ytd_done year_plan | *change_week | kind effective
-- trace: what other ytd_done year_plan | *prev_project_week | ytd_done year_plan
-- empty: other | only what was moved has another unit | what NOT IN ('划入', '划出')
-- empty: change_id | no change of the office approved it | change_id IS NULL
CREATE TABLE move_week (
  unit       TEXT NOT NULL,
  project_id TEXT NOT NULL,
  what       TEXT NOT NULL,
  other      TEXT,
  change_id  TEXT,
  ytd_done   INTEGER NOT NULL,
  year_plan  INTEGER NOT NULL,
  PRIMARY KEY (unit, project_id)
);

INSERT INTO move_week
WITH
  -- 1 while the week before is of this year: amounts of last year are not carried over
  calendar AS (
    SELECT
      count(*) > 0 AS has_before,
      coalesce(max(substr(week, 1, 4)) = substr(:week, 1, 4), 0) AS same_year
    FROM prev_unit_week
    WHERE week = (SELECT max(week) FROM prev_unit_week)
  ),
  fate AS (
    SELECT
      project_id,
      kind,
      change_id
    FROM change_week
    WHERE decides
  ),
  came AS (
    SELECT
      now.unit,
      now.project_id,
      CASE WHEN origin.project_id IS NOT NULL THEN '划入' ELSE '新入库' END AS what,
      CASE WHEN origin.project_id IS NOT NULL THEN moved.from_unit END AS other,
      CASE
        WHEN origin.project_id IS NOT NULL THEN moved.cause
        ELSE (SELECT change_id FROM fate WHERE fate.project_id = now.project_id AND fate.kind IN ('入库', '恢复'))
      END AS change_id,
      CASE
        WHEN origin.project_id IS NULL THEN now.ytd_done - coalesce(now.week_done, 0) - coalesce(now.adjust, 0)
        ELSE origin.ytd_done * calendar.same_year
      END AS ytd_done,
      now.year_plan
    FROM project_week AS now
    JOIN calendar
    LEFT JOIN prev_project_week AS before
      ON before.unit = now.unit
     AND before.project_id = now.project_id
    LEFT JOIN moved
      ON moved.form = 'project'
     AND moved.key = now.project_id
     AND moved.to_unit = now.unit
    LEFT JOIN prev_project_week AS origin
      ON origin.unit = moved.from_unit
     AND origin.project_id = now.project_id
    -- the week's lamp before says of most of them that they were here; one that was moved has its lamp from elsewhere
    WHERE (now.lamp_before IS NULL
       OR now.project_id IN (SELECT key FROM moved WHERE form = 'project'))
      AND before.project_id IS NULL
      AND calendar.has_before
      AND now.unit > :after
      AND now.unit <= :through
  ),
  went AS (
    SELECT
      before.unit,
      before.project_id,
      CASE
        WHEN moved.to_unit IS NOT NULL THEN '划出'
        WHEN project.status = '退库' OR fate.kind = '退库' THEN '退库'
        WHEN project.status = '储备' THEN '转储备'
        WHEN project.status = '竣工' THEN '上年竣工'
        ELSE '撤销'
      END AS what,
      moved.to_unit AS other,
      CASE
        WHEN moved.to_unit IS NOT NULL THEN moved.cause
        WHEN fate.kind = '退库' THEN fate.change_id
      END AS change_id,
      before.ytd_done * calendar.same_year AS ytd_done,
      before.year_plan * calendar.same_year AS year_plan
    FROM prev_project_week AS before
    JOIN calendar
    LEFT JOIN project_week AS now
      ON now.unit = before.unit
     AND now.project_id = before.project_id
    LEFT JOIN moved
      ON moved.form = 'project'
     AND moved.key = before.project_id
     AND moved.from_unit = before.unit
    LEFT JOIN project
      ON project.unit = before.unit
     AND project.project_id = before.project_id
    LEFT JOIN fate
      ON fate.project_id = before.project_id
    WHERE now.project_id IS NULL
      AND before.unit > :after
      AND before.unit <= :through
  )
SELECT *
FROM came
UNION ALL
SELECT *
FROM went
ORDER BY 1, 2;
