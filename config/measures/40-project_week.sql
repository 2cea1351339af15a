-- project_week: how does each project stand this week, and why does its lamp show what it shows?
-- One row a project that is 在库: not 储备, 退库 or withdrawn, and not 竣工 in an earlier year.
-- Money in yuan; rate, pace and gap in percent points, unrounded; pace is the project's own: the share of
-- its active days of the year that have elapsed.  Weeks are reporting windows.
-- Source: forms project, progress, milestone, problem; this week's submissions; last week's project_week.
--   reported_week  the week of its last report            week_done, adjust  this week's report, NULL without one
--   ytd_done       last known; 0 if not reported this year cum_done           last known
--   year_plan      0 if there is none, or it was last reported in an earlier year
--   silence        已报送 / 零进展（已说明） / 内容雷同 / 待更正 / 漏报 / 未报送; NULL: neither reported nor due
--   lamp           by the first that holds: 灰, 红, 黄, 绿; thresholds: [lamp]
--   weeks_red      windows in a row that it has been 红
--   weeks_stalled  reports in a row with week_done 0 while 在建
--   weeks_missing  windows in a row that it was due and 漏报 or 待更正
--   weeks_same     reports in a row with this same stage text, the first included
--   recent         the last eight windows: week, week_done (null: no report), cum_done, digest of stage
--   forecast_*     a hint, from [forecast] weeks on: speed = change of cum_done over at least [forecast] days;
--                  NULL without reports to measure it, the finish also where it is ten years off
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
  PRIMARY KEY (unit, project_id)
);

INSERT INTO project_week
WITH
  -- what each unit sent as this week's progress; a refused file may not say which form it was
  sending AS (
    SELECT
      unit,
      max(verdict = 'refused') AS refused
    FROM submission
    WHERE NOT correction
      AND (forms IS NULL OR forms = '' OR ' ' || forms || ' ' LIKE '% progress %')
    GROUP BY unit
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
  asked AS (
    SELECT DISTINCT unit
    FROM due
    WHERE form = 'progress'
  ),
  late_node AS (
    SELECT
      unit,
      project_id,
      node,
      max(days_overdue) AS days
    FROM milestone_week
    WHERE days_overdue > 0
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

  -- what is known of each project
  known AS MATERIALIZED (
    SELECT
      project.unit,
      project.project_id,
      project.status,
      project.plan_start,
      project.plan_end,
      project.total_invest,
      progress._week AS reported_week,
      coalesce(progress._week = :week, 0) AS reported,
      progress.week_done,
      progress.adjust,
      CASE
        WHEN substr(progress._week, 1, 4) = substr(:week, 1, 4) THEN coalesce(progress.ytd_done, 0)
        ELSE 0
      END AS ytd_done,
      coalesce(progress.cum_done, 0) AS cum_done,
      progress.stage,
      progress.note,
      progress.lamp_self,
      CASE
        WHEN substr(project._week, 1, 4) = substr(:week, 1, 4) THEN coalesce(project.year_plan, 0)
        ELSE 0
      END AS year_plan,
      day_share(
        max(project.plan_start, substr(:as_of, 1, 4) || '-01-01'),
        min(project.plan_end, substr(:as_of, 1, 4) || '-12-31'),
        :as_of) AS own_share,
      CAST(julianday(:as_of) - julianday(project.plan_start) AS INTEGER) AS since_start,
      CAST(julianday(:as_of) - julianday(project.plan_end) AS INTEGER) AS since_end,
      due.key IS NOT NULL AS is_due,
      held.key IS NOT NULL AS is_held,
      sending.unit IS NOT NULL AS unit_sent,
      coalesce(sending.refused, 0) AS unit_refused,
      asked.unit IS NOT NULL AND sending.unit IS NULL AS unit_silent,
      squash(progress.stage) = squash(last_report.stage) AS same_stage,
      late_node.node,
      late_node.days AS node_days,
      late_problem.problem_id,
      late_problem.days AS problem_days,
      before.lamp AS lamp_before,
      before.lamp_reason AS reason_before,
      coalesce(before.weeks_red, 0) AS red_before,
      coalesce(before.weeks_stalled, 0) AS stalled_before,
      coalesce(before.weeks_missing, 0) AS missing_before,
      coalesce(before.weeks_same, 0) AS same_before,
      coalesce(before.recent, '[]') AS recent_before
    FROM project
    LEFT JOIN progress
      ON progress.unit = project.unit
     AND progress.project_id = project.project_id
    LEFT JOIN prev_progress AS last_report
      ON last_report.unit = project.unit
     AND last_report.project_id = project.project_id
    LEFT JOIN due
      ON due.unit = project.unit
     AND due.form = 'progress'
     AND due.key = project.project_id
    LEFT JOIN held
      ON held.unit = project.unit
     AND held.key = project.project_id
    LEFT JOIN sending
      ON sending.unit = project.unit
    LEFT JOIN asked
      ON asked.unit = project.unit
    LEFT JOIN late_node
      ON late_node.unit = project.unit
     AND late_node.project_id = project.project_id
    LEFT JOIN late_problem
      ON late_problem.project_id = project.project_id
    LEFT JOIN prev_project_week AS before
      ON before.unit = project.unit
     AND before.project_id = project.project_id
    WHERE project.status NOT IN ('储备', '退库')
      AND NOT (project.status = '竣工'
           AND coalesce(substr(project.actual_end, 1, 4), substr(project._week, 1, 4)) < substr(:as_of, 1, 4))
  ),

  -- did it report, how far is it, how far should it be
  measured AS MATERIALIZED (
    SELECT
      known.*,
      CASE
        WHEN reported AND week_done = 0 AND note IS NOT NULL THEN '零进展（已说明）'
        WHEN reported AND same_stage THEN '内容雷同'
        WHEN reported THEN '已报送'
        WHEN NOT is_due THEN NULL
        WHEN is_held OR unit_refused THEN '待更正'
        WHEN unit_sent THEN '漏报'
        ELSE '未报送'
      END AS silence,
      CASE
        WHEN reported OR NOT is_due OR NOT unit_sent THEN 0
        ELSE 1
      END AS left_out,
      CASE WHEN year_plan > 0 THEN 100.0 * ytd_done / year_plan END AS rate,
      own_share / 10000.0 AS pace,
      CASE WHEN year_plan > 0 THEN 100.0 * ytd_done / year_plan - own_share / 10000.0 END AS gap,
      status = '未开工' AND since_start > 0 AS start_overdue
    FROM known
  ),
  counted AS MATERIALIZED (
    SELECT
      measured.*,
      CASE
        WHEN reported THEN 0
        ELSE missing_before + left_out
      END AS weeks_missing,
      CASE
        WHEN NOT reported THEN same_before
        WHEN same_stage THEN max(same_before, 1) + 1
        ELSE 1
      END AS weeks_same,
      CASE
        WHEN status <> '在建' THEN 0
        WHEN NOT reported THEN stalled_before
        WHEN week_done = 0 THEN stalled_before + 1
        ELSE 0
      END AS weeks_stalled,
      json_insert(
        CASE
          WHEN json_array_length(recent_before) >= 8 THEN json_remove(recent_before, '$[0]')
          ELSE recent_before
        END,
        '$[#]',
        json_object(
          'week', :week,
          'week_done', CASE WHEN reported THEN week_done END,
          'cum_done', cum_done,
          'stage', substr(digest(squash(stage)), 1, 16))) AS recent
    FROM measured
  ),

  -- the reason first, then the colour: the first letter of the reason's rank
  reasoned AS MATERIALIZED (
    SELECT
      counted.*,
      CASE
        WHEN unit_silent AND lamp_before IS NOT NULL THEN NULL
        WHEN status IN ('竣工', '暂缓', '停工') THEN '灰' || status
        WHEN status = '未开工' AND plan_start > :as_of THEN '灰' || '计划' || plan_start || '开工'
        WHEN year_plan = 0 THEN '灰' || '无年度计划'

        WHEN gap < -setting('lamp.red_gap')
         AND rate < setting('lamp.red_ratio') * pace
         AND since_start >= setting('lamp.red_grace')
        THEN '红' || '完成率' || round_half(rate, 1) || '%，落后本项目时间进度' || round_half(-gap, 1)
          || '个百分点（时间进度' || round_half(pace, 1) || '%）'
        WHEN start_overdue AND since_start > setting('lamp.start_red')
        THEN '红' || '逾期' || since_start || '天未开工（计划' || plan_start || '）'
        WHEN since_end > setting('lamp.end_red')
        THEN '红' || '逾期' || since_end || '天未竣工（计划' || plan_end || '）'
        WHEN left_out AND weeks_missing >= setting('lamp.missing_red')
        THEN '红' || '连续' || weeks_missing || '周' || silence

        WHEN gap <= -setting('lamp.even')
        THEN '黄' || '完成率' || round_half(rate, 1) || '%，落后本项目时间进度' || round_half(-gap, 1)
          || '个百分点（时间进度' || round_half(pace, 1) || '%）'
        WHEN start_overdue
        THEN '黄' || '逾期' || since_start || '天未开工（计划' || plan_start || '）'
        WHEN since_end > 0
        THEN '黄' || '逾期' || since_end || '天未竣工（计划' || plan_end || '）'
        WHEN node_days > 0
        THEN '黄' || '节点“' || node || '”逾期' || node_days || '天'
        WHEN problem_days > 0
        THEN '黄' || '问题' || problem_id || '逾期' || problem_days || '天未解决'
        WHEN left_out
        THEN '黄' || '本周' || silence
        WHEN lamp_before = '红'
        THEN '黄' || '上周红灯，先转黄灯观察（完成率' || round_half(rate, 1) || '%，时间进度' || round_half(pace, 1) || '%）'

        ELSE '绿' || '完成率' || round_half(rate, 1) || '%，时间进度' || round_half(pace, 1) || '%'
      END AS verdict
    FROM counted
  ),
  lit AS MATERIALIZED (
    SELECT
      reasoned.*,
      coalesce(substr(verdict, 1, 1), lamp_before) AS lamp,
      CASE
        WHEN verdict IS NOT NULL THEN substr(verdict, 2)
        ELSE '本周未报送，沿用上周：' || replace(coalesce(reason_before, ''), '本周未报送，沿用上周：', '')
      END AS lamp_reason
    FROM reasoned
  ),

  -- speed: between the last report and the latest one at least [forecast] days before it
  report AS (
    SELECT
      lit.unit,
      lit.project_id,
      each.key AS place,
      each.value ->> 'cum_done' AS cum_done,
      week_to(each.value ->> 'week') AS day
    FROM lit
    JOIN json_each(lit.recent) AS each
    WHERE lit.status = '在建'
      AND json_array_length(lit.recent) >= setting('forecast.weeks')
      AND each.value ->> 'week_done' IS NOT NULL
  ),
  newest AS (
    SELECT
      unit,
      project_id,
      max(place) AS place,
      cum_done,
      day
    FROM report
    GROUP BY unit, project_id
  ),
  speed AS MATERIALIZED (
    SELECT
      newest.unit,
      newest.project_id,
      max(report.place) AS place,
      newest.day,
      max(0, newest.cum_done - report.cum_done) AS done,
      CAST(julianday(newest.day) - julianday(report.day) AS INTEGER) AS days
    FROM newest
    JOIN report
      ON report.unit = newest.unit
     AND report.project_id = newest.project_id
     AND julianday(newest.day) - julianday(report.day) >= setting('forecast.days')
    GROUP BY newest.unit, newest.project_id
  )
SELECT
  lit.unit,
  lit.project_id,
  lit.reported_week,
  lit.silence,
  CASE WHEN lit.reported THEN lit.week_done END,
  CASE WHEN lit.reported THEN coalesce(lit.adjust, 0) END,
  lit.ytd_done,
  lit.cum_done,
  lit.year_plan,
  lit.rate,
  lit.pace,
  lit.gap,
  lit.lamp,
  lit.lamp_reason,
  lit.lamp_before,
  CASE WHEN lit.lamp = '红' THEN lit.red_before + 1 ELSE 0 END,
  lit.weeks_stalled,
  CASE WHEN lit.reported THEN lit.lamp_self END,
  CASE
    WHEN lit.year_plan > 0
    THEN 100.0 * (lit.ytd_done
      + 1.0 * speed.done * (julianday(substr(:as_of, 1, 4) || '-12-31') - julianday(speed.day)) / speed.days)
      / lit.year_plan
  END,
  CASE
    WHEN speed.done > 0
     AND lit.total_invest > lit.cum_done
     AND (lit.total_invest - lit.cum_done) / speed.done * speed.days < 3650
    THEN date(speed.day,
      '+' || (((lit.total_invest - lit.cum_done) * speed.days + speed.done - 1) / speed.done) || ' days')
  END,
  lit.recent,
  lit.weeks_missing,
  lit.weeks_same
FROM lit
LEFT JOIN speed
  ON speed.unit = lit.unit
 AND speed.project_id = lit.project_id;
