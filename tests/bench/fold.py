#!/usr/bin/env python3
"""The fold of a week, N projects with a week before of the same size, and what a user would do instead.

usage: fold.py [N ...] [--weeks 9] [--jobs 1,2] [--keep DIR] [--prepare] [--no-peers] [--no-run]
       (N: 3500 100000; 8500000 is a nation's)

Every project reported in every week, so that its record of eight weeks is full and all that is measured is measured.
To spare hours of intake, one unit is played by the real programs; its last sealed snapshot and its files of the week
after are then multiplied by SQL, under the codes of the other units, which units.ini has from the beginning.  The
aggregator takes them as it takes any site; only verify would say that the archive of the weeks before lacks the
others' files.  A site that lies in DIR is used again, with the measures and programs of now: --prepare only lays it.

  fold      aggregator fold WEEK: reports of all, all measures, the gate, the content digest.  The cpu seconds are of all
            its processes, the peak is of the largest; the bytes must be the same with one worker as with two
  run       what the night does: the week sealed and the next one's draft, that is two folds, one of them without a report
  sqlite3   the shell: INSERT..SELECT of this week's reports over those of before, and GROUP BY of a roll-up.  Neither lamps,
            nor ledgers, nor gate, nor digest
  python    the same by the sqlite3 module, row by row, as a script would
  duckdb    the same, where $DUCKDB_HOME/node_modules has @duckdb/node-api
"""
import argparse
import datetime
import glob
import hashlib
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(os.environ.get('BUILD', os.path.join(TOP, 'build')), 'bin')
USCC = '91320400MAN8KDQ57Q'
BASE = '100001'
PROJECT = ('项目编号,项目名称,企业名称,统一社会信用代码,所属镇（街道）,项目类型,年度属性,计划开工时间,计划竣工时间,'
           '项目总投资（万元）,年度计划投资（万元）,项目状态,实际开工时间,责任处室,责任人,操作\n')
PROGRESS = ('项目编号,本周完成投资（万元）,年初至报告期累计完成投资（万元）,开工至报告期累计完成投资（万元）,形象进度,下周计划,'
            '自评\n')
# what the peers know of a row: enough for a merge and a roll-up
COLUMNS = 'unit, project_id, week_done, adjust, ytd_done, cum_done, stage, next_plan, problem, help, lamp_self, note, _week, _row'
ROLLUP = ("SELECT merged.unit, count(*), sum(merged._week = '{week}'), sum(total_invest), sum(year_plan), sum(week_done), "
          'sum(ytd_done), sum(cum_done) FROM merged JOIN project USING (unit, project_id) GROUP BY merged.unit')


def measured(command, ok=(0, 1), stdin=None):
    """Run; wall seconds, cpu seconds, peak MB of the process."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=stdin,
        text=True)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in ok:
        sys.exit(f'{" ".join(command[:3])}: exit {child.returncode}: {said[-400:]}')
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class World:
    def __init__(self, work, n):
        self.work, self.n = work, n
        units = max(7, (n + 2999) // 3000)
        self.rows = (n + units - 1) // units
        self.units = [f'{100001 + k}' for k in range(units)]
        self.n = self.rows * units
        self.site, self.ini = f'{work}/site', f'{work}/config/zhoubao.ini'
        for part in ('config', 'templates'):
            shutil.rmtree(f'{work}/{part}', ignore_errors=True)
            shutil.copytree(f'{TOP}/{part}', f'{work}/{part}')
        text = open(self.ini, encoding='utf-8').read()
        text = re.sub(r'(?m)^quiet .*', 'quiet = 0', text).replace('../build/fonts', f'{TOP}/build/fonts')
        open(self.ini, 'w', encoding='utf-8').write(text)
        with open(f'{work}/config/units.ini', 'w', encoding='utf-8') as f:
            for k, unit in enumerate(self.units):
                f.write(f'[{unit}]\nname = 示例区{unit}\nshort = 示例{unit}\nclass =\ncounts = yes\norder = {k + 1}\n\n')
            f.write('[100000]\nname = 示例办\nshort = 示例办\nclass =\ncounts = no\noffice = yes\norder = 9999\n')
        with open(f'{work}/config/reference/town.csv', 'w', encoding='utf-8') as f:
            f.write('code,name,unit,area,aliases\n')
            f.writelines(f'{u}100,示例镇{u},{u},{u},\n' for u in self.units)

    def prepared(self, weeks):
        """The time of the open week and the names of both weeks: of the site that was kept, or of one made now."""
        note = f'{self.work}/prepared'
        if not os.path.exists(note):            # none, half made, or one whose week a run has sealed
            shutil.rmtree(self.site, ignore_errors=True)
            os.makedirs(f'{self.site}/exchange/{BASE}/drop')
            now = self.play(weeks)
            before, week = self.multiply()
            with open(note, 'w', encoding='utf-8') as f:
                f.write(f'{self.n} {now.isoformat()} {before} {week}')
        with open(note, encoding='utf-8') as f:
            n, now, before, week = f.read().split()
        if int(n) != self.n:
            sys.exit(f'{self.work}: holds a site of {n} projects, asked for are {self.n}')
        return datetime.datetime.fromisoformat(now), before, week

    def command(self, program, now, *more):
        return [f'{BIN}/{program}', '-c', self.ini, '-s', self.site, '-t', now.isoformat(), *more]

    def drop(self, name, head, rows):
        with open(f'{self.site}/exchange/{BASE}/drop/{name}', 'w', encoding='utf-8') as f:
            f.write(head)
            f.writelines(rows)

    def play(self, weeks):
        """WEEKS sealed weeks of the one unit, then its files of the week after.  The time of these."""
        self.drop('项目库.csv', PROJECT, (
            f'{BASE}-2022-{i:04},示例车间智能化改造项目{i},示例制造{i}厂,{USCC},示例镇{BASE},智能化改造,结转,2022-01-01,'
            f'2023-06-30,{1000 + i * 37 % 9000},{(1000 + i * 37 % 9000) // 2},在建,2022-01-05,示例处,测试员{i % 90},新增\n'
            for i in range(1, self.rows + 1)))
        now, n, last = datetime.datetime(2022, 3, 21, 12), 0, ''
        while True:
            measured(self.command('aggregator', now))
            if self.open_week(now) != last:         # weeks are joined where there are too few working days
                last, n = self.open_week(now), n + 1
                rng = random.Random(n)
                self.drop('项目进度周报.csv', PROGRESS, (
                    f'{BASE}-2022-{i:04},{step},{step * n},{100 + step * n},第{n}周：设备安装调试第{rng.randint(1, 99)}段，'
                    f'产线联调{i % 97}号工位,下周继续安装并组织单机调试,绿\n'
                    for i, step in ((i, (1000 + i * 37 % 9000) // 100) for i in range(1, self.rows + 1))))
                measured(self.command('collector', now), ok=(0,))
                if len(glob.glob(f'{self.site}/snapshots/*.seal')) >= weeks:
                    return now
            now += datetime.timedelta(days=7)

    def open_week(self, now):
        said = subprocess.run(self.command('aggregator', now, 'where'), capture_output=True, text=True,
            check=True).stdout
        return re.search(r'(?m)^open (\S+)', said).group(1)

    def multiply(self):
        """The last sealed week's snapshot and the open week's files, for all units; names of both weeks."""
        before = sorted(glob.glob(f'{self.site}/snapshots/*.seal'))[-1][-13:-5]
        week = sorted(os.listdir(f'{self.site}/intake'))[-1]
        for path in glob.glob(f'{self.site}/snapshots/{week}.db'):
            os.remove(path)
        path = f'{self.site}/snapshots/{before}.db'
        os.chmod(path, 0o644)
        db = sqlite3.connect(path, isolation_level=None)
        db.execute('PRAGMA journal_mode = OFF')
        db.execute('PRAGMA synchronous = OFF')
        db.execute('CREATE TEMP TABLE copy (code TEXT PRIMARY KEY) WITHOUT ROWID')
        db.executemany('INSERT INTO copy VALUES (?)', ((u,) for u in self.units if u != BASE))
        db.execute('BEGIN')
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = db.execute(f'PRAGMA table_info("{table}")').fetchall()
            names = [c[1] for c in columns]
            if 'unit' not in names or table == 'unit' or table.startswith('ref_'):
                continue
            each = ', '.join(f"replace(one.\"{c[1]}\", '{BASE}', copy.code)" if c[2] == 'TEXT'
                else f'one."{c[1]}"' for c in columns)
            db.execute(f'INSERT OR REPLACE INTO "{table}" SELECT {each} FROM copy CROSS JOIN "{table}" AS one '
                       f"WHERE one.unit = '{BASE}' ORDER BY copy.code")
        # the office's row is the sum of the units', as the gate will ask
        for measure in glob.glob(f'{self.work}/config/measures/*.sql'):
            table = os.path.basename(measure)[3:-4]
            adds = re.findall(r'\w+', ' '.join(re.findall(r'(?m)^-- adds:(.*)',
                open(measure, encoding='utf-8').read())))
            if adds:
                db.execute(f'UPDATE "{table}" SET ' + ', '.join(f'"{a}" = "{a}" * {len(self.units)}'
                    for a in adds)
                           + " WHERE unit = '100000'")
        db.execute('COMMIT')
        db.close()
        self.seal_again(path, before)
        for unit in self.units[1:]:
            self.copy_files(week, unit)
        return before, week

    def seal_again(self, path, week):
        """The seal names the multiplied snapshot and its content: the fold builds on no other."""
        seal, digest = f'{self.site}/snapshots/{week}.seal', hashlib.sha256()
        content = subprocess.run(self.command('aggregator', datetime.datetime(2022, 12, 1), 'digest', week),
            capture_output=True, text=True, check=True).stdout.strip()
        db = sqlite3.connect(path)
        db.execute("UPDATE meta SET value = ? WHERE name = 'content'", (content,))
        db.commit()
        db.close()
        with open(path, 'rb') as f:
            for piece in iter(lambda: f.read(1 << 20), b''):
                digest.update(piece)
        os.chmod(path, 0o444)
        text = open(seal, encoding='utf-8').read()
        os.chmod(seal, 0o644)
        with open(seal, 'w', encoding='utf-8') as f:
            f.write(re.sub(r'(?m)^snapshot sha256 \w+ +content sha256 \w+',
                f'snapshot sha256 {digest.hexdigest()}  content sha256 {content}', text))
        os.chmod(seal, 0o444)

    def copy_files(self, week, unit):
        for part in ('intake', 'archive'):
            shutil.copytree(f'{self.site}/{part}/{week}/{BASE}', f'{self.site}/{part}/{week}/{unit}',
                symlinks=True)
        for path in glob.glob(f'{self.site}/intake/{week}/{unit}/*.db'):
            os.chmod(path, 0o644)
            db = sqlite3.connect(path, isolation_level=None)
            db.execute('PRAGMA journal_mode = OFF')
            db.execute('PRAGMA synchronous = OFF')
            db.execute('BEGIN')
            db.execute('UPDATE submission SET unit = ?', (unit,))
            db.execute(f"UPDATE progress SET project_id = replace(project_id, '{BASE}', ?)", (unit,))
            db.execute('COMMIT')
            db.close()

    def peers_begin(self, before, week):
        """Two files as a user would have them: the state of before, and this week's reports."""
        for name in ('before', 'now'):
            if os.path.exists(f'{self.work}/{name}.db'):
                os.remove(f'{self.work}/{name}.db')
        old = sqlite3.connect(f'{self.work}/before.db')
        old.execute(f"ATTACH 'file:{self.site}/snapshots/{before}.db?immutable=1' AS s")
        for table in ('progress', 'project'):
            which = COLUMNS if table == 'progress' else 'unit, project_id, total_invest, year_plan'
            old.execute(f'CREATE TABLE {table} ({which}, PRIMARY KEY (unit, project_id)) WITHOUT ROWID')
            old.execute(f'INSERT INTO {table} SELECT {which} FROM s.{table}')
        old.commit()
        new = sqlite3.connect(f'{self.work}/now.db', isolation_level=None)
        new.execute(f'CREATE TABLE progress ({COLUMNS}, PRIMARY KEY (unit, project_id)) WITHOUT ROWID')
        given = COLUMNS.replace('unit, ', '').replace('_week', f"'{week}'")
        for unit in self.units:
            for path in sorted(glob.glob(f'{self.site}/intake/{week}/{unit}/*.db')):
                new.execute(f"ATTACH 'file:{path}?immutable=1' AS i")
                new.execute(f"INSERT OR REPLACE INTO progress SELECT '{unit}', {given} FROM i.progress")
                new.execute('DETACH i')

    def peer_shell(self, week):
        with open(f'{self.work}/shell.sql', 'w', encoding='utf-8') as f:
            f.write(f"""PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;
ATTACH '{self.work}/before.db' AS b; ATTACH '{self.work}/now.db' AS n;
BEGIN;
CREATE TABLE merged ({COLUMNS}, PRIMARY KEY (unit, project_id)) WITHOUT ROWID;
INSERT INTO merged SELECT * FROM n.progress
  UNION ALL SELECT * FROM b.progress AS o WHERE NOT EXISTS (SELECT 1 FROM n.progress AS p WHERE p.unit = o.unit AND
  p.project_id = o.project_id) ORDER BY 1, 2;
CREATE TABLE rollup AS {ROLLUP.format(week=week).replace('JOIN project', 'JOIN b.project')};
COMMIT;
""")
        with open(f'{self.work}/shell.sql', encoding='utf-8') as f:
            return measured(['sqlite3', self.fresh('shell.db')], stdin=f)

    def fresh(self, name):
        if os.path.exists(f'{self.work}/{name}'):
            os.remove(f'{self.work}/{name}')
        return f'{self.work}/{name}'

    def peer_python(self, week):
        script = f"""
import sqlite3
work = {self.work!r}
before, now = (sqlite3.connect(f'{{work}}/{{n}}.db') for n in ('before', 'now'))
db = sqlite3.connect({self.fresh('python.db')!r})
db.execute('PRAGMA synchronous = OFF')
db.execute('CREATE TABLE merged ({COLUMNS}, PRIMARY KEY (unit, project_id)) WITHOUT ROWID')
db.executemany('INSERT INTO merged VALUES ({", ".join("?" * 14)})', before.execute('SELECT * FROM progress'))
db.executemany('INSERT OR REPLACE INTO merged VALUES ({", ".join("?" * 14)})', now.execute('SELECT * FROM progress'))
plan = {{r[:2]: r[2:] for r in before.execute('SELECT * FROM project')}}
sums = {{}}
for row in db.execute('SELECT unit, project_id, _week, week_done, ytd_done, cum_done FROM merged'):
    s = sums.setdefault(row[0], [0] * 7)
    p = plan[row[:2]]
    for i, x in enumerate((1, row[2] == '{week}', p[0], p[1], row[3], row[4], row[5])):
        s[i] += x or 0
db.execute('CREATE TABLE rollup (unit PRIMARY KEY, a, b, c, d, e, f, g)')
db.executemany('INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ([u, *s] for u, s in sums.items()))
db.commit()
"""
        return measured([sys.executable, '-c', script])

    def peer_duckdb(self, week):
        """The two weeks are loaded first, which is not counted."""
        duck = os.environ.get('DUCKDB_HOME')
        if not duck or not os.path.isdir(f'{duck}/node_modules/@duckdb/node-api'):
            return None
        for name, file, table in (('progress_b', 'before', 'progress'), ('project_b', 'before', 'project'),
                ('progress_n', 'now', 'progress')):
            with open(f'{self.work}/{name}.csv', 'w', encoding='utf-8') as f:
                subprocess.run(['sqlite3', '-csv', '-header', f'{self.work}/{file}.db',
                    f'SELECT * FROM {table}'], stdout=f, check=True)
        start = (f"import {{ DuckDBInstance }} from '@duckdb/node-api';\n"
                 f"const i = await DuckDBInstance.create('{self.work}/duck.db', {{ threads: '2' }});\nconst c = await i.connect();\n")
        merged = f"""CREATE TABLE merged AS SELECT * FROM progress_n UNION ALL SELECT o.* FROM progress_b o
          ANTI JOIN progress_n USING (unit, project_id) ORDER BY 1, 2"""
        rollup = 'CREATE TABLE rollup AS ' + ROLLUP.format(week=week).replace('JOIN project',
            'JOIN project_b')
        folder = tempfile.mkdtemp(prefix='peer-', dir=duck)
        self.fresh('duck.db')
        with open(f'{folder}/load.mjs', 'w', encoding='utf-8') as f:
            f.write(start + ''.join(f"await c.run(`CREATE TABLE {t} AS SELECT * FROM read_csv('{self.work}/{t}.csv')`);\n"
                                    for t in ('progress_b', 'project_b',
                                    'progress_n')) + "await c.run('CHECKPOINT');\n")
        with open(f'{folder}/peer.mjs', 'w', encoding='utf-8') as f:
            f.write(start + f"await c.run(`{merged}`);\nawait c.run(`{rollup}`);\nawait c.run('CHECKPOINT');\n")
        subprocess.run(['node', f'{folder}/load.mjs'], check=True)
        result = measured(['node', f'{folder}/peer.mjs'])
        shutil.rmtree(folder)
        return result


def line(name, result, n, folds=1, size=None):
    if result is None:
        print(f'  {name:<24} not installed here')
        return
    wall, cpu, peak = result
    print(f'  {name:<24}{wall:9.2f} s{cpu:9.2f} cpu s{cpu / n / folds * 1e6:8.2f} us a project{peak:9.1f} MB peak'
          + (f'{size / 1e6:9.1f} MB file' if size else ''), flush=True)


def bench(n, args):
    work = args.keep or tempfile.mkdtemp(prefix='zhoubao-fold-')
    world = World(work, n)
    now, before, week = world.prepared(args.weeks)
    if args.prepare:
        return
    sealing = now + datetime.timedelta(days=7)
    print(f'{world.n} projects of {len(world.units)} units, {week} after {before}')
    path, digests = f'{world.site}/snapshots/{week}.db', set()
    for jobs in args.jobs.split(','):
        line(f'fold -j {jobs}', measured(world.command('aggregator', now, '-j', jobs, 'fold', week)), world.n,
             size=os.path.getsize(path))
        with open(path, 'rb') as f:
            digests.add(hashlib.file_digest(f, 'sha256').hexdigest())
        os.remove(path)
    if len(digests) > 1:
        sys.exit('the number of workers shows in the snapshot')
    if not args.no_run:
        os.remove(f'{work}/prepared')
        line('run: seal and next draft', measured(world.command('aggregator', sealing), ok=(0,)), world.n, folds=2)
    if not args.no_peers:
        world.peers_begin(before, week)
        line('sqlite3 shell', world.peer_shell(week), world.n, size=os.path.getsize(f'{work}/shell.db'))
        line('python sqlite3', world.peer_python(week), world.n)
        line('duckdb, 2 threads', world.peer_duckdb(week), world.n)
    if not args.keep:
        shutil.rmtree(work)


def main():
    args = argparse.ArgumentParser()
    args.add_argument('n', nargs='*', type=int)
    args.add_argument('--weeks', type=int, default=9)
    args.add_argument('--jobs', default='1,2')
    args.add_argument('--keep')
    args.add_argument('--prepare', action='store_true', help='lay the site in --keep DIR and stop')
    args.add_argument('--no-peers', action='store_true')
    args.add_argument('--no-run', action='store_true', help='leave out sealing and the next draft')
    a = args.parse_args()
    if a.prepare and not a.keep:
        args.error('--prepare needs --keep DIR')
    for n in a.n or (3500, 100000):
        bench(n, a)


main()
