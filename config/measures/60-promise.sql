-- promise: every date that was given: when it was first to be, what it is now, how often and how far it
-- slipped, and whether it was kept.
-- One row a date: start and end of a project, its nodes, the due date of a problem and of an action.
-- Days are calendar days.  Kept ÷ due by unit and office: sum(kept) / sum(due) over rows of either.
-- Source: forms project, milestone, problem, action; problem_week, action_week; last week's promise.
--   unit           whose promise it is: the unit's; of an action the responsible unit's, the office's for a department
--   what           开工 / 竣工 / 节点 / 问题 / 督办
--   key            project_id / project_id / project_id node / problem_id / action_id
--   office         责任处室 of the project; NULL for an action
--   resp_unit      责任单位 of a problem or an action, as written
--   first, last    the date as first given, and as it stands
--   moved          times it was moved, forward or back, without an extension
--   slipped        days of the moves to a later date; an earlier date never offsets a later one
--   extended       times an extension was approved that had been asked for in time, and its days
--   actual         the day it was done; of problems and actions: as_of of the window they were closed in
--   due            1 from the day after *first* on, or once it is done
--   kept           1 done by *first*; 0 done later, or *first* has passed; NULL: not due yet
CREATE TABLE promise (
  unit          TEXT NOT NULL,
  what          TEXT NOT NULL,
  key           TEXT NOT NULL,
  project_id    TEXT,
  office        TEXT,
  resp_unit     TEXT,
  first         TEXT NOT NULL,
  last          TEXT NOT NULL,
  moved         INTEGER NOT NULL,
  slipped       INTEGER NOT NULL,
  extended      INTEGER NOT NULL,
  extended_days INTEGER NOT NULL,
  actual        TEXT,
  due           INTEGER NOT NULL,
  kept          INTEGER,
  PRIMARY KEY (unit, what, key)
);

INSERT INTO promise
WITH
  given AS (
    SELECT unit, '开工' AS what, project_id AS key, project_id, office, NULL AS resp_unit, plan_start AS date,
      actual_start AS actual, 0 AS in_time
    FROM project
    WHERE status NOT IN ('储备', '退库')
    UNION ALL
    SELECT unit, '竣工', project_id, project_id, office, NULL, plan_end, actual_end, 0
    FROM project
    WHERE status NOT IN ('储备', '退库')
    UNION ALL
    SELECT milestone.unit, '节点', milestone.project_id || ' ' || node, milestone.project_id, project.office, NULL,
      plan_date, actual_date, 0
    FROM milestone
    LEFT JOIN project
      ON project.unit = milestone.unit
     AND project.project_id = milestone.project_id
    WHERE coalesce(project.status, '') NOT IN ('储备', '退库')
    UNION ALL
    SELECT problem_week.unit, '问题', problem_id, problem_week.project_id, project.office, resp_unit,
      due, closed_on, 0
    FROM problem_week
    LEFT JOIN project
      ON project.project_id = problem_week.project_id
     AND project.unit = problem_week.unit
    UNION ALL
    SELECT coalesce(resp_code, unit), '督办', action_id, NULL, NULL, resp_unit, due_counted, closed_on, in_time
    FROM action_week
  ),
  moved AS (
    SELECT
      given.*,
      coalesce(before.first, given.date) AS first,
      coalesce(before.moved, 0) AS moved_before,
      coalesce(before.slipped, 0) AS slipped_before,
      coalesce(before.extended, 0) AS extended_before,
      coalesce(before.extended_days, 0) AS extended_days_before,
      coalesce(CAST(julianday(given.date) - julianday(before.last) AS INTEGER), 0) AS days
    FROM given
    LEFT JOIN prev_promise AS before
      ON before.unit = given.unit
     AND before.what = given.what
     AND before.key = given.key
    WHERE given.date IS NOT NULL
  )
SELECT
  unit,
  what,
  key,
  project_id,
  office,
  resp_unit,
  first,
  date,
  moved_before + (days <> 0 AND NOT (days > 0 AND in_time)),
  slipped_before + CASE WHEN days > 0 AND NOT in_time THEN days ELSE 0 END,
  extended_before + (days > 0 AND in_time),
  extended_days_before + CASE WHEN days > 0 AND in_time THEN days ELSE 0 END,
  actual,
  actual IS NOT NULL OR first < :as_of,
  CASE
    WHEN actual IS NOT NULL THEN actual <= first
    WHEN first < :as_of THEN 0
  END
FROM moved;
