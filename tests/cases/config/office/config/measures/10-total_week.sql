-- What every unit has invested: a row a unit; yuan.
CREATE TABLE total_week (
    unit  TEXT NOT NULL PRIMARY KEY,
    total INTEGER NOT NULL
);
INSERT INTO total_week
SELECT unit, SUM(total)
FROM project
GROUP BY unit;
