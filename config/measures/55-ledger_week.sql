-- ledger_week: does what was done this year, and its rate, follow from last week's, and if not, why?
-- One row a unit that counts, and one for the city (the sum of the units).  Money in yuan, rates in percent points.
--   ytd = ytd_before + week_done + adjust + entered + moved_in - moved_out - withdrawn + corrected + other
-- Source: unit_week, project_week of this week and the week before, move_week, corrected.
--   ytd_before   last week's ytd_done; 0 in the year's first window.  In the first week of the record, where nothing
--                was before, what makes the sum hold
--   week_done, adjust    this week's reports, added up
--   ytd, year_plan, rate  as in unit_week
--   rate_before  last week's rate; NULL in the year's first window
--   entered      done this year before this week by projects that are new in hand
--   moved_in, moved_out   by projects that came from, or went to, another unit
--   withdrawn    by projects that left otherwise (退库, 撤销, 转储备)
--   corrected    changes of the ytd_done of projects for which a sealed week was corrected
--   other        what is left: sums rounded by the sender, figures accepted with a reason
--   holds        1 where ytd = ytd_before + week_done + adjust needs no further word: not even one that cancels
--   plan_*       the same of year_plan: plan_changed of projects that stayed
--   came, went   how many projects
--   rate_moved   by how much the rate would differ from rate_before had nothing been done this week: what
--                coming, going and new plans alone did to it; NULL without a rate in either week
-- adds: ytd_before week_done adjust entered moved_in moved_out withdrawn corrected other ytd
-- adds: plan_before plan_entered plan_moved_in plan_moved_out plan_withdrawn plan_changed year_plan came went
-- yuan: ytd_before entered moved_in moved_out withdrawn corrected other ytd plan_*
-- trace: ytd holds other | | ytd_before week_done adjust entered moved_in moved_out withdrawn corrected
--        other ytd
-- trace: ytd holds other | unit_week | ytd_done
-- trace: holds other | *prev_unit_week | ytd_done | unit = :unit AND substr(week, 1, 4) = substr(:week, 1, 4)
-- trace: ytd_before | unit_week | week ytd_done | week = (SELECT max(earlier.week) FROM unit_week AS
--        earlier WHERE earlier.week < :week)
-- trace: week_done | project_week | week_done
-- trace: adjust | project_week | adjust
-- trace: entered came | move_week | ytd_done what | what = '新入库'
-- trace: moved_in came | move_week | ytd_done what other | what = '划入'
-- trace: moved_out went | move_week | ytd_done what other | what = '划出'
-- trace: withdrawn went | move_week | ytd_done what | what IN ('退库', '转储备', '上年竣工', '撤销')
-- trace: corrected | corrected | key field week old new reason | form = 'progress'
-- trace: plan_before | unit_week | week year_plan | week = (SELECT max(earlier.week) FROM unit_week AS
--        earlier WHERE earlier.week < :week)
-- trace: plan_entered | move_week | year_plan what | what = '新入库'
-- trace: plan_moved_in | move_week | year_plan what other | what = '划入'
-- trace: plan_moved_out | move_week | year_plan what other | what = '划出'
-- trace: plan_withdrawn | move_week | year_plan what | what IN ('退库', '转储备', '上年竣工', '撤销')
-- trace: plan_changed year_plan | | plan_before plan_entered plan_moved_in plan_moved_out plan_withdrawn
--        plan_changed year_plan
-- trace: plan_changed year_plan | project_week | year_plan
-- trace: rate rate_moved rate_before | | rate_before rate_moved rate ytd_before plan_before ytd year_plan
-- trace: rate rate_moved | unit_week | rate ytd_done year_plan
-- trace: rate_before | prev_unit_week | =rate ytd_done year_plan | substr(week, 1, 4) = substr(:week, 1, 4)
-- empty: rate_before rate_moved | the year's first window: its rate starts anew | NOT EXISTS (SELECT 1 FROM
--        unit_week AS earlier WHERE earlier.week < :week)
-- empty: rate_before rate_moved | no plan for this year the week before | rate_before IS NULL
-- empty: rate rate_moved | no plan for this year | year_plan = 0
CREATE TABLE ledger_week (
  unit           TEXT NOT NULL,
  week           TEXT NOT NULL,
  ytd_before     INTEGER NOT NULL,
  week_done      INTEGER NOT NULL,
  adjust         INTEGER NOT NULL,
  entered        INTEGER NOT NULL,
  moved_in       INTEGER NOT NULL,
  moved_out      INTEGER NOT NULL,
  withdrawn      INTEGER NOT NULL,
  corrected      INTEGER NOT NULL,
  other          INTEGER NOT NULL,
  ytd            INTEGER NOT NULL,
  holds          INTEGER NOT NULL,
  plan_before    INTEGER NOT NULL,
  plan_entered   INTEGER NOT NULL,
  plan_moved_in  INTEGER NOT NULL,
  plan_moved_out INTEGER NOT NULL,
  plan_withdrawn INTEGER NOT NULL,
  plan_changed   INTEGER NOT NULL,
  year_plan      INTEGER NOT NULL,
  came           INTEGER NOT NULL,
  went           INTEGER NOT NULL,
  rate_before    REAL,
  rate_moved     REAL,
  rate           REAL,
  PRIMARY KEY (unit, week)
);

INSERT INTO ledger_week
WITH
  place AS (
    SELECT unit AS place, unit
    FROM unit
    WHERE counts
    UNION ALL
    SELECT :city, unit
    FROM unit
    WHERE counts
  ),
  before AS (
    SELECT
      unit,
      ytd_done,
      year_plan,
      rate
    FROM prev_unit_week
    WHERE week = (SELECT max(week) FROM prev_unit_week)
      AND substr(week, 1, 4) = substr(:week, 1, 4)
  ),
  calendar AS (
    SELECT
      count(*) > 0 AS has_before,
      coalesce(max(substr(week, 1, 4)) = substr(:week, 1, 4), 0) AS same_year
    FROM prev_unit_week
    WHERE week = (SELECT max(week) FROM prev_unit_week)
  ),
  amended AS (
    SELECT DISTINCT key
    FROM corrected
    WHERE form = 'progress'
  ),
  -- what a project in hand had before this week; NULL if it was not in hand anywhere
  stood AS (
    SELECT
      now.unit,
      now.year_plan,
      now.ytd_done - coalesce(now.week_done, 0) - coalesce(now.adjust, 0) AS said,
      before.ytd_done * calendar.same_year AS was,
      before.year_plan * calendar.same_year AS plan_was,
      moved.to_unit IS NOT NULL AS is_moved,
      amended.key IS NOT NULL AS is_amended
    FROM project_week AS now
    JOIN calendar
    LEFT JOIN moved
      ON moved.form = 'project'
     AND moved.key = now.project_id
     AND moved.to_unit = now.unit
    LEFT JOIN prev_project_week AS before
      ON before.unit = coalesce(moved.from_unit, now.unit)
     AND before.project_id = now.project_id
    LEFT JOIN amended
      ON amended.key = now.project_id
  ),
  stayed AS MATERIALIZED (
    SELECT
      unit,
      sum(CASE WHEN was IS NULL THEN said ELSE 0 END) AS entered,
      sum(CASE WHEN is_moved THEN coalesce(was, 0) ELSE 0 END) AS moved_in,
      sum(CASE WHEN is_amended THEN coalesce(said - was, 0) ELSE 0 END) AS corrected,
      sum(CASE WHEN NOT is_amended THEN coalesce(said - was, 0) ELSE 0 END) AS other,
      sum(CASE WHEN was IS NULL THEN year_plan ELSE 0 END) AS plan_entered,
      sum(CASE WHEN is_moved THEN coalesce(plan_was, 0) ELSE 0 END) AS plan_moved_in,
      sum(coalesce(year_plan - plan_was, 0)) AS plan_changed,
      sum(CASE WHEN year_plan > 0 THEN coalesce(was, said) ELSE 0 END) AS base
    FROM stood
    GROUP BY unit
  ),
  crossed AS (
    SELECT
      unit,
      sum(CASE WHEN what = '划出' THEN ytd_done ELSE 0 END) AS moved_out,
      sum(CASE WHEN what IN ('退库', '转储备', '上年竣工', '撤销') THEN ytd_done ELSE 0 END) AS withdrawn,
      sum(CASE WHEN what = '划出' THEN year_plan ELSE 0 END) AS plan_moved_out,
      sum(CASE WHEN what IN ('退库', '转储备', '上年竣工', '撤销') THEN year_plan ELSE 0 END) AS plan_withdrawn,
      sum(what IN ('新入库', '划入')) AS came,
      sum(what NOT IN ('新入库', '划入')) AS went
    FROM move_week
    GROUP BY unit
  ),
  summed AS (
    SELECT
      place.place,
      sum(coalesce(stayed.entered, 0)) AS entered,
      sum(coalesce(stayed.moved_in, 0)) AS moved_in,
      sum(coalesce(stayed.corrected, 0)) AS corrected,
      sum(coalesce(stayed.other, 0)) AS other,
      sum(coalesce(stayed.plan_entered, 0)) AS plan_entered,
      sum(coalesce(stayed.plan_moved_in, 0)) AS plan_moved_in,
      sum(coalesce(stayed.plan_changed, 0)) AS plan_changed,
      sum(coalesce(stayed.base, 0)) AS base,
      sum(coalesce(crossed.moved_out, 0)) AS moved_out,
      sum(coalesce(crossed.withdrawn, 0)) AS withdrawn,
      sum(coalesce(crossed.plan_moved_out, 0)) AS plan_moved_out,
      sum(coalesce(crossed.plan_withdrawn, 0)) AS plan_withdrawn,
      sum(coalesce(crossed.came, 0)) AS came,
      sum(coalesce(crossed.went, 0)) AS went
    FROM place
    LEFT JOIN stayed
      ON stayed.unit = place.unit
    LEFT JOIN crossed
      ON crossed.unit = place.unit
    GROUP BY place.place
  ),
  -- where there was no week before, nothing came in: it was there
  told AS (
    SELECT
      summed.place,
      unit_week.week,
      CASE
        WHEN calendar.has_before THEN coalesce(before.ytd_done, 0)
        ELSE unit_week.ytd_done - unit_week.week_done - unit_week.adjust
      END AS ytd_before,
      unit_week.week_done,
      unit_week.adjust,
      summed.entered * calendar.has_before AS entered,
      summed.moved_in,
      summed.moved_out,
      summed.withdrawn,
      summed.corrected,
      summed.other,
      unit_week.ytd_done AS ytd,
      CASE
        WHEN calendar.has_before THEN coalesce(before.year_plan, 0)
        ELSE unit_week.year_plan
      END AS plan_before,
      summed.plan_entered * calendar.has_before AS plan_entered,
      summed.plan_moved_in,
      summed.plan_moved_out,
      summed.plan_withdrawn,
      summed.plan_changed,
      unit_week.year_plan,
      summed.came,
      summed.went,
      before.rate AS rate_before,
      100.0 * summed.base / nullif(unit_week.year_plan, 0) - before.rate AS rate_moved,
      unit_week.rate
    FROM summed
    JOIN calendar
    JOIN unit_week
      ON unit_week.unit = summed.place
     AND unit_week.week = :week
    LEFT JOIN before
      ON before.unit = summed.place
  )
SELECT
  place,
  week,
  ytd_before,
  week_done,
  adjust,
  entered,
  moved_in,
  moved_out,
  withdrawn,
  corrected,
  other,
  ytd,
  entered = 0 AND moved_in = moved_out AND withdrawn = 0 AND corrected = 0 AND other = 0,
  plan_before,
  plan_entered,
  plan_moved_in,
  plan_moved_out,
  plan_withdrawn,
  plan_changed,
  year_plan,
  came,
  went,
  rate_before,
  rate_moved,
  rate
FROM told;
