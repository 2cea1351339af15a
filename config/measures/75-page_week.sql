-- page_week: the counts that the briefings print beside unit_week's, each under the words it is printed by.
-- One row a figure of this week: the city's, and each unit's that counts; a figure of nothing is 0.
-- Source: project_week, move_week, project, milestone_week, problem_week, action_week, promise.
--   figure  新增红灯 转出红灯 连续三周红灯  red now and not last week; red last week only; red for three weeks or more
--           可比自评 自评不一致             self-rated and not 灰; of them those whose lamp is another
--           新入库 退出在库 本周新开工 本周竣工
--           问题逾期 市级问题 市级问题逾期 问题待核  open problems; 市级: need_level 市 or 省; 逾期 without 待核
--           节点逾期 节点临近 节点推迟 暂缓节点  open nodes; 推迟: not due yet and forecast later than planned; 暂缓: due and resting
--           本周完成节点
--           到期承诺 如期兑现               dates first given for a day of this week; of them those kept
--           改期 改期次数                   dates moved without an extension, and how often
--           议定在办 议定逾期 议定销号       of the city all, of a unit those it answers for; 逾期 without 待核; 销号 this week
--   n       how many
-- trace: n | project_week | lamp lamp_before lamp_self weeks_red |
--        :figure = '新增红灯' AND lamp = '红' AND coalesce(lamp_before, '') <> '红'
--        OR :figure = '转出红灯' AND lamp <> '红' AND lamp_before = '红'
--        OR :figure = '连续三周红灯' AND lamp = '红' AND weeks_red >= 3
--        OR :figure = '可比自评' AND lamp <> '灰' AND lamp_self IS NOT NULL
--        OR :figure = '自评不一致' AND lamp <> '灰' AND lamp_self <> lamp
-- trace: n | move_week | what | :figure = '新入库' AND what = '新入库'
--        OR :figure = '退出在库' AND what IN ('退库', '转储备', '上年竣工', '撤销')
-- trace: n | project | actual_start actual_end |
--        (unit, project_id) IN (SELECT unit, project_id FROM project_week) AND (
--        :figure = '本周新开工' AND actual_start BETWEEN week_from(:week) AND week_to(:week)
--        OR :figure = '本周竣工' AND actual_end BETWEEN week_from(:week) AND week_to(:week))
-- trace: n | milestone_week | state plan_date forecast_date actual_date days_overdue |
--        :figure = '节点逾期' AND state = '逾期' OR :figure = '节点临近' AND state = '临近'
--        OR :figure = '节点推迟' AND state IN ('临近', '未到') AND forecast_date > plan_date
--        OR :figure = '暂缓节点' AND state = '暂缓' AND plan_date < :as_of
--        OR :figure = '本周完成节点' AND state = '完成' AND actual_date BETWEEN week_from(:week) AND week_to(:week)
-- trace: n | problem_week | state due days_overdue | is_closed = 0 AND (
--        :figure = '问题逾期' AND days_overdue > 0 AND state <> '待核'
--        OR :figure = '市级问题' AND need_level IN ('市', '省')
--        OR :figure = '市级问题逾期' AND days_overdue > 0 AND state <> '待核' AND need_level IN ('市', '省')
--        OR :figure = '问题待核' AND state = '待核')
-- trace: n | *action_week | state due_counted days_overdue closed_on resp_code |
--        (coalesce(resp_code, :city) = :unit OR :unit = :city) AND (
--        :figure = '议定在办' AND is_closed = 0
--        OR :figure = '议定逾期' AND is_closed = 0 AND days_overdue > 0 AND state <> '待核'
--        OR :figure = '议定销号' AND is_closed AND closed_on = :as_of)
-- trace: n | promise | first last moved kept |
--        :figure = '到期承诺' AND first BETWEEN week_from(:week) AND week_to(:week)
--        OR :figure = '如期兑现' AND kept AND first BETWEEN week_from(:week) AND week_to(:week)
--        OR :figure IN ('改期', '改期次数') AND moved > 0
CREATE TABLE page_week (
  unit   TEXT NOT NULL,
  figure TEXT NOT NULL,
  n      INTEGER NOT NULL,
  PRIMARY KEY (unit, figure)
);

INSERT INTO page_week
WITH
  -- each table is gone through once; a unit without a row of it counts 0
  lit AS MATERIALIZED (
    SELECT
      unit.unit,
      count(*) FILTER (WHERE lamp = '红' AND coalesce(lamp_before, '') <> '红') AS new_red,
      count(*) FILTER (WHERE lamp <> '红' AND lamp_before = '红') AS left_red,
      count(*) FILTER (WHERE lamp = '红' AND weeks_red >= 3) AS long_red,
      count(*) FILTER (WHERE lamp <> '灰' AND lamp_self IS NOT NULL) AS self,
      count(*) FILTER (WHERE lamp <> '灰' AND lamp_self <> lamp) AS differ,
      count(*) FILTER (WHERE actual_start BETWEEN week_from(:week) AND week_to(:week)) AS begun,
      count(*) FILTER (WHERE actual_end BETWEEN week_from(:week) AND week_to(:week)) AS finished
    FROM unit
    LEFT JOIN project_week
      ON project_week.unit = unit.unit
    LEFT JOIN project
      ON project.unit = project_week.unit
     AND project.project_id = project_week.project_id
    GROUP BY unit.unit
  ),
  crossed AS MATERIALIZED (
    SELECT
      unit.unit,
      count(*) FILTER (WHERE what = '新入库') AS entered,
      count(*) FILTER (WHERE what IN ('退库', '转储备', '上年竣工', '撤销')) AS withdrawn
    FROM unit
    LEFT JOIN move_week
      ON move_week.unit = unit.unit
    GROUP BY unit.unit
  ),
  reached AS MATERIALIZED (
    SELECT
      unit.unit,
      count(*) FILTER (WHERE state = '逾期') AS late,
      count(*) FILTER (WHERE state = '临近') AS coming,
      count(*) FILTER (WHERE state IN ('临近', '未到') AND forecast_date > plan_date) AS slipping,
      count(*) FILTER (WHERE state = '暂缓' AND plan_date < :as_of) AS resting,
      count(*) FILTER (WHERE state = '完成' AND actual_date BETWEEN week_from(:week) AND week_to(:week)) AS done
    FROM unit
    LEFT JOIN milestone_week
      ON milestone_week.unit = unit.unit
    GROUP BY unit.unit
  ),
  stuck AS MATERIALIZED (
    SELECT
      unit.unit,
      count(*) FILTER (WHERE is_closed = 0 AND state <> '待核' AND days_overdue > 0) AS late,
      count(*) FILTER (WHERE is_closed = 0 AND need_level IN ('市', '省')) AS city,
      count(*) FILTER (WHERE is_closed = 0 AND state <> '待核' AND days_overdue > 0
        AND need_level IN ('市', '省')) AS city_late,
      count(*) FILTER (WHERE is_closed = 0 AND state = '待核') AS unproved
    FROM unit
    LEFT JOIN problem_week
      ON problem_week.unit = unit.unit
    GROUP BY unit.unit
  ),
  decided AS MATERIALIZED (
    SELECT
      unit.unit,
      count(*) FILTER (WHERE is_closed = 0) AS open,
      count(*) FILTER (WHERE is_closed = 0 AND state <> '待核' AND days_overdue > 0) AS late,
      count(*) FILTER (WHERE is_closed AND closed_on = :as_of) AS closed
    FROM unit
    LEFT JOIN action_week
      ON coalesce(action_week.resp_code, action_week.unit) = unit.unit
    GROUP BY unit.unit
  ),
  given AS MATERIALIZED (
    SELECT
      unit.unit,
      count(*) FILTER (WHERE first BETWEEN week_from(:week) AND week_to(:week)) AS due,
      count(*) FILTER (WHERE kept AND first BETWEEN week_from(:week) AND week_to(:week)) AS kept,
      count(*) FILTER (WHERE moved > 0) AS moved,
      coalesce(sum(moved), 0) AS times
    FROM unit
    LEFT JOIN promise
      ON promise.unit = unit.unit
    GROUP BY unit.unit
  ),
  told AS (
    SELECT unit, '新增红灯' AS figure, new_red AS n FROM lit
    UNION ALL SELECT unit, '转出红灯', left_red FROM lit
    UNION ALL SELECT unit, '连续三周红灯', long_red FROM lit
    UNION ALL SELECT unit, '可比自评', self FROM lit
    UNION ALL SELECT unit, '自评不一致', differ FROM lit
    UNION ALL SELECT unit, '本周新开工', begun FROM lit
    UNION ALL SELECT unit, '本周竣工', finished FROM lit
    UNION ALL SELECT unit, '新入库', entered FROM crossed
    UNION ALL SELECT unit, '退出在库', withdrawn FROM crossed
    UNION ALL SELECT unit, '节点逾期', late FROM reached
    UNION ALL SELECT unit, '节点临近', coming FROM reached
    UNION ALL SELECT unit, '节点推迟', slipping FROM reached
    UNION ALL SELECT unit, '暂缓节点', resting FROM reached
    UNION ALL SELECT unit, '本周完成节点', done FROM reached
    UNION ALL SELECT unit, '问题逾期', late FROM stuck
    UNION ALL SELECT unit, '市级问题', city FROM stuck
    UNION ALL SELECT unit, '市级问题逾期', city_late FROM stuck
    UNION ALL SELECT unit, '问题待核', unproved FROM stuck
    UNION ALL SELECT unit, '议定在办', open FROM decided
    UNION ALL SELECT unit, '议定逾期', late FROM decided
    UNION ALL SELECT unit, '议定销号', closed FROM decided
    UNION ALL SELECT unit, '到期承诺', due FROM given
    UNION ALL SELECT unit, '如期兑现', kept FROM given
    UNION ALL SELECT unit, '改期', moved FROM given
    UNION ALL SELECT unit, '改期次数', times FROM given
  )
SELECT
  told.unit,
  told.figure,
  told.n
FROM told
JOIN unit
  ON unit.unit = told.unit
WHERE unit.counts
UNION ALL
SELECT
  :city,
  figure,
  sum(n)
FROM told
GROUP BY figure
ORDER BY 1, 2;
