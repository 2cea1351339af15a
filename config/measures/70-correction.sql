-- correction: what did units correct of sealed weeks, and what would it have changed?
-- One row a corrected value, as this week's submissions brought it; printed as 前期数据修订.  The sealed week
-- itself stays as it was printed.  Money in yuan; rates in percent points.
-- Source: corrected (the intake's list), unit, project; unit_week of the corrected week.
--   submission, form, key, field, row  where it was said, of what
--   week, old, new, reason  of the sealed week: what stood there, what should have stood there, and why
--   effect_unit, effect_city  new - old of the unit's (the city's) sum of that field in that week; NULL for a
--                             field that is not summed, 0 for the city where the unit does not count
--   rate_unit, rate_city      by how much that week's rate would have been another; NULL for a plan that was none or is
--                             none now: what its project had done would come or go with it, and is not known
-- yuan: effect_unit effect_city
-- trace: submission form key field week old new reason row effect_unit effect_city rate_unit rate_city |
--        corrected | form key field week old new reason row
-- trace: effect_unit effect_city | | field old new
-- trace: rate_unit rate_city | | week field effect_unit effect_city
-- trace: rate_unit | unit_week | week rate year_plan | week = (SELECT own.week FROM correction AS own WHERE
--        own.unit = :unit AND own.number = :number AND own.seq = :seq)
-- trace: rate_city | *unit_week | week rate year_plan | unit = :city AND week = (SELECT own.week FROM
--        correction AS own WHERE own.unit = :unit AND own.number = :number AND own.seq = :seq)
-- empty: old | the sealed week had nothing there | old IS NULL
-- empty: new | the correction empties it | new IS NULL
-- empty: reason | the sender gave none | reason IS NULL
-- empty: effect_unit effect_city | the field is not summed | effect_unit IS NULL
-- empty: rate_unit rate_city | only ytd_done and year_plan enter a rate | field NOT IN ('ytd_done', 'year_plan')
-- empty: rate_unit rate_city | the plan was none, or is none now: what its project had done is not known any more |
--        field = 'year_plan' AND (CAST(coalesce(old, 0) AS INTEGER) = 0 OR CAST(coalesce(new, 0) AS INTEGER) = 0)
-- empty: rate_unit rate_city | that week has no plan on record | rate_unit IS NULL
CREATE TABLE correction (
  unit        TEXT NOT NULL,
  number      INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  submission  TEXT NOT NULL,
  form        TEXT NOT NULL,
  key         TEXT NOT NULL,
  field       TEXT NOT NULL,
  week        TEXT NOT NULL,
  old         TEXT,
  new         TEXT,
  reason      TEXT,
  row         INTEGER,
  effect_unit INTEGER,
  effect_city INTEGER,
  rate_unit   REAL,
  rate_city   REAL,
  PRIMARY KEY (unit, number, seq)
);

INSERT INTO correction
WITH
  -- a project may be another unit's by now; CROSS: gone through once, each looked up in the few that were corrected
  planned AS (
    SELECT
      project.project_id,
      max(project.year_plan) > 0 AS has_plan
    FROM project
    CROSS JOIN (
      SELECT DISTINCT key
      FROM corrected
      WHERE form = 'progress'
        AND field = 'ytd_done') AS named
      ON named.key = project.project_id
    WHERE EXISTS (SELECT 1 FROM corrected)
    GROUP BY project.project_id
  ),
  amended AS (
    SELECT
      corrected.*,
      coalesce(unit.counts, 0) AS counts,
      CASE
        WHEN corrected.form = 'progress' AND field IN ('week_done', 'adjust', 'ytd_done', 'cum_done')
          OR corrected.form = 'project' AND field IN ('total_invest', 'year_plan')
        THEN CAST(coalesce(new, 0) AS INTEGER) - CAST(coalesce(old, 0) AS INTEGER)
      END AS effect,
      coalesce(planned.has_plan, 0) AS has_plan,
      CAST(coalesce(new, 0) AS INTEGER) > 0 AND CAST(coalesce(old, 0) AS INTEGER) > 0 AS was_and_is
    FROM corrected
    LEFT JOIN unit
      ON unit.unit = corrected.unit
    LEFT JOIN planned
      ON planned.project_id = corrected.key
  )
SELECT
  amended.unit,
  amended.number,
  amended.seq,
  :week || '/' || amended.unit || '/' || printf('%03d', amended.number),
  amended.form,
  amended.key,
  amended.field,
  amended.week,
  amended.old,
  amended.new,
  amended.reason,
  amended.row,
  amended.effect,
  amended.effect * amended.counts,
  CASE amended.field
    WHEN 'ytd_done' THEN 100.0 * amended.effect * amended.has_plan / nullif(its.year_plan, 0)
    WHEN 'year_plan' THEN its.rate * its.year_plan / nullif((its.year_plan + amended.effect) * amended.was_and_is, 0) - its.rate
  END,
  amended.counts * CASE amended.field
    WHEN 'ytd_done' THEN 100.0 * amended.effect * amended.has_plan / nullif(whole.year_plan, 0)
    WHEN 'year_plan' THEN whole.rate * whole.year_plan / nullif((whole.year_plan + amended.effect) * amended.was_and_is, 0) - whole.rate
  END
FROM amended
LEFT JOIN unit_week AS its
  ON its.unit = amended.unit
 AND its.week = amended.week
LEFT JOIN unit_week AS whole
  ON whole.unit = :city
 AND whole.week = amended.week;
