#!/usr/bin/env python3
"""Benchmarks of intake and fold against what a user would do instead, in one run, as ratios.

usage: nation.py [--rows N,N...] [--unit-rows N] [--jobs 1,2,] [--format csv,gb,xml] [--keep DIR] [--no-peers] [--no-fold]

Every size in every format, then how time and memory grow from one size to the next.  N projects (default
3,500 and 100,000; a nation's week is 8,500,000) are spread over units of 3,000; a first week registers them and
reports once, a second week reports again with one row in a hundred wrong.  Only the second week is measured: every
row then has a row before it.  Peers get the same second week and the same checks (V16 V17 V19 V20 V21 V22 V23 V29 V32 V33 V36):
  python    csv + sqlite3, row by row checks, executemany
  sqlite3   the shell: .import, then the checks as SQL
  duckdb    read_csv, then the checks as SQL, where the npm package @duckdb/node-api installs
            (DUCKDB_HOME=DIR: it is in DIR/node_modules already)
  xmllint   --stream, for --format xml: only well-formedness, the floor for XML
The idle run finds nothing to take: its time, and what it changed in the site (names, sizes, times of everything).
"""
import argparse
import csv
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(os.environ.get('BUILD', os.path.join(TOP, 'build')), 'bin')
USCC = '91320400MAN8KDQ57Q'
HEAD = ['项目编号', '本周完成投资（万元）', '年初至报告期累计完成投资（万元）', '开工至报告期累计完成投资（万元）',
        '形象进度', '下周计划', '存在问题', '需协调事项', '自评', '说明']
NAMES = ['project_id', 'week_done', 'ytd_done', 'cum_done', 'stage', 'next_plan', 'problem', 'help', 'lamp_self', 'note']


def total(i):
    return 1000 + (i * 37) % 9000


def number(unit, i):
    """Ascending, however many a unit has."""
    return f'{unit}-{2022 + i // 10000}-{i % 10000:04}'


def progress(unit, rows, week):
    """Rows of one unit's report, figures in ten thousand yuan."""
    rng = random.Random(f'{unit}{week}')
    for i in range(1, rows + 1):
        step = total(i) // 100
        cum = 100 + step * week
        wrong = week > 1 and rng.random() < 0.01
        yield [number(unit, i), str(step), str(step * week), str(cum - 500 if wrong else cum),
               f'第{week}周：设备安装调试进入第{week}阶段，产线联调{i % 97}号工位', '下周继续安装并组织单机调试', '', '',
               '绿', '']


def projects(unit, rows):
    yield ('项目编号,项目名称,企业名称,统一社会信用代码,所属镇（街道）,项目类型,年度属性,计划开工时间,计划竣工时间,'
           '项目总投资（万元）,年度计划投资（万元）,项目状态,实际开工时间,责任处室,责任人,操作\n')
    for i in range(1, rows + 1):
        yield (f'{number(unit, i)},示例车间智能化改造项目{i},示例制造{i}厂,{USCC},示例镇{unit},智能化改造,结转,'
               f'2022-01-01,2023-06-30,{total(i)},{total(i) // 2},在建,2022-01-05,示例处,测试员{i % 90},新增\n')


class World:
    def __init__(self, work, rows, unit_rows, form):
        self.work, self.form = work, form
        count = max(1, (rows + unit_rows - 1) // unit_rows)
        self.units = {f'{100001 + k}': min(unit_rows, rows - k * unit_rows) for k in range(count)}
        self.site = f'{work}/site'
        self.ini = f'{work}/config/zhoubao.ini'
        shutil.copytree(f'{TOP}/config', f'{work}/config')
        shutil.copytree(f'{TOP}/templates', f'{work}/templates')
        text = open(self.ini, encoding='utf-8').read()
        text = text.replace('quiet         = 60', 'quiet = 0').replace('../build/fonts', f'{TOP}/build/fonts')
        open(self.ini, 'w', encoding='utf-8').write(text)
        with open(f'{work}/config/units.ini', 'w', encoding='utf-8') as f:
            for k, unit in enumerate(self.units):
                f.write(f'[{unit}]\nname = 示例区{unit}\nshort = 示例{unit}\nclass =\ncounts = yes\norder = {k + 1}\n\n')
            f.write('[100000]\nname = 示例办\nshort = 示例办\nclass =\ncounts = no\noffice = yes\norder = 9999\n')
        with open(f'{work}/config/reference/town.csv', 'w', encoding='utf-8') as f:
            f.write('code,name,unit,area,aliases\n')
            f.writelines(f'{u}100,示例镇{u},{u},{u},\n' for u in self.units)
        os.makedirs(self.site)

    def drop(self, unit, name, data):
        folder = f'{self.site}/exchange/{unit}/drop'
        os.makedirs(folder, exist_ok=True)
        with open(f'{folder}/{name}', 'wb') as f:
            f.write(data)
        return len(data)

    def report(self, unit, week):
        rows = progress(unit, self.units[unit], week)
        if self.form == 'xml':
            body = ''.join('<row ' + ' '.join(f'{n}="{v}"' for n, v in zip(NAMES, r) if v) + '/>\n' for r in rows)
            return ('<?xml version="1.0" encoding="UTF-8"?>\n<submission xmlns="urn:zhoubao:submission:1" '
                    f'unit="{unit}"><progress>\n{body}</progress></submission>\n').encode()
        text = ','.join(HEAD) + '\r\n' + ''.join(','.join(r) + '\r\n' for r in rows)
        return text.encode('gb18030' if self.form == 'gb' else 'utf-8')

    def run(self, program, now, *more):
        return measured([f'{BIN}/{program}', '-c', self.ini, '-s', self.site, '-t', now, *more])


def measured(command, ok=(0, 1), stdin=None):
    """Run; wall seconds, cpu seconds, peak MB of the largest process."""
    start = time.monotonic()
    with open(os.devnull, 'w') as null:
        child = subprocess.Popen(command, stdout=null, stderr=subprocess.PIPE, stdin=stdin)
        err = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in ok:
        sys.exit(f'{command[0]}: exit {child.returncode}: {err[-400:].decode()}')
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


CHECKS = '''
  SELECT n.project_id, 'V19' FROM new n JOIN prev p USING (project_id) WHERE p.cum_done > n.cum_done
  UNION ALL SELECT n.project_id, 'V20' FROM new n JOIN prev p USING (project_id)
    WHERE abs(n.cum_done - p.cum_done - n.week_done) > 5000
  UNION ALL SELECT n.project_id, 'V21' FROM new n JOIN prev p USING (project_id)
    WHERE abs(n.ytd_done - p.ytd_done - n.week_done) > 5000
  UNION ALL SELECT project_id, 'V22' FROM new WHERE ytd_done > cum_done
  UNION ALL SELECT project_id, 'V17' FROM new WHERE week_done < 0 OR ytd_done < 0 OR cum_done < 0
  UNION ALL SELECT project_id, 'V16' FROM new WHERE week_done IS NULL OR ytd_done IS NULL OR cum_done IS NULL
  UNION ALL SELECT n.project_id, 'V23' FROM new n JOIN project j USING (project_id) WHERE n.cum_done > j.total_invest
  UNION ALL SELECT n.project_id, 'V29' FROM new n JOIN project j USING (project_id)
    WHERE (j.status = '未开工' AND n.cum_done > 0) OR (j.status = '竣工' AND n.cum_done * 10 < j.total_invest * 9)
  UNION ALL SELECT n.project_id, 'V32' FROM new n JOIN prev p USING (project_id)
    WHERE n.week_done > 0 AND n.stage = p.stage
  UNION ALL SELECT n.project_id, 'V33' FROM new n JOIN project j USING (project_id)
    WHERE n.week_done * 5 > j.total_invest
  UNION ALL SELECT n.project_id, 'V36' FROM new n JOIN project j USING (project_id)
    WHERE j.status = '在建' AND (n.stage IS NULL OR (n.week_done = 0 AND n.note IS NULL))
'''
ERRORS = "'V16', 'V17', 'V19', 'V20', 'V21', 'V22', 'V23'"

PYTHON_PEER = r'''
import csv, sys, sqlite3, glob, os
work = sys.argv[1]
db = sqlite3.connect(work + '/python.db')
db.execute('PRAGMA synchronous = FULL')
prev = {r[0]: r[1:] for r in db.execute("SELECT project_id, ytd_done, cum_done, stage FROM prev")}
project = {r[0]: r[1:] for r in db.execute("SELECT project_id, total_invest, status FROM project")}
db.execute('CREATE TABLE progress (project_id TEXT PRIMARY KEY, week_done INT, ytd_done INT, cum_done INT, stage TEXT, '
           'next_plan TEXT, problem TEXT, help TEXT, lamp_self TEXT, note TEXT)')
db.execute('CREATE TABLE finding (project_id TEXT, row INT, rule TEXT)')
def money(s):
    s = s.strip().replace(',', '')
    return round(float(s) * 10000)
for path in sorted(glob.glob(work + '/peer/*.csv')):
    rows, found = [], []
    with open(path, encoding='utf-8', newline='') as f:
        reader = csv.reader(f); next(reader)
        for n, r in enumerate(reader, 2):
            key = r[0].strip(); bad = False
            def say(rule, error=True):
                nonlocal_bad[0] |= error
                found.append((key, n, rule))
            nonlocal_bad = [False]
            try:
                week, ytd, cum = money(r[1]), money(r[2]), money(r[3])
            except ValueError:
                say('V16'); continue
            text = [c.strip() or None for c in r[4:]]
            if week < 0 or ytd < 0 or cum < 0: say('V17')
            p, j = prev.get(key), project.get(key)
            if j is None: say('V09'); continue
            if p:
                if p[1] > cum: say('V19')
                if abs(cum - p[1] - week) > 5000: say('V20')
                if abs(ytd - p[0] - week) > 5000: say('V21')
                if week > 0 and text[0] == p[2]: say('V32', False)
            if ytd > cum: say('V22')
            if cum > j[0]: say('V23')
            if (j[1] == '未开工' and cum > 0) or (j[1] == '竣工' and cum * 10 < j[0] * 9): say('V29', False)
            if week * 5 > j[0]: say('V33', False)
            if j[1] == '在建' and (text[0] is None or (week == 0 and text[5] is None)): say('V36', False)
            if not nonlocal_bad[0]: rows.append((key, week, ytd, cum, *text))
    db.executemany('INSERT OR REPLACE INTO progress VALUES (?,?,?,?,?,?,?,?,?,?)', rows)
    db.executemany('INSERT INTO finding VALUES (?,?,?)', found)
db.commit()
'''

DUCK_PEER = r'''
import { DuckDBInstance } from '@duckdb/node-api';
const [work, threads] = process.argv.slice(2);
const i = await DuckDBInstance.create(work + '/duck.db', { threads });
const c = await i.connect();
await c.run(`CREATE TABLE new AS SELECT column0 AS project_id, CAST(round(TRY_CAST(column1 AS DOUBLE) * 10000) AS BIGINT) AS week_done,
  CAST(round(TRY_CAST(column2 AS DOUBLE) * 10000) AS BIGINT) AS ytd_done, CAST(round(TRY_CAST(column3 AS DOUBLE) * 10000) AS BIGINT) AS cum_done,
  column4 AS stage, column5 AS next_plan, column6 AS problem, column7 AS help, column8 AS lamp_self, column9 AS note
  FROM read_csv('${work}/peer/*.csv', header=false, skip=1, all_varchar=true, nullstr='')`);
await c.run(`CREATE TABLE finding AS ${process.env.CHECKS.replace("'V19' FROM", "'V19' AS rule FROM")}`);
await c.run(`CREATE TABLE progress AS SELECT * FROM new WHERE project_id NOT IN (SELECT project_id FROM finding WHERE rule IN (${process.env.ERRORS}))`);
await c.run('CHECKPOINT');
'''


def snapshot_tables(world, week, target):
    """The week before, as plain tables for the peers (not timed)."""
    db = sqlite3.connect(target)
    db.execute(f"ATTACH 'file:{world.site}/snapshots/{week}.db?mode=ro' AS s")
    db.execute('CREATE TABLE prev AS SELECT project_id, ytd_done, cum_done, stage FROM s.progress')
    db.execute('CREATE TABLE project AS SELECT project_id, total_invest, status FROM s.project')
    db.execute('CREATE INDEX p ON prev (project_id)')
    db.execute('CREATE INDEX j ON project (project_id)')
    db.commit()
    db.close()


def peer_python(world):
    snapshot_tables(world, '2022-W12', f'{world.work}/python.db')
    return measured([sys.executable, '-c', PYTHON_PEER, world.work])


def peer_sqlite(world):
    snapshot_tables(world, '2022-W12', f'{world.work}/shell.db')
    script = ['CREATE TABLE raw (' + ', '.join(f'c{i}' for i in range(10)) + ');', '.mode csv']
    script += [f'.import --skip 1 {world.work}/peer/{u}.csv raw' for u in world.units]
    script += ["CREATE TABLE new AS SELECT c0 AS project_id, CAST(round(c1 * 10000) AS INT) AS week_done, "
               "CAST(round(c2 * 10000) AS INT) AS ytd_done, CAST(round(c3 * 10000) AS INT) AS cum_done, "
               "nullif(c4, '') AS stage, nullif(c5, '') AS next_plan, nullif(c6, '') AS problem, "
               "nullif(c7, '') AS help, nullif(c8, '') AS lamp_self, nullif(c9, '') AS note FROM raw;",
               f'CREATE TABLE finding (project_id, rule); INSERT INTO finding {CHECKS};',
               f'CREATE TABLE progress AS SELECT * FROM new WHERE project_id NOT IN '
               f'(SELECT project_id FROM finding WHERE rule IN ({ERRORS}));']
    path = f'{world.work}/shell.sql'
    open(path, 'w', encoding='utf-8').write('\n'.join(script))
    return measured(['sqlite3', f'{world.work}/shell.db'], stdin=open(path, encoding='utf-8'))


def peer_duckdb(world, threads):
    folder = f'{world.work}/duck'
    os.makedirs(folder, exist_ok=True)
    home = os.environ.get('DUCKDB_HOME')
    if home and not os.path.exists(f'{folder}/node_modules'):
        os.symlink(f'{home}/node_modules', f'{folder}/node_modules')
    if not os.path.exists(f'{folder}/node_modules/@duckdb'):
        done = subprocess.run(['npm', 'install', '--prefix', folder, '@duckdb/node-api'], capture_output=True)
        if done.returncode:
            return None
    load = f"""import {{ DuckDBInstance }} from '@duckdb/node-api';
const c = await (await DuckDBInstance.create('{world.work}/duck.db')).connect();
await c.run("CREATE TABLE prev AS FROM read_csv('{world.work}/prev.csv', all_varchar=false)");
await c.run("CREATE TABLE project AS FROM read_csv('{world.work}/project.csv', all_varchar=false)");
await c.run('CHECKPOINT');"""
    db = sqlite3.connect(f'{world.work}/shell.db' if os.path.exists(f'{world.work}/shell.db') else f'{world.work}/python.db')
    for table, columns in (('prev', 'project_id, ytd_done, cum_done, stage'), ('project', 'project_id, total_invest, status')):
        with open(f'{world.work}/{table}.csv', 'w', encoding='utf-8', newline='') as f:
            out = csv.writer(f)
            out.writerow(columns.split(', '))
            out.writerows(db.execute(f'SELECT {columns} FROM {table}'))
    for path in (f'{world.work}/duck.db',):
        if os.path.exists(path):
            os.remove(path)
    open(f'{folder}/load.mjs', 'w', encoding='utf-8').write(load)
    open(f'{folder}/peer.mjs', 'w', encoding='utf-8').write(DUCK_PEER)
    subprocess.run(['node', 'load.mjs'], cwd=folder, check=True)
    os.environ['CHECKS'], os.environ['ERRORS'] = CHECKS, ERRORS
    return measured(['node', f'{folder}/peer.mjs', world.work, str(threads)])


def line(name, result, rows, mega, base=None):
    if result is None:
        print(f'  {name:<22} not installed here')
        return
    wall, cpu, peak = result
    ratio = f'{base[0] and wall / base[0]:8.2f} x' if base else ''
    print(f'  {name:<22}{wall:9.2f} s{cpu:9.2f} cpu s{rows / wall:12.0f} rows/s{mega / wall:8.1f} MB/s{peak:9.1f} MB {ratio}',
          flush=True)


def copy(source, target):
    """What is written once is linked; the drops are copied, because a file with two names is refused there."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    for name in os.listdir(source):
        subprocess.run(['cp', '-a' if name == 'exchange' else '-al', f'{source}/{name}', target], check=True)


def tree(site):
    """Everything in it: name, kind, size, times of content and of names."""
    out = {}
    for folder, folders, files in os.walk(site):
        for name in folders + files:
            s = os.lstat(f'{folder}/{name}')
            out[f'{folder}/{name}'] = (s.st_mode, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino)
    return out


def prepare(world, rows, form):
    """A week of registers and first reports, sealed; the second week in the drops.  Its name and size."""
    name = '项目进度周报.csv' if form != 'xml' else 'progress.xml'
    for unit in world.units:
        world.drop(unit, '项目库.csv', ''.join(projects(unit, world.units[unit])).encode())
        world.drop(unit, name, world.report(unit, 1))
    world.run('collector', '2022-03-24T12:00')
    world.run('aggregator', '2022-03-25T08:05', 'seal', '2022-W12')
    return sum(world.drop(unit, name, world.report(unit, 2)) for unit in world.units)


def peers(world, rows, mega, best):
    os.makedirs(f'{world.work}/peer', exist_ok=True)
    if world.form == 'xml':
        for unit in world.units:
            open(f'{world.work}/peer/{unit}.xml', 'wb').write(world.report(unit, 2))
        files = [f'{world.work}/peer/{u}.xml' for u in world.units]
        line('xmllint --stream', measured(['xmllint', '--stream', '--noout', *files]), rows, mega, best)
        return
    for unit in world.units:
        text = ','.join(HEAD) + '\n' + ''.join(','.join(r) + '\n' for r in progress(unit, world.units[unit], 2))
        open(f'{world.work}/peer/{unit}.csv', 'w', encoding='utf-8').write(text)
    line('python csv + sqlite3', peer_python(world), rows, mega, best)
    line('sqlite3 .import + SQL', peer_sqlite(world), rows, mega, best)
    line('duckdb, 2 threads', peer_duckdb(world, 2), rows, mega, best)


def bench(a, work, rows, form):
    """One size in one format; [(jobs, wall, cpu, peak)]."""
    world = World(work, rows, a.unit_rows, form)
    size = prepare(world, rows, form)
    copy(world.site, f'{work}/start')
    mega = size / 1e6
    print(f'intake of {rows} rows, {len(world.units)} units, {mega:.1f} MB of {form}', flush=True)
    found = []
    for jobs in a.jobs.split(','):
        copy(f'{work}/start', world.site)
        result = world.run('collector', '2022-03-31T12:00', *(('-j', jobs) if jobs else ()))
        line(f'collector -j {jobs}' if jobs else 'collector', result, rows, mega)
        found.append((jobs, *result))
    before = tree(world.site)
    idle = min(world.run('collector', '2022-03-31T12:10')[:2] for _ in range(5))
    after = tree(world.site)
    writes = sum(before.get(k) != after.get(k) for k in before.keys() | after.keys())
    print(f'  idle run              {idle[0] * 1000:9.1f} ms{idle[1] * 1000:8.1f} cpu ms, {writes} changes in the site')
    folded = None if a.no_fold else world.run('aggregator', '2022-04-01T08:05')
    if not a.no_peers:
        peers(world, rows, mega, found[-1][1:])
    if folded is None:
        return found
    line('aggregator (both folds)', folded, rows, mega)
    print(f'  snapshot {os.path.getsize(f"{world.site}/snapshots/2022-W13.db") / 1e6:.1f} MB')
    return found


def growth(form, table):
    """How each size compares with the one before: 1.00 is linear."""
    if len(table) < 2:
        return
    print(f'growth, {form}: microseconds a row, and against the size before')
    before = {}
    for rows, found in table:
        for jobs, wall, cpu, peak in found:
            was = before.get(jobs)
            times = f'{cpu / rows / was:8.2f} x' if was else ''
            print(f'  {rows:>9} rows -j {jobs or "-"}{wall / rows * 1e6:9.2f} us{cpu / rows * 1e6:9.2f} cpu us{peak:9.1f} MB {times}')
            before[jobs] = cpu / rows


def main():
    args = argparse.ArgumentParser()
    args.add_argument('--rows', default='3500,100000')
    args.add_argument('--unit-rows', type=int, default=3000)
    args.add_argument('--jobs', default='1,2,', help='numbers of workers; an empty one is the program\'s own choice')
    args.add_argument('--format', default='csv')
    args.add_argument('--keep')
    args.add_argument('--no-peers', action='store_true')
    args.add_argument('--no-fold', action='store_true')
    a = args.parse_args()
    for form in a.format.split(','):
        table = []
        for rows in map(int, a.rows.split(',')):
            work = tempfile.mkdtemp(prefix='zhoubao-bench-') if not a.keep else f'{a.keep}/{form}-{rows}'
            os.makedirs(work, exist_ok=True)
            table.append((rows, bench(a, work, rows, form)))
            if not a.keep:
                shutil.rmtree(work)
        growth(form, table)


if __name__ == '__main__':
    main()
