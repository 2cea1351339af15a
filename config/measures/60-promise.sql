-- promise: every date that was given: when it was first to be, what it is now, how often and how far it
-- slipped, and whether it was kept.
-- One row a date: start and end of a project, its nodes, the due date of a problem and of an action.
-- Days are calendar days.  Kept ÷ due by unit and office: sum(kept) / sum(due) over rows of either.
-- Source: forms project, milestone, problem, action; problem_week, action_week, change_week; last week's promise.
-- An approved 调整计划 makes one move of each date of its project an extension, if it was in force before the date
-- given so far was over; what is moved again, or without it, is a slip.
--   unit           whose promise it is: the unit's; of an action the responsible unit's, the office's for a department
--   what           开工 / 竣工 / 节点 / 问题 / 督办
--   key            project_id / project_id / project_id node / problem_id / action_id
--   project_id     the project it is of; NULL for an action
--   office         责任处室 of the project; NULL for an action
--   resp_unit      责任单位 of a problem or an action, as written
--   first, last    the date as first given, and as it stands
--   moved          times it was moved, forward or back, without an extension
--   slipped        days of the moves to a later date; an earlier date never offsets a later one
--   extended, extended_days  moves by an extension asked for in time, and their days
--   approved_on    date of effect of the 调整计划 that was used up last
--   actual         the day it was done; of problems and actions: as_of of the window they were closed in
--   due            1 from the day after *first* on, or once it is done
--   kept           1 done by *first*; 0 done later, or *first* has passed; NULL: not due yet
-- trace: project_id office resp_unit first last moved slipped extended extended_days actual due kept
--        approved_on | project | plan_start actual_start plan_end actual_end office | :what IN ('开工',
--        '竣工') AND project_id = :key
-- trace: project_id office resp_unit first last moved slipped extended extended_days actual due kept
--        approved_on | milestone | plan_date actual_date | :what = '节点' AND project_id || ' ' || node =
--        :key
-- trace: project_id office resp_unit first last moved slipped extended extended_days actual due kept
--        approved_on | problem | due state resp_unit verified_by | :what = '问题' AND problem_id = :key
-- trace: project_id office resp_unit first last moved slipped extended extended_days actual due kept
--        approved_on | *action | due state resp_unit verified_by | :what = '督办' AND action_id = :key
-- trace: extended extended_days approved_on | *change_week | kind effective | project_id = substr(:key, 1,
--        length(project_id))
-- trace: kept due moved slipped extended extended_days | | first last actual due kept
-- trace: first moved slipped extended extended_days approved_on | *prev_promise | first last moved slipped
--        extended extended_days
-- empty: actual | not done yet | actual IS NULL
-- empty: kept | not due yet | due = 0
-- empty: project_id office | an action is of no project | what = '督办'
-- empty: project_id office | the problem is of no project on record | project_id IS NULL OR office IS NULL
-- empty: resp_unit | only problems and actions name one | what IN ('开工', '竣工', '节点')
-- empty: approved_on | no 调整计划 was used up | approved_on IS NULL
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
  approved_on   TEXT,
  PRIMARY KEY (unit, what, key)
) WITHOUT ROWID;

INSERT INTO promise
WITH
  in_hand AS NOT MATERIALIZED (
    SELECT project.*
    FROM project
    LEFT JOIN change_week AS fate
      ON fate.project_id = project.project_id
     AND fate.decides
    WHERE project.status NOT IN ('储备', '退库')
      AND coalesce(fate.kind, '') <> '退库'
      AND project.unit > :after
      AND project.unit <= :through
  ),
  -- of a project whose problem another (the office) has numbered; CROSS: gone through once, each looked up in those few
  elsewhere AS MATERIALIZED (
    SELECT
      project.project_id,
      min(project.office) AS office
    FROM project
    CROSS JOIN (
      SELECT DISTINCT problem_week.project_id
      FROM problem_week
      LEFT JOIN project AS own
        ON own.project_id = problem_week.project_id
       AND own.unit = problem_week.unit
      WHERE own.project_id IS NULL) AS named
      ON named.project_id = project.project_id
    WHERE EXISTS (SELECT 1 FROM problem_week WHERE project_id IS NOT NULL)
    GROUP BY project.project_id
  ),
  -- a column is of one type in all five (CAST), or of none (+): then each is asked right where its rows lie
  given AS (
    SELECT unit, '开工' AS what, project_id AS key, 'project' AS form, project_id, office, NULL AS resp_unit,
      plan_start AS date, actual_start AS actual, 0 AS in_time
    FROM in_hand
    UNION ALL
    SELECT unit, '竣工', project_id, 'project', project_id, office, NULL, plan_end, actual_end, 0
    FROM in_hand
    UNION ALL
    SELECT milestone.unit, '节点', CAST(milestone.project_id || ' ' || node AS TEXT), 'milestone', milestone.project_id,
      in_hand.office, NULL, plan_date, actual_date, 0
    FROM milestone
    JOIN in_hand
      ON in_hand.unit = milestone.unit
     AND in_hand.project_id = milestone.project_id
    UNION ALL
    SELECT problem_week.unit, '问题', problem_id, 'problem', problem_week.project_id,
      CAST(coalesce(project.office, elsewhere.office) AS TEXT), +resp_unit, due, closed_on, 0
    FROM problem_week
    LEFT JOIN project
      ON project.project_id = problem_week.project_id
     AND project.unit = problem_week.unit
    LEFT JOIN elsewhere
      ON elsewhere.project_id = problem_week.project_id
    WHERE problem_week.unit > :after
      AND problem_week.unit <= :through
    UNION ALL
    SELECT CAST(coalesce(resp_code, unit) AS TEXT), '督办', action_id, 'action', CAST(NULL AS TEXT), CAST(NULL AS TEXT),
      +resp_unit, due_counted, closed_on, +in_time
    FROM action_week
    WHERE coalesce(resp_code, unit) > :after
      AND coalesce(resp_code, unit) <= :through
  ),
  shifted AS (
    SELECT
      given.unit,
      given.what,
      given.key,
      given.project_id,
      given.office,
      given.resp_unit,
      given.date,
      given.actual,
      coalesce(before.first, given.date) AS first,
      coalesce(before.moved, 0) AS moved_before,
      coalesce(before.slipped, 0) AS slipped_before,
      coalesce(before.extended, 0) AS extended_before,
      coalesce(before.extended_days, 0) AS extended_days_before,
      before.approved_on AS approved_before,
      given.in_time,
      CASE
        WHEN given.date = before.last THEN 0
        ELSE coalesce(CAST(julianday(given.date) - julianday(before.last) AS INTEGER), 0)
      END AS days,
      CASE
        WHEN given.date > before.last AND given.form IN ('project', 'milestone')
        THEN (
          SELECT max(effective)
          FROM change_week
          WHERE change_week.project_id = given.project_id
            AND change_week.kind = '调整计划'
            AND change_week.effective <= min(:as_of, before.last)
            AND change_week.effective > coalesce(before.approved_on, ''))
      END AS approved_now
    FROM given
    LEFT JOIN moved
      ON moved.form = given.form
     AND moved.to_unit = given.unit
     AND moved.key = given.key
    LEFT JOIN prev_promise AS before
      ON before.unit = coalesce(moved.from_unit, given.unit)
     AND before.what = given.what
     AND before.key = given.key
    WHERE given.date IS NOT NULL
    LIMIT -1
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
  moved_before + CASE WHEN days < 0 OR days > 0 AND NOT in_time AND approved_now IS NULL THEN 1 ELSE 0 END,
  slipped_before + CASE WHEN days > 0 AND NOT in_time AND approved_now IS NULL THEN days ELSE 0 END,
  extended_before + CASE WHEN days > 0 AND (in_time OR approved_now IS NOT NULL) THEN 1 ELSE 0 END,
  extended_days_before + CASE WHEN days > 0 AND (in_time OR approved_now IS NOT NULL) THEN days ELSE 0 END,
  actual,
  CASE WHEN actual IS NOT NULL OR first < :as_of THEN 1 ELSE 0 END,
  CASE
    WHEN actual IS NOT NULL THEN actual <= first
    WHEN first < :as_of THEN 0
  END,
  coalesce(approved_now, approved_before)
FROM shifted
LIMIT -1;
