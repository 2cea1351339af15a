-- project_week: how does each project stand this week, and why does its lamp show what it shows?
-- One row a project that is 在库: not 储备, 退库 (reported or approved) or withdrawn, and not 竣工 in an earlier year.
-- Money in yuan; rate, pace and gap in percent points, unrounded; pace is the project's own: the share of
-- its active days of the year that have elapsed.  Weeks are reporting windows.
-- Source: forms project, progress, milestone, problem; change_week; this week's submissions and what was due;
-- last week's project_week.  A project that was moved keeps its history; its reports were asked of the old unit.
--   reported_week  the week of its last report
--   week_done, adjust  this week's report, NULL without one
--   ytd_done       last known; 0 if not reported this year
--   cum_done       last known
--   rate           ytd_done / year_plan; NULL without a plan
--   pace           the share of its active days of the year that have elapsed
--   gap            rate less pace
--   year_plan      0 if there is none, or it was last reported in an earlier year
--   silence        已报送 / 零进展（已说明） / 内容雷同 / 待更正 / 漏报 / 未报送; NULL: neither reported nor due
--   standing       the status that counts: 暂缓 where it is approved; once the office has approved a 暂缓 at all,
--                  暂缓 and 停工 without approval count as 未开工 or 在建
--   lamp           by the first that holds: 灰, 红, 黄, 绿; thresholds: [lamp]
--   lamp_reason    which of the conditions it was, with its figures
--   lamp_before    last week's lamp
--   lamp_self      the lamp that the unit gave itself this week
--   weeks_red      windows in a row that it has been 红
--   weeks_stalled  reports in a row with week_done 0 while 在建
--   weeks_missing  windows in a row that it was due and 漏报 or 待更正
--   weeks_same     reports in a row with this same stage text, the first included; of those after it only such with
--                  week_done > 0 count, since without progress an unchanged stage is as it should be
--   recent         the last eight windows: week, week_done (null: no report), cum_done, digest of stage
--   forecast_*     a hint, from [forecast] weeks on: speed = change of cum_done over at least [forecast] days;
--                  NULL without reports to measure it, the finish also where it is ten years off
--
-- LIMIT -1 keeps a step a step: rows pass through one at a time, and what it computes is not asked again for every
-- use.  Each such step copies its columns, so there are few of them, and they name no more than is wanted.
-- trace: reported_week week_done adjust | progress | week_done adjust
-- trace: ytd_done | progress | ytd_done
-- trace: cum_done | progress | cum_done
-- trace: year_plan | project | year_plan
-- trace: rate | | ytd_done year_plan
-- trace: gap | | rate pace
-- trace: rate gap forecast_rate | progress | ytd_done
-- trace: rate gap forecast_rate | project | year_plan
-- trace: pace gap | project | plan_start plan_end
-- trace: lamp lamp_reason weeks_red | | lamp_reason lamp_before standing silence rate pace gap
--        weeks_missing
-- trace: lamp lamp_reason weeks_red | project | status plan_start plan_end year_plan
-- trace: lamp lamp_reason weeks_red | progress | ytd_done
-- trace: lamp lamp_reason weeks_red | milestone_week | days_overdue plan_date | days_overdue > 0
-- trace: lamp lamp_reason weeks_red | problem_week | days_overdue due | days_overdue > 0
-- trace: lamp lamp_reason weeks_red standing | *change_week | kind effective state
-- trace: standing | project | status actual_start
-- trace: silence weeks_missing | due | key | form = 'progress' AND key = :project_id
-- trace: silence weeks_missing | submission | name received_at verdict | NOT correction AND ' ' ||
--        coalesce(forms, 'progress') || ' ' LIKE '% progress %'
-- trace: silence weeks_missing | finding | rule message | form = 'progress' AND key = :project_id AND held
-- trace: silence weeks_stalled weeks_same weeks_missing | progress | week_done stage
-- trace: lamp_self | progress | lamp_self
-- trace: lamp_before | | lamp
-- trace: lamp_before | *prev_project_week | =lamp lamp_reason
-- trace: lamp lamp_reason | *prev_project_week | lamp lamp_reason
-- trace: weeks_red | | lamp
-- trace: weeks_red | *prev_project_week | weeks_red lamp
-- trace: weeks_stalled | *prev_project_week | weeks_stalled
-- trace: weeks_missing | *prev_project_week | weeks_missing silence
-- trace: weeks_same silence | *prev_progress | stage
-- trace: weeks_same | *prev_project_week | weeks_same
-- trace: recent forecast_rate forecast_finish | *prev_project_week | recent
-- trace: forecast_rate forecast_finish | | recent ytd_done cum_done year_plan standing
-- trace: forecast_rate forecast_finish | setting | name value | name IN ('forecast.weeks',
--        'forecast.days')
-- trace: recent forecast_finish | progress | cum_done stage week_done
-- trace: forecast_finish | project | total_invest
-- empty: reported_week | it has not been reported since it is on record | reported_week IS NULL
-- empty: week_done adjust lamp_self | no report of it was accepted this week | reported_week IS NULL OR
--        reported_week <> :week
-- empty: lamp_self | the report leaves the column empty | lamp_self IS NULL
-- empty: silence | neither reported nor due this week | silence IS NULL
-- empty: rate gap | no plan for this year | year_plan = 0
-- empty: lamp_before | it was not in hand the week before | lamp_before IS NULL
-- empty: forecast_rate forecast_finish | only a project that is 在建 has one | standing <> '在建'
-- empty: forecast_rate forecast_finish | recent knows fewer windows than [forecast] weeks wants |
--        weeks_count(recent) < setting('forecast.weeks')
-- empty: forecast_rate | no plan for this year | year_plan = 0
-- empty: forecast_rate forecast_finish | no report [forecast] days before the last one to measure a speed by
--        | forecast_rate IS NULL AND forecast_finish IS NULL
-- empty: forecast_finish | nothing was done in that time, nothing is left to do, or it is ten years off |
--        forecast_finish IS NULL
CREATE TABLE project_week (
  unit            TEXT NOT NULL,
  project_id      TEXT NOT NULL,
  reported_week   TEXT,
  silence         TEXT,
  week_done       INTEGER,
  adjust          INTEGER,
  ytd_done        INTEGER NOT NULL,
  cum_done        INTEGER NOT NULL,
  year_plan       INTEGER NOT NULL,
  rate            REAL,
  pace            REAL,
  gap             REAL,
  lamp            TEXT NOT NULL,
  lamp_reason     TEXT,
  lamp_before     TEXT,
  weeks_red       INTEGER NOT NULL,
  weeks_stalled   INTEGER NOT NULL,
  lamp_self       TEXT,
  forecast_rate   REAL,
  forecast_finish TEXT,
  recent          TEXT NOT NULL,
  weeks_missing   INTEGER NOT NULL,
  weeks_same      INTEGER NOT NULL,
  standing        TEXT NOT NULL,
  PRIMARY KEY (unit, project_id)
) WITHOUT ROWID;

INSERT INTO project_week
WITH
  -- what each unit sent as this week's progress; a refused file may not say which form it was
  sending AS (
    SELECT
      unit.unit,
      count(submission.unit) > 0 AS has_sent,
      coalesce(max(submission.verdict = 'refused'), 0) AS refused,
      EXISTS (SELECT 1 FROM due WHERE due.unit = unit.unit AND due.form = 'progress') AS is_asked
    FROM unit
    LEFT JOIN submission
      ON submission.unit = unit.unit
     AND NOT submission.correction
     AND (forms IS NULL OR forms = '' OR ' ' || forms || ' ' LIKE '% progress %')
    GROUP BY unit.unit
  ),
  held AS (
    SELECT DISTINCT
      finding.unit,
      finding.key
    FROM finding
    JOIN submission
      ON submission.unit = finding.unit
     AND submission.number = finding.number
    WHERE finding.form = 'progress'
      AND finding.held
      AND NOT submission.correction
  ),
  late_node AS (
    SELECT
      unit,
      project_id,
      max(days_overdue) AS days
    FROM milestone_week
    WHERE days_overdue > 0
      AND unit > :after
      AND unit <= :through
    GROUP BY unit, project_id
  ),
  late_problem AS (
    SELECT
      project_id,
      problem_id,
      max(days_overdue) AS days
    FROM problem_week
    WHERE days_overdue > 0
      AND project_id IS NOT NULL
    GROUP BY project_id
  ),
  fate AS (
    SELECT
      project_id,
      kind
    FROM change_week
    WHERE decides
  ),
  register AS (
    SELECT count(*) > 0 AS is_kept
    FROM change_week
    WHERE kind = '暂缓'
      AND effective <= :as_of
  ),

  -- what is known of each project
  known AS (
    SELECT
      project.unit,
      project.project_id,
      project.status,
      CASE
        WHEN project.status = '竣工' THEN '竣工'
        WHEN fate.kind = '暂缓' THEN '暂缓'
        WHEN project.status NOT IN ('暂缓', '停工') OR NOT register.is_kept THEN project.status
        WHEN project.actual_start IS NULL THEN '未开工'
        ELSE '在建'
      END AS standing,
      coalesce(fate.kind = '暂缓', 0) AS is_parked,
      project.plan_start,
      project.plan_end,
      project.total_invest,
      progress._week AS reported_week,
      coalesce(progress._week = :week, 0) AS reported,
      progress.week_done,
      progress.adjust,
      CASE
        WHEN progress._week >= substr(:week, 1, 4) THEN coalesce(progress.ytd_done, 0)
        ELSE 0
      END AS ytd_done,
      coalesce(progress.cum_done, 0) AS cum_done,
      progress._week = :week AND progress.note IS NOT NULL AS is_explained,
      CASE WHEN progress._week = :week THEN progress.lamp_self END AS lamp_self,
      CASE
        WHEN project._week >= substr(:week, 1, 4) THEN coalesce(project.year_plan, 0)
        ELSE 0
      END AS year_plan,
      day_share(
        max(project.plan_start, substr(:as_of, 1, 4) || '-01-01'),
        min(project.plan_end, substr(:as_of, 1, 4) || '-12-31'),
        :as_of) / 10000.0 AS pace,
      day_diff(:as_of, project.plan_start) AS since_start,
      day_diff(:as_of, project.plan_end) AS since_end,
      due.key IS NOT NULL AS is_due,
      held.key IS NOT NULL AS is_held,
      coalesce(sending.has_sent, 0) AS unit_sent,
      coalesce(sending.refused, 0) AS unit_refused,
      coalesce(sending.is_asked AND NOT sending.has_sent, 0) AS unit_silent,
      CASE
        WHEN progress._week <> :week THEN NULL
        WHEN before.recent IS NOT NULL
        THEN substr(digest(squash(progress.stage)), 1, 16) = weeks_value(before.recent, 'stage', 'week', :week, 0)
        ELSE squash(progress.stage) = (
          SELECT squash(last_report.stage)
          FROM prev_progress AS last_report
          WHERE last_report.unit = coalesce(moved.from_unit, project.unit)
            AND last_report.project_id = project.project_id)
      END AS is_same,
      late_node.days AS node_days,
      late_problem.problem_id,
      late_problem.days AS problem_days,
      before.lamp AS lamp_before,
      CASE WHEN sending.is_asked AND NOT sending.has_sent THEN before.lamp_reason END AS reason_before,
      coalesce(before.weeks_red, 0) AS red_before,
      coalesce(before.weeks_stalled, 0) AS stalled_before,
      coalesce(before.weeks_missing, 0) AS missing_before,
      before.weeks_same AS same_before,
      weeks_add(
        coalesce(before.recent, '[]'),
        json_object(
          'week', :week,
          'week_done', CASE WHEN progress._week = :week THEN progress.week_done END,
          'cum_done', coalesce(progress.cum_done, 0),
          'stage', substr(digest(squash(progress.stage)), 1, 16)),
        8) AS recent
    FROM project
    JOIN register
    LEFT JOIN progress
      ON progress.unit = project.unit
     AND progress.project_id = project.project_id
    LEFT JOIN moved
      ON moved.form = 'project'
     AND moved.to_unit = project.unit
     AND moved.key = project.project_id
    LEFT JOIN due
      ON due.unit = coalesce(moved.from_unit, project.unit)
     AND due.form = 'progress'
     AND due.key = project.project_id
    LEFT JOIN held
      ON held.unit = coalesce(moved.from_unit, project.unit)
     AND held.key = project.project_id
    LEFT JOIN sending
      ON sending.unit = coalesce(moved.from_unit, project.unit)
    LEFT JOIN late_node
      ON late_node.unit = project.unit
     AND late_node.project_id = project.project_id
    LEFT JOIN late_problem
      ON late_problem.project_id = project.project_id
    LEFT JOIN fate
      ON fate.project_id = project.project_id
    LEFT JOIN prev_project_week AS before
      ON before.unit = coalesce(moved.from_unit, project.unit)
     AND before.project_id = project.project_id
    WHERE project.unit > :after
      AND project.unit <= :through
      AND project.status NOT IN ('储备', '退库')
      AND coalesce(fate.kind, '') <> '退库'
      AND NOT (project.status = '竣工'
           AND coalesce(substr(project.actual_end, 1, 4), substr(project._week, 1, 4)) < substr(:as_of, 1, 4))
    LIMIT -1
  ),

  -- did it report, how far is it
  measured AS (
    SELECT
      known.*,
      CASE
        WHEN week_done = 0 AND is_explained THEN '零进展（已说明）'
        WHEN is_same AND week_done > 0 THEN '内容雷同'
        WHEN reported THEN '已报送'
        WHEN NOT is_due THEN NULL
        WHEN is_held OR unit_refused THEN '待更正'
        WHEN unit_sent THEN '漏报'
        ELSE '未报送'
      END AS silence,
      is_due AND unit_sent AND NOT reported AS left_out,
      CASE WHEN year_plan > 0 THEN 100.0 * ytd_done / year_plan END AS rate,
      standing = '未开工' AND since_start > 0 AS start_overdue
    FROM known
  ),
  -- how far should it be, and how long has it been so
  counted AS (
    SELECT
      measured.*,
      rate - pace AS gap,
      CASE
        WHEN reported THEN 0
        ELSE missing_before + left_out
      END AS weeks_missing,
      CASE
        WHEN NOT reported THEN coalesce(same_before, 0)
        WHEN is_same THEN coalesce(same_before, 1) + (week_done > 0)
        ELSE 1
      END AS weeks_same,
      CASE
        WHEN standing <> '在建' THEN 0
        WHEN NOT reported THEN stalled_before
        WHEN week_done = 0 THEN stalled_before + 1
        ELSE 0
      END AS weeks_stalled,
      CASE
        WHEN standing = '在建' AND weeks_count(recent) >= setting('forecast.weeks')
        THEN weeks_value(recent, 'week', 'week_done', :week, 0)
      END AS newest
    FROM measured
  ),

  -- the colour and its reason in one text: the colour is the first letter; on an edge 39.95 - 40 is -0.05, whatever
  -- the last place of a real says
  reasoned AS (
    SELECT
      unit,
      project_id,
      status,
      standing,
      total_invest,
      reported_week,
      silence,
      CASE WHEN reported THEN week_done END AS week_done,
      CASE WHEN reported THEN coalesce(adjust, 0) END AS adjust,
      ytd_done,
      cum_done,
      year_plan,
      rate,
      pace,
      gap,
      lamp_before,
      lamp_self,
      reason_before,
      red_before,
      weeks_stalled,
      weeks_missing,
      weeks_same,
      CASE
        WHEN is_parked AND standing = '暂缓' THEN '灰' || '经批准暂缓'
        WHEN unit_silent AND lamp_before IS NOT NULL THEN NULL
        WHEN standing IN ('竣工', '暂缓', '停工') THEN '灰' || standing
        WHEN standing = '未开工' AND plan_start > :as_of THEN '灰' || '计划' || plan_start || '开工'
        WHEN year_plan = 0 THEN '灰' || '无年度计划'

        WHEN round_half(gap, 9) < -setting('lamp.red_gap')
         AND rate < setting('lamp.red_ratio') * pace
         AND since_start >= setting('lamp.red_grace')
        THEN '红' || '完成率' || fixed(rate, 1) || '%，落后本项目时间进度' || fixed(-gap, 1)
          || '个百分点（时间进度' || fixed(pace, 1) || '%）'
        WHEN start_overdue AND since_start > setting('lamp.start_red')
        THEN '红' || '逾期' || since_start || '天未开工（计划' || plan_start || '）'
        WHEN since_end > setting('lamp.end_red')
        THEN '红' || '逾期' || since_end || '天未竣工（计划' || plan_end || '）'
        WHEN left_out AND weeks_missing >= setting('lamp.missing_red')
        THEN '红' || '连续' || weeks_missing || '周' || silence

        WHEN round_half(gap, 9) <= -setting('lamp.even')
        THEN '黄' || '完成率' || fixed(rate, 1) || '%，落后本项目时间进度' || fixed(-gap, 1)
          || '个百分点（时间进度' || fixed(pace, 1) || '%）'
        WHEN start_overdue
        THEN '黄' || '逾期' || since_start || '天未开工（计划' || plan_start || '）'
        WHEN since_end > 0
        THEN '黄' || '逾期' || since_end || '天未竣工（计划' || plan_end || '）'
        WHEN node_days > 0
        THEN '黄' || '节点“' || (
            SELECT node
            FROM milestone_week AS late
            WHERE late.unit = counted.unit
              AND late.project_id = counted.project_id
              AND late.days_overdue = node_days
            ORDER BY node
            LIMIT 1) || '”逾期' || node_days || '天'
        WHEN problem_days > 0
        THEN '黄' || '问题' || problem_id || '逾期' || problem_days || '天未解决'
        WHEN left_out
        THEN '黄' || '本周' || silence
        WHEN lamp_before = '红'
        THEN '黄' || '上周红灯，先转黄灯观察（完成率' || fixed(rate, 1) || '%，时间进度' || fixed(pace, 1) || '%）'

        ELSE '绿' || '完成率' || fixed(rate, 1) || '%，时间进度' || fixed(pace, 1) || '%'
      END AS verdict,
      recent,
      newest
    FROM counted
    LIMIT -1
  ),
  -- speed: between the last report and the latest one at least [forecast] days before it
  hinted AS (
    SELECT
      reasoned.*,
      coalesce(substr(verdict, 1, 1), lamp_before) AS lamp,
      week_to(newest) AS newest_day,
      max(0, weeks_value(recent, 'cum_done', 'week_done', newest, 0)
        - weeks_value(recent, 'cum_done', 'week_done', newest, setting('forecast.days'))) AS done,
      day_diff(week_to(newest),
        week_to(weeks_value(recent, 'week', 'week_done', newest, setting('forecast.days')))) AS days
    FROM reasoned
    LIMIT -1
  )
SELECT
  unit,
  project_id,
  reported_week,
  silence,
  week_done,
  adjust,
  ytd_done,
  cum_done,
  year_plan,
  rate,
  pace,
  gap,
  lamp,
  CASE
    WHEN verdict IS NULL
    THEN '本周未报送，沿用上周：' || replace(coalesce(reason_before, ''), '本周未报送，沿用上周：', '')
    WHEN status IN ('暂缓', '停工') AND standing NOT IN ('暂缓', '停工')
    THEN substr(verdict, 2) || '（' || status || '未经批准）'
    ELSE substr(verdict, 2)
  END,
  lamp_before,
  CASE WHEN lamp = '红' THEN red_before + 1 ELSE 0 END,
  weeks_stalled,
  lamp_self,
  CASE
    WHEN year_plan > 0
    THEN 100.0 * (ytd_done
      + 1.0 * done * day_diff(substr(:as_of, 1, 4) || '-12-31', newest_day) / days)
      / year_plan
  END,
  CASE
    WHEN done > 0
     AND total_invest > cum_done
     AND (total_invest - cum_done) / done * days < 3650
    THEN day_add(newest_day, ((total_invest - cum_done) * days + done - 1) / done)
  END,
  recent,
  weeks_missing,
  weeks_same,
  standing
FROM hinted
LIMIT -1;
