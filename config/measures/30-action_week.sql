-- action_week: what became of what the task force decided?
-- One row an action.  Days are calendar days, weeks are reporting windows.
-- Source: forms action (the office's) and action_reply (the responsible unit's, if the action names a
-- reporting unit, else the first unit's that answered).
-- 延期 counts only if it was asked for before the due date was over.  Nobody 销号s his own item.
-- Overdue, not age, is the reason for a step up: level_suggested is computed, level is the office's.
--   resp_unit, due, level  as the office wrote them
--   state        as the office wrote it, except that 销号 needs another's word
--   is_closed    1 once it is closed so
--   closed_on    as_of of the window in which it was closed
--   days_overdue, weeks_open  days since due_counted while it is open; windows in which it was
--   level_suggested  level, or 黄 or 红 by days_overdue where that is higher: [action]
--   reply_unit, signed, reply, extend_to  of the answer: whose, and what it says
--   in_time      1 where the extension was asked for by due_before
--   due_before   the due date in force when the extension was asked for
--   asked_on     the day on which the extension now asked for was received
--   due_counted  extend_to where the office granted (延期) what was asked for in time, else due.  What is asked for
--                after that waits for the office's next word; what was granted stands meanwhile
--   resp_code    code of the responsible reporting unit, NULL for a department
-- trace: resp_code due_counted state is_closed closed_on days_overdue weeks_open level_suggested in_time
--        due_before asked_on | action | state due level resp_unit verified_by
-- trace: reply_unit due_counted days_overdue level_suggested in_time due_before asked_on | action_reply |
--        reply extend_to
-- trace: due_counted days_overdue in_time | | due state extend_to asked_on due_before in_time
-- trace: level_suggested | | level days_overdue
-- trace: level_suggested | setting | name value | name IN ('action.yellow', 'action.red')
-- trace: closed_on weeks_open due_before asked_on | prev_action_week | weeks_open closed_on due due_counted
--        extend_to asked_on due_before
-- trace: due_counted days_overdue level_suggested | prev_action_week | state due due_counted
-- empty: resp_code | resp_unit is no reporting unit: a department | resp_code IS NULL
-- empty: closed_on | not closed | is_closed = 0
-- empty: reply_unit signed reply extend_to asked_on due_before | nobody has answered | reply_unit IS NULL
-- empty: extend_to asked_on due_before | the answer asks for no extension | extend_to IS NULL
CREATE TABLE action_week (
  unit            TEXT NOT NULL,
  action_id       TEXT NOT NULL,
  resp_unit       TEXT,
  resp_code       TEXT,
  due             TEXT,
  due_counted     TEXT,
  state           TEXT NOT NULL,
  is_closed       INTEGER NOT NULL,
  closed_on       TEXT,
  days_overdue    INTEGER NOT NULL,
  weeks_open      INTEGER NOT NULL,
  level           TEXT,
  level_suggested TEXT,
  reply_unit      TEXT,
  signed          TEXT,
  reply           TEXT,
  extend_to       TEXT,
  asked_on        TEXT,
  due_before      TEXT,
  in_time         INTEGER NOT NULL,
  PRIMARY KEY (unit, action_id)
);

INSERT INTO action_week
WITH
  responsible AS (
    SELECT
      action.unit,
      action.action_id,
      min(unit.unit) AS code
    FROM action
    JOIN unit
      ON squash(action.resp_unit) IN (squash(unit.unit), squash(unit.name), squash(unit.short))
    GROUP BY action.unit, action.action_id
  ),
  answer AS (
    SELECT
      action.unit AS action_unit,
      action.action_id,
      responsible.code,
      action_reply.*,
      row_number() OVER (PARTITION BY action.unit, action.action_id ORDER BY action_reply.unit) AS place
    FROM action
    LEFT JOIN responsible
      ON responsible.unit = action.unit
     AND responsible.action_id = action.action_id
    LEFT JOIN action_reply
      ON action_reply.action_id = action.action_id
     AND action_reply.unit = coalesce(responsible.code, action_reply.unit)
  ),
  received AS (
    SELECT
      week || '/' || unit || '/' || printf('%03d', number) AS id,
      substr(received_at, 1, 10) AS day
    FROM submission
  ),
  asked AS (
    SELECT
      action.*,
      answer.code,
      answer.unit AS reply_unit,
      answer.signed,
      answer.reply,
      answer.extend_to,
      CASE
        WHEN answer.extend_to IS NULL THEN NULL
        WHEN answer.extend_to = before.extend_to THEN before.asked_on
        ELSE coalesce(received.day, :as_of)
      END AS asked_on,
      CASE
        WHEN answer.extend_to IS NULL THEN NULL
        WHEN answer.extend_to = before.extend_to THEN before.due_before
        ELSE coalesce(before.due_counted, before.due, action.due)
      END AS due_before,
      -- what was granted so far
      CASE WHEN before.state = '延期' AND before.due_counted > before.due THEN before.due_counted END AS granted_to,
      before.weeks_open,
      before.closed_on,
      coalesce(action.state = '销号'
           AND action.verified_by IS NOT NULL
           AND squash(action.verified_by) <> squash(action.resp_unit), 0) AS closed
    FROM action
    JOIN answer
      ON answer.action_unit = action.unit
     AND answer.action_id = action.action_id
     AND answer.place = 1
    LEFT JOIN received
      ON received.id = answer._submission
    LEFT JOIN prev_action_week AS before
      ON before.unit = action.unit
     AND before.action_id = action.action_id
  ),
  granted AS (
    SELECT
      asked.*,
      coalesce(asked_on <= due_before, 0) AS in_time,
      CASE
        WHEN state <> '延期' THEN due
        WHEN asked_on <= due_before
         AND extend_to > due
         AND (granted_to IS NULL OR extend_to = granted_to OR week_to(_week) >= asked_on)
        THEN extend_to
        WHEN granted_to > due THEN granted_to
        ELSE due
      END AS due_counted
    FROM asked
  ),
  timed AS (
    SELECT
      granted.*,
      CASE
        WHEN closed THEN 0
        ELSE max(0, coalesce(CAST(julianday(:as_of) - julianday(due_counted) AS INTEGER), 0))
      END AS overdue
    FROM granted
  )
SELECT
  unit,
  action_id,
  resp_unit,
  code,
  due,
  due_counted,
  CASE
    WHEN state = '销号' AND NOT closed THEN '待核'
    ELSE state
  END,
  closed,
  CASE WHEN closed THEN coalesce(closed_on, :as_of) END,
  overdue,
  coalesce(weeks_open, 0) + NOT closed,
  level,
  CASE
    WHEN closed THEN level
    WHEN level = '红' OR overdue >= setting('action.red') THEN '红'
    WHEN level = '黄' OR overdue >= setting('action.yellow') THEN '黄'
    ELSE level
  END,
  reply_unit,
  signed,
  reply,
  extend_to,
  asked_on,
  due_before,
  in_time
FROM timed;
