-- unit_week: how does each reporting unit stand, and the city, in every week of the year so far?
-- One row a week and unit that counts, and one for the city (its code is the office's).
-- Money in yuan; rates, coverage, pace and gap in percent points, unrounded: they are rounded once, where
-- they are printed.  Sums are over 在库 (project_week); rates come from sums, never from rates.
-- Source: project_week, project, due, submission; last week's unit_week for the weeks before.
-- Of a project that was moved this week the sums are the new unit's; the report was asked of the old unit, and
-- counts as that unit's in due, reported, missing, coverage and on_time.
--   due, reported, missing  reports of progress due, accepted this week, and the difference
--   coverage                到报率 = reported / due; NULL where nothing was due
--   on_time                 due projects whose first accepted report came by the cut-off
--   projects, total_invest  of projects 在库, in number and in yuan
--   week_done, adjust       this week's reports
--   ytd_done, cum_done      last known, added up
--   year_plan               of projects with a plan for this year
--   rate                    ytd_done / year_plan of projects with a plan; NULL where there is none
--   rate_low, rate_high     the missing as no change; the missing at their own planned pace
--   pace                    序时进度 by [pace] method: day, month (for month ends) or workday
--   gap                     rate less pace, unrounded
--   pace_planned            by the projects' own pace, weighted with their plans
--   unplanned_done          ytd_done of projects without a plan: beside the rate, not in it
--   rank                    by rate within the unit's class, ties share; NULL where the rate is NULL or
--                           coverage is below [rank] coverage
--   rank_before, rank_change  last week's rank; > 0: moved up by so many
--   saved                   结余: year_plan less ytd_done of projects that are 竣工 below their plan
--   year_starts             新开工 projects that start or started this year, without 暂缓
--   due_starts, started     those of them with plan_start by as_of; those with actual_start
--   start_rate              started / year_starts
--   finished                projects with actual_end in this year
--   green, yellow, red, grey  projects by lamp
-- The city's row is the sum of the units' in the columns named here (checked before a week is released):
-- adds: projects due reported missing on_time total_invest year_plan week_done adjust ytd_done cum_done
-- adds: unplanned_done year_starts due_starts started finished green yellow red grey saved
-- yuan: unplanned_done saved
-- trace: projects | project_week | standing
-- trace: due | project | status frequency | (unit, project_id) IN (SELECT unit, key FROM due
--        WHERE form = 'progress')
-- trace: reported coverage | | due reported missing
-- trace: reported coverage | project_week | silence reported_week | silence IS NOT NULL AND project_id IN
--        (SELECT key FROM due WHERE form = 'progress')
-- trace: missing | project_week | silence | silence IN ('待更正', '漏报', '未报送')
-- trace: on_time | submission | name received_at late verdict | NOT correction AND ' ' || coalesce(forms,
--        '') || ' ' LIKE '% progress %'
-- trace: on_time | project_week | reported_week silence | reported_week = :week AND silence IS NOT NULL
--        AND project_id IN (SELECT key FROM due WHERE form = 'progress')
-- trace: total_invest | project | total_invest | (unit, project_id) IN (SELECT unit, project_id FROM
--        project_week)
-- trace: year_plan | project_week | year_plan
-- trace: week_done | project_week | week_done
-- trace: adjust | project_week | adjust
-- trace: ytd_done | project_week | ytd_done
-- trace: cum_done | project_week | cum_done
-- trace: rate rate_low | | ytd_done year_plan unplanned_done
-- trace: gap | | rate pace
-- trace: rate rate_low gap | project_week | rate ytd_done year_plan | year_plan > 0
-- trace: rate_high | | rate year_plan
-- trace: rate_high | project_week | silence pace year_plan ytd_done | year_plan > 0 AND silence IN
--        ('待更正', '漏报', '未报送')
-- trace: pace | setting | name value | name = 'pace.method'
-- trace: pace | meta | name value | name = 'as_of'
-- trace: pace_planned | project_week | pace year_plan | year_plan > 0
-- trace: unplanned_done | project_week | ytd_done | year_plan = 0 AND ytd_done <> 0
-- trace: rank rank_change | | rate coverage rank rank_before
-- trace: rank rank_change | *unit_week | rank rate coverage
-- trace: rank_before | prev_unit_week | =rank rate coverage
-- trace: rank_change | prev_unit_week | rank rate coverage
-- empty: rank rank_before rank_change | the city has no rank | unit = :city
-- empty: rank rank_change | no plan for this year, so no rate | rate IS NULL
-- empty: rank rank_change | coverage is below [rank] coverage | rank IS NULL
-- empty: rank_before rank_change | it had no rank the week before, or there is no week before |
--        rank_before IS NULL
-- empty: coverage | nothing was due | due = 0
-- empty: rate rate_low rate_high gap pace_planned | no project has a plan for this year | year_plan = 0
-- empty: start_rate | no start is planned for this year | year_starts = 0
-- trace: start_rate | | started year_starts
-- trace: year_starts start_rate | project | plan_start actual_start | entry = '新开工' AND (unit,
--        project_id) IN (SELECT unit, project_id FROM project_week WHERE standing <> '暂缓') AND
--        substr(:as_of, 1, 4) IN (substr(plan_start, 1, 4), coalesce(substr(actual_start, 1, 4), ''))
-- trace: due_starts | project | plan_start actual_start | entry = '新开工' AND (unit, project_id) IN
--        (SELECT unit, project_id FROM project_week WHERE standing <> '暂缓') AND plan_start <= :as_of AND
--        substr(:as_of, 1, 4) IN (substr(plan_start, 1, 4), coalesce(substr(actual_start, 1, 4), ''))
-- trace: started | project | plan_start actual_start | entry = '新开工' AND (unit, project_id) IN (SELECT
--        unit, project_id FROM project_week WHERE standing <> '暂缓') AND actual_start IS NOT NULL AND
--        substr(:as_of, 1, 4) IN (substr(plan_start, 1, 4), substr(actual_start, 1, 4))
-- trace: finished | project | actual_end | substr(actual_end, 1, 4) = substr(:as_of, 1, 4) AND (unit,
--        project_id) IN (SELECT unit, project_id FROM project_week)
-- trace: green | project_week | lamp lamp_reason | lamp = '绿'
-- trace: yellow | project_week | lamp lamp_reason | lamp = '黄'
-- trace: red | project_week | lamp lamp_reason | lamp = '红'
-- trace: grey | project_week | lamp lamp_reason | lamp = '灰'
-- trace: saved | project_week | ytd_done year_plan | standing = '竣工' AND ytd_done < year_plan
CREATE TABLE unit_week (
  unit           TEXT NOT NULL,
  week           TEXT NOT NULL,
  projects       INTEGER NOT NULL,
  due            INTEGER NOT NULL,
  reported       INTEGER NOT NULL,
  missing        INTEGER NOT NULL,
  coverage       REAL,
  on_time        INTEGER NOT NULL,
  total_invest   INTEGER NOT NULL,
  year_plan      INTEGER NOT NULL,
  week_done      INTEGER NOT NULL,
  adjust         INTEGER NOT NULL,
  ytd_done       INTEGER NOT NULL,
  cum_done       INTEGER NOT NULL,
  rate           REAL,
  rate_low       REAL,
  rate_high      REAL,
  pace           REAL,
  pace_planned   REAL,
  gap            REAL,
  unplanned_done INTEGER NOT NULL,
  rank           INTEGER,
  rank_before    INTEGER,
  rank_change    INTEGER,
  year_starts    INTEGER NOT NULL,
  due_starts     INTEGER NOT NULL,
  started        INTEGER NOT NULL,
  start_rate     REAL,
  finished       INTEGER NOT NULL,
  green          INTEGER NOT NULL,
  yellow         INTEGER NOT NULL,
  red            INTEGER NOT NULL,
  grey           INTEGER NOT NULL,
  saved          INTEGER NOT NULL,
  PRIMARY KEY (unit, week)
);

INSERT INTO unit_week
WITH
  -- a unit's figures go into its own row and into the city's
  place AS (
    SELECT unit AS place, unit, coalesce(class, '') AS class, 0 AS is_city
    FROM unit
    WHERE counts
    UNION ALL
    SELECT :city, unit, '', 1
    FROM unit
    WHERE counts
  ),
  calendar AS (
    SELECT
      CASE setting('pace.method')
        WHEN 'month' THEN (substr(:as_of, 6, 2) * 1000000 + 6) / 12
        WHEN 'workday' THEN round_half(1e6 * workdays(substr(:as_of, 1, 4) || '-01-01', :as_of)
          / workdays(substr(:as_of, 1, 4) || '-01-01', substr(:as_of, 1, 4) || '-12-31'), 0)
        ELSE day_share(substr(:as_of, 1, 4) || '-01-01', substr(:as_of, 1, 4) || '-12-31', :as_of)
      END / 10000.0 AS pace
  ),
  -- asked of the primary keys in their order: nothing has to be sorted
  by_unit AS MATERIALIZED (
    SELECT
      project_week.unit,
      count(*) AS projects,
      sum(project.total_invest) AS total_invest,
      sum(project_week.year_plan) AS year_plan,
      sum(coalesce(week_done, 0)) AS week_done,
      sum(coalesce(adjust, 0)) AS adjust,
      sum(ytd_done) AS ytd_done,
      sum(cum_done) AS cum_done,
      sum(CASE WHEN project_week.year_plan > 0 THEN ytd_done ELSE 0 END) AS planned_ytd,
      sum(CASE WHEN project_week.year_plan > 0 THEN 0 ELSE ytd_done END) AS unplanned_done,
      -- each project with what its plan would have it done by now, in yuan
      sum(CAST(round(project_week.year_plan * pace / 100) AS INTEGER)) AS planned_done,
      sum(CASE
        WHEN project_week.year_plan = 0 THEN 0
        WHEN silence IN ('待更正', '漏报', '未报送')
        THEN CAST(round(project_week.year_plan * pace / 100) AS INTEGER)
        ELSE ytd_done
      END) AS highest_ytd,
      count(*) FILTER (WHERE entry = '新开工' AND standing <> '暂缓'
        AND substr(:as_of, 1, 4) IN (substr(plan_start, 1, 4), coalesce(substr(actual_start, 1, 4), ''))) AS year_starts,
      count(*) FILTER (WHERE entry = '新开工' AND standing <> '暂缓'
        AND substr(:as_of, 1, 4) IN (substr(plan_start, 1, 4), coalesce(substr(actual_start, 1, 4), ''))
        AND plan_start <= :as_of) AS due_starts,
      count(*) FILTER (WHERE entry = '新开工' AND standing <> '暂缓'
        AND substr(:as_of, 1, 4) IN (substr(plan_start, 1, 4), substr(actual_start, 1, 4))
        AND actual_start IS NOT NULL) AS started,
      count(*) FILTER (WHERE substr(actual_end, 1, 4) = substr(:as_of, 1, 4)) AS finished,
      sum(lamp = '绿') AS green,
      sum(lamp = '黄') AS yellow,
      sum(lamp = '红') AS red,
      sum(lamp = '灰') AS grey,
      sum(CASE WHEN standing = '竣工' THEN max(0, project_week.year_plan - ytd_done) ELSE 0 END) AS saved
    FROM project_week
    JOIN project
      ON project.unit = project_week.unit
     AND project.project_id = project_week.project_id
    GROUP BY project_week.unit
  ),
  totals AS (
    SELECT
      place.place,
      sum(projects) AS projects,
      sum(total_invest) AS total_invest,
      sum(year_plan) AS year_plan,
      sum(week_done) AS week_done,
      sum(adjust) AS adjust,
      sum(ytd_done) AS ytd_done,
      sum(cum_done) AS cum_done,
      sum(planned_ytd) AS planned_ytd,
      sum(unplanned_done) AS unplanned_done,
      sum(highest_ytd) AS highest_ytd,
      sum(planned_done) AS planned_done,
      sum(year_starts) AS year_starts,
      sum(due_starts) AS due_starts,
      sum(started) AS started,
      sum(finished) AS finished,
      sum(green) AS green,
      sum(yellow) AS yellow,
      sum(red) AS red,
      sum(grey) AS grey,
      sum(saved) AS saved
    FROM place
    JOIN by_unit
      ON by_unit.unit = place.unit
    GROUP BY place.place
  ),
  -- the report of a project that was moved this week stands with its new unit
  asked AS MATERIALIZED (
    SELECT
      due.unit,
      count(*) AS due,
      count(progress.project_id) AS reported,
      count(submission.unit) AS on_time
    FROM due
    LEFT JOIN moved
      ON moved.form = 'progress'
     AND moved.from_unit = due.unit
     AND moved.key = due.key
    LEFT JOIN progress
      ON progress.unit = coalesce(moved.to_unit, due.unit)
     AND progress.project_id = due.key
     AND progress._week = :week
    LEFT JOIN submission
      ON submission.unit = due.unit
     AND submission.number = CAST(substr(progress._first, length(due.unit) + 11) AS INTEGER)
     AND NOT submission.late
    WHERE due.form = 'progress'
    GROUP BY due.unit
  ),
  reports AS (
    SELECT
      place.place,
      sum(due) AS due,
      sum(reported) AS reported,
      sum(on_time) AS on_time
    FROM place
    JOIN asked
      ON asked.unit = place.unit
    GROUP BY place.place
  ),
  rated AS (
    SELECT
      place.place,
      place.class,
      place.is_city,
      coalesce(totals.projects, 0) AS projects,
      coalesce(reports.due, 0) AS due,
      coalesce(reports.reported, 0) AS reported,
      100.0 * reports.reported / reports.due AS coverage,
      coalesce(reports.on_time, 0) AS on_time,
      coalesce(totals.total_invest, 0) AS total_invest,
      coalesce(totals.year_plan, 0) AS year_plan,
      coalesce(totals.week_done, 0) AS week_done,
      coalesce(totals.adjust, 0) AS adjust,
      coalesce(totals.ytd_done, 0) AS ytd_done,
      coalesce(totals.cum_done, 0) AS cum_done,
      CASE WHEN totals.year_plan > 0 THEN 100.0 * totals.planned_ytd / totals.year_plan END AS rate,
      CASE
        WHEN totals.year_plan > 0
        THEN 100.0 * max(totals.planned_ytd, totals.highest_ytd) / totals.year_plan
      END AS rate_high,
      calendar.pace,
      CASE WHEN totals.year_plan > 0 THEN 100.0 * totals.planned_done / totals.year_plan END AS pace_planned,
      coalesce(totals.unplanned_done, 0) AS unplanned_done,
      coalesce(totals.year_starts, 0) AS year_starts,
      coalesce(totals.due_starts, 0) AS due_starts,
      coalesce(totals.started, 0) AS started,
      CASE WHEN totals.year_starts > 0 THEN 100.0 * totals.started / totals.year_starts END AS start_rate,
      coalesce(totals.finished, 0) AS finished,
      coalesce(totals.green, 0) AS green,
      coalesce(totals.yellow, 0) AS yellow,
      coalesce(totals.red, 0) AS red,
      coalesce(totals.grey, 0) AS grey,
      coalesce(totals.saved, 0) AS saved
    FROM (SELECT DISTINCT place, class, is_city FROM place) AS place
    JOIN calendar
    LEFT JOIN totals
      ON totals.place = place.place
    LEFT JOIN reports
      ON reports.place = place.place
  ),
  ranked AS (
    SELECT
      place,
      rank() OVER (PARTITION BY class ORDER BY rate DESC) AS rank
    FROM rated
    WHERE NOT is_city
      AND rate IS NOT NULL
      AND coalesce(coverage, 100) >= setting('rank.coverage')
  ),
  last_week AS (
    SELECT unit, rank
    FROM prev_unit_week
    WHERE week = (SELECT max(week) FROM prev_unit_week)
  )
SELECT *
FROM prev_unit_week
WHERE substr(week, 1, 4) = substr(:week, 1, 4)
UNION ALL
SELECT
  rated.place,
  :week,
  projects,
  due,
  reported,
  due - reported,
  coverage,
  on_time,
  total_invest,
  year_plan,
  week_done,
  adjust,
  ytd_done,
  cum_done,
  rate,
  rate,
  rate_high,
  pace,
  pace_planned,
  rate - pace,
  unplanned_done,
  ranked.rank,
  last_week.rank,
  last_week.rank - ranked.rank,
  year_starts,
  due_starts,
  started,
  start_rate,
  finished,
  green,
  yellow,
  red,
  grey,
  saved
FROM rated
LEFT JOIN ranked
  ON ranked.place = rated.place
LEFT JOIN last_week
  ON last_week.unit = rated.place;
