-- quality_week: how well does each unit report, in every week of the year so far?
-- One row a week and unit that counts, and one for the city.  Rates in percent points.
-- Source: unit_week, submission, finding, corrected; last week's quality_week for the weeks before.
--   files, refused, late_files  submissions of the week; corrections of sealed weeks are counted apart
--   due, reported, missing, on_time  as in unit_week
--   on_time_rate, coverage      of the progress reports due
--   is_on_time, is_complete     1 where every report due came by the cut-off; where every one came
--   first_rows, first_held      rows of the first file of each form set, and those of them that were held; a
--                               refused first file counts with all its rows
--   first_error_rate            首次差错率 = first_held / first_rows
--   rows_read, rows_held, warnings  over all files of the week; unexplained warnings only
--   corrections                 values of sealed weeks corrected
--   year_*                      the year's record, this week included; the city's year_on_time and year_complete
--                               count weeks in which every unit was
-- adds: files refused late_files due reported missing on_time first_rows first_held rows_read rows_held warnings
-- adds: corrections
-- trace: files first_rows first_held first_error_rate rows_read | submission | name verdict late rows_read
--        rows_held | NOT correction AND verdict <> 'duplicate' AND
--        unit IN (SELECT unit FROM unit WHERE counts)
-- trace: refused | submission | name verdict rows_read | NOT correction AND verdict <> 'duplicate' AND
--        unit IN (SELECT unit FROM unit WHERE counts) AND
--        verdict = 'refused'
-- trace: late_files | submission | name received_at | NOT correction AND verdict <> 'duplicate' AND
--        unit IN (SELECT unit FROM unit WHERE counts) AND late
-- trace: rows_held | submission | name verdict rows_read rows_held | NOT correction AND verdict <>
--        'duplicate' AND unit IN (SELECT unit FROM unit WHERE counts) AND rows_held > 0
-- trace: warnings | finding | rule message | severity = 'warning' AND NOT coalesce(explained, 0)
--        AND unit IN (SELECT unit FROM unit WHERE counts)
-- trace: corrections | corrected | form key field week old new reason | unit IN (SELECT unit FROM unit
--        WHERE counts)
-- trace: due | unit_week | due
-- trace: reported | unit_week | reported
-- trace: missing | unit_week | missing
-- trace: on_time | unit_week | on_time
-- trace: coverage | unit_week | coverage
-- trace: on_time_rate is_on_time | | on_time due
-- trace: on_time_rate is_on_time | unit_week | on_time due
-- trace: is_complete | | missing due
-- trace: is_complete | unit_week | missing reported
-- trace: first_error_rate | | first_held first_rows
-- trace: year_weeks | quality_week | week is_on_time | substr(week, 1, 4) = substr(:week, 1, 4)
-- trace: year_on_time | quality_week | week is_on_time | substr(week, 1, 4) = substr(:week, 1, 4)
-- trace: year_complete | quality_week | week is_complete | substr(week, 1, 4) = substr(:week, 1, 4)
-- trace: year_refused | quality_week | week refused | substr(week, 1, 4) = substr(:week, 1, 4)
-- trace: year_held | quality_week | week rows_held | substr(week, 1, 4) = substr(:week, 1, 4)
-- trace: year_corrections | quality_week | week corrections | substr(week, 1, 4) = substr(:week, 1, 4)
-- empty: on_time_rate coverage | nothing was due | due = 0
-- empty: first_error_rate | no file of it was counted this week, or none had rows | first_rows = 0
CREATE TABLE quality_week (
  unit             TEXT NOT NULL,
  week             TEXT NOT NULL,
  files            INTEGER NOT NULL,
  refused          INTEGER NOT NULL,
  late_files       INTEGER NOT NULL,
  due              INTEGER NOT NULL,
  reported         INTEGER NOT NULL,
  missing          INTEGER NOT NULL,
  on_time          INTEGER NOT NULL,
  on_time_rate     REAL,
  coverage         REAL,
  is_on_time       INTEGER NOT NULL,
  is_complete      INTEGER NOT NULL,
  first_rows       INTEGER NOT NULL,
  first_held       INTEGER NOT NULL,
  first_error_rate REAL,
  rows_read        INTEGER NOT NULL,
  rows_held        INTEGER NOT NULL,
  warnings         INTEGER NOT NULL,
  corrections      INTEGER NOT NULL,
  year_weeks       INTEGER NOT NULL,
  year_on_time     INTEGER NOT NULL,
  year_complete    INTEGER NOT NULL,
  year_refused     INTEGER NOT NULL,
  year_held        INTEGER NOT NULL,
  year_corrections INTEGER NOT NULL,
  PRIMARY KEY (unit, week)
);

INSERT INTO quality_week
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
  sent AS (
    SELECT
      submission.*,
      row_number() OVER (PARTITION BY unit, coalesce(forms, '') ORDER BY number) = 1 AS is_first
    FROM submission
    WHERE NOT correction
      AND verdict <> 'duplicate'
  ),
  files AS (
    SELECT
      place.place,
      count(*) AS files,
      sum(verdict = 'refused') AS refused,
      sum(late) AS late_files,
      sum(CASE WHEN is_first THEN coalesce(rows_read, 0) ELSE 0 END) AS first_rows,
      sum(CASE
        WHEN NOT is_first THEN 0
        WHEN verdict = 'refused' THEN coalesce(rows_read, 0)
        ELSE coalesce(rows_held, 0)
      END) AS first_held,
      sum(coalesce(rows_read, 0)) AS rows_read,
      sum(coalesce(rows_held, 0)) AS rows_held
    FROM place
    JOIN sent
      ON sent.unit = place.unit
    GROUP BY place.place
  ),
  doubts AS (
    SELECT place.place, count(*) AS warnings
    FROM place
    JOIN finding
      ON finding.unit = place.unit
    WHERE finding.severity = 'warning'
      AND NOT coalesce(finding.explained, 0)
    GROUP BY place.place
  ),
  amends AS (
    SELECT place.place, count(*) AS corrections
    FROM place
    JOIN corrected
      ON corrected.unit = place.unit
    GROUP BY place.place
  ),
  year AS (
    SELECT *
    FROM prev_quality_week
    WHERE substr(week, 1, 4) = substr(:week, 1, 4)
  ),
  record AS (
    SELECT
      unit,
      count(*) AS weeks,
      sum(is_on_time) AS on_time,
      sum(is_complete) AS complete,
      sum(refused) AS refused,
      sum(rows_held) AS held,
      sum(corrections) AS corrections
    FROM year
    GROUP BY unit
  )
SELECT *
FROM year
UNION ALL
SELECT
  unit_week.unit,
  :week,
  coalesce(files.files, 0),
  coalesce(files.refused, 0),
  coalesce(files.late_files, 0),
  unit_week.due,
  unit_week.reported,
  unit_week.missing,
  unit_week.on_time,
  100.0 * unit_week.on_time / nullif(unit_week.due, 0),
  unit_week.coverage,
  unit_week.on_time = unit_week.due,
  unit_week.missing = 0,
  coalesce(files.first_rows, 0),
  coalesce(files.first_held, 0),
  100.0 * files.first_held / nullif(files.first_rows, 0),
  coalesce(files.rows_read, 0),
  coalesce(files.rows_held, 0),
  coalesce(doubts.warnings, 0),
  coalesce(amends.corrections, 0),
  coalesce(record.weeks, 0) + 1,
  coalesce(record.on_time, 0) + (unit_week.on_time = unit_week.due),
  coalesce(record.complete, 0) + (unit_week.missing = 0),
  coalesce(record.refused, 0) + coalesce(files.refused, 0),
  coalesce(record.held, 0) + coalesce(files.rows_held, 0),
  coalesce(record.corrections, 0) + coalesce(amends.corrections, 0)
FROM unit_week
LEFT JOIN files
  ON files.place = unit_week.unit
LEFT JOIN doubts
  ON doubts.place = unit_week.unit
LEFT JOIN amends
  ON amends.place = unit_week.unit
LEFT JOIN record
  ON record.unit = unit_week.unit
WHERE unit_week.week = :week;
