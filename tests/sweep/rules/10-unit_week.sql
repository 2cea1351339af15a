-- unit_week: what each unit has done this week and before.  A row a unit; yuan.  Source: form progress.
CREATE TABLE unit_week (
  unit      TEXT NOT NULL,
  week      TEXT NOT NULL,
  week_done INTEGER NOT NULL,
  cum_done  INTEGER NOT NULL,
  weeks     INTEGER NOT NULL,
  PRIMARY KEY (unit, week)
);

INSERT INTO unit_week
SELECT progress.unit, :week, sum(progress.week_done), sum(progress.cum_done), max(coalesce(before.weeks, 0)) + 1
FROM progress
LEFT JOIN prev_unit_week AS before
  ON before.unit = progress.unit
GROUP BY progress.unit;
