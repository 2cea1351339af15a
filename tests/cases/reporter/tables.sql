-- The tables of a snapshot that the cases ask.
PRAGMA application_id = 0x5a42534e;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);
INSERT INTO meta VALUES
	('week', '2022-W17'), ('state', 'draft'), ('window_first', '2022-04-22'), ('window_last', '2022-04-28'),
	('cutoff', '2022-04-28T17:00:00+08:00'), ('seal', '2022-04-29T08:00:00+08:00'),
	('meeting', '2022-04-29T09:30:00+08:00'), ('as_of', '2022-04-28'), ('issue', '17'), ('issue_total', '17'),
	('folded_at', '2022-04-29T08:00:00+08:00'), ('gate', 'ok'),
	('content', '00000000000000000000000000000000000000000000000000000000000000ff');
CREATE TABLE unit (unit TEXT PRIMARY KEY, name TEXT, short TEXT, class TEXT, counts INTEGER, office INTEGER, ord INTEGER);
INSERT INTO unit VALUES
	('320400', '市专班办公室', '市专班办公室', '', 0, 1, 9),
	('320412', '武进区', '武进区', '', 1, 0, 1), ('320481', '溧阳市', '溧阳市', '', 1, 0, 2), ('CZJKQ', '常州经开区', '常州经开区', '', 1, 0, 3);
CREATE TABLE unit_week (unit TEXT, week TEXT, projects INTEGER, missing INTEGER, ytd_done INTEGER, rate REAL, gap REAL, PRIMARY KEY (unit, week));
INSERT INTO unit_week VALUES
	('320400', '2022-W17', 512, 5, 50200000000, 35.2, 2.6), ('320412', '2022-W17', 300, 0, 30000000000, 37.16, 4.5593),
	('320481', '2022-W17', 112, 5, 12000000000, 32.5601, -0.04), ('CZJKQ', '2022-W17', 100, 0, 8200000000, NULL, NULL);
