-- milestone_week: which nodes of the projects in hand are done, due soon or overdue?
-- One row a node of a project that is 在库.  Days are calendar days, weeks are reporting windows.
-- Source: forms milestone and project; change_week (an approved 退库 or 暂缓); [node] ahead says how many days ahead a
-- node counts as coming.
--   plan_date, forecast_date, actual_date  as the unit sent them
--   state         完成 / 暂缓 / 逾期 / 临近 / 未到; 暂缓: open, and its project rests (as project_week's standing)
--   days_overdue  days since plan_date while the node is open; 0 once it is done, and while its project rests
--   weeks_open    windows in which it was known and not done
--   days_late     of a node that is done: days after plan_date
-- trace: state days_overdue days_late weeks_open | milestone | plan_date forecast_date actual_date
-- trace: state days_overdue | project | status
-- trace: state days_overdue | *change_week | kind effective state
-- trace: weeks_open | *prev_milestone_week | weeks_open state
CREATE TABLE milestone_week (
  unit          TEXT NOT NULL,
  project_id    TEXT NOT NULL,
  node          TEXT NOT NULL,
  plan_date     TEXT,
  forecast_date TEXT,
  actual_date   TEXT,
  state         TEXT NOT NULL,
  days_overdue  INTEGER NOT NULL,
  days_late     INTEGER NOT NULL,
  weeks_open    INTEGER NOT NULL,
  PRIMARY KEY (unit, project_id, node)
) WITHOUT ROWID;

INSERT INTO milestone_week
WITH
  -- until the office has approved a 暂缓 at all, a project's own word is enough
  register AS (
    SELECT count(*) > 0 AS is_kept
    FROM change_week
    WHERE kind = '暂缓'
      AND effective <= :as_of
  ),
  resting AS (
    SELECT
      project.unit,
      project.project_id
    FROM project
    JOIN register
    LEFT JOIN change_week AS fate
      ON fate.project_id = project.project_id
     AND fate.decides
    WHERE project.status <> '竣工'
      AND (fate.kind = '暂缓'
       OR NOT register.is_kept AND project.status IN ('暂缓', '停工'))
  )
SELECT
  milestone.unit,
  milestone.project_id,
  milestone.node,
  milestone.plan_date,
  milestone.forecast_date,
  milestone.actual_date,
  CASE
    WHEN milestone.actual_date IS NOT NULL THEN '完成'
    WHEN resting.project_id IS NOT NULL THEN '暂缓'
    WHEN milestone.plan_date < :as_of THEN '逾期'
    WHEN milestone.plan_date <= date(:as_of, '+' || setting('node.ahead') || ' days') THEN '临近'
    ELSE '未到'
  END,
  CASE
    WHEN milestone.actual_date IS NOT NULL OR resting.project_id IS NOT NULL THEN 0
    ELSE max(0, CAST(julianday(:as_of) - julianday(milestone.plan_date) AS INTEGER))
  END,
  CASE
    WHEN milestone.actual_date IS NULL THEN 0
    ELSE max(0, CAST(julianday(milestone.actual_date) - julianday(milestone.plan_date) AS INTEGER))
  END,
  coalesce(before.weeks_open, 0) + (milestone.actual_date IS NULL)
FROM milestone
JOIN project
  ON project.project_id = milestone.project_id
 AND project.unit = milestone.unit
LEFT JOIN change_week AS fate
  ON fate.project_id = project.project_id
 AND fate.decides
LEFT JOIN resting
  ON resting.unit = project.unit
 AND resting.project_id = project.project_id
LEFT JOIN moved
  ON moved.form = 'milestone'
 AND moved.to_unit = milestone.unit
 AND moved.key = milestone.project_id || ' ' || milestone.node
LEFT JOIN prev_milestone_week AS before
  ON before.unit = coalesce(moved.from_unit, milestone.unit)
 AND before.project_id = milestone.project_id
 AND before.node = milestone.node
WHERE project.status NOT IN ('储备', '退库')
  AND coalesce(fate.kind, '') <> '退库'
  AND NOT (project.status = '竣工'
       AND coalesce(substr(project.actual_end, 1, 4), substr(project._week, 1, 4)) < substr(:as_of, 1, 4));
