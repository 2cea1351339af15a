-- problem_week: which problems are open, how long, and which are overdue?
-- One row a problem.  Days are calendar days, weeks are reporting windows.
-- Source: form problem.  Nobody 销号s his own item: without a verifier other than the responsible
-- unit a 销号 counts as 待核.  Overdue, not age, is the reason for a step up; [action] has the days.
--   project_id, need_level, resp_unit, due  as the unit sent them
--   state            as reported, except that 销号 needs another's word
--   is_closed        1 once it is 销号 and verified
--   closed_on        as_of of the window in which it was closed
--   days_overdue     days since due while it is open
--   weeks_open       windows in which it was known and open
--   level_suggested  蓝 / 黄 / 红 by days overdue; NULL while it is not overdue
-- trace: state is_closed closed_on days_overdue weeks_open level_suggested | problem | state due resp_unit
--        verified_by
-- trace: level_suggested | setting | name value | name IN ('action.blue', 'action.yellow', 'action.red')
-- trace: level_suggested | | days_overdue
-- trace: closed_on weeks_open | *prev_problem_week | weeks_open closed_on state
-- empty: closed_on | not closed | is_closed = 0
-- empty: level_suggested | done, so nothing is overdue | is_closed
-- empty: level_suggested | not overdue by as many days as [action] blue | days_overdue < setting('action.blue')
CREATE TABLE problem_week (
  unit            TEXT NOT NULL,
  problem_id      TEXT NOT NULL,
  project_id      TEXT,
  need_level      TEXT,
  resp_unit       TEXT,
  due             TEXT,
  state           TEXT NOT NULL,
  is_closed       INTEGER NOT NULL,
  closed_on       TEXT,
  days_overdue    INTEGER NOT NULL,
  weeks_open      INTEGER NOT NULL,
  level_suggested TEXT,
  PRIMARY KEY (unit, problem_id)
);

INSERT INTO problem_week
WITH
  judged AS (
    SELECT
      problem.*,
      coalesce(problem.state = '销号'
           AND problem.verified_by IS NOT NULL
           AND squash(problem.verified_by) <> squash(problem.resp_unit), 0) AS closed
    FROM problem
  ),
  timed AS (
    SELECT
      judged.*,
      CASE
        WHEN judged.closed THEN 0
        ELSE max(0, coalesce(CAST(julianday(:as_of) - julianday(judged.due) AS INTEGER), 0))
      END AS overdue
    FROM judged
  )
SELECT
  timed.unit,
  timed.problem_id,
  timed.project_id,
  timed.need_level,
  timed.resp_unit,
  timed.due,
  CASE
    WHEN timed.state = '销号' AND NOT timed.closed THEN '待核'
    ELSE timed.state
  END,
  timed.closed,
  CASE WHEN timed.closed THEN coalesce(before.closed_on, :as_of) END,
  timed.overdue,
  coalesce(before.weeks_open, 0) + NOT timed.closed,
  CASE
    WHEN timed.overdue >= setting('action.red') THEN '红'
    WHEN timed.overdue >= setting('action.yellow') THEN '黄'
    WHEN timed.overdue >= setting('action.blue') AND timed.overdue > 0 THEN '蓝'
  END
FROM timed
LEFT JOIN moved
  ON moved.form = 'problem'
 AND moved.to_unit = timed.unit
 AND moved.key = timed.problem_id
LEFT JOIN prev_problem_week AS before
  ON before.unit = coalesce(moved.from_unit, timed.unit)
 AND before.problem_id = timed.problem_id;
