#!/usr/bin/env python3
"""What the least work of a fold costs in SQLite, whatever program does it.

usage: fold_floor.py DIR        of a site that fold.py --keep DIR has laid, its open week folded

The shells of SQLite and OpenSSL do, one after the other, what no fold of a week can leave out: see that the week before
is the sealed one, bring the reports over the state, write the tables, read all their values once, hash them.  CPU seconds
of one core, the least of three.  Nothing is counted, judged or checked by it: neither lamps, nor promises, nor roll-ups.
"""
import glob
import os
import resource
import subprocess
import sys

RUNS = 3
KEYS = {'progress': 'unit, project_id', 'project': 'unit, project_id', 'project_week': 'unit, project_id',
        'promise': 'unit, what, key', 'due': 'unit, form, key'}


def spent(command, text=None):
    """CPU seconds of COMMAND, the least of RUNS."""
    least = None
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = took if least is None else min(least, took)
    return least


def asked(path, sql):
    return subprocess.run(['sqlite3', f'file:{path}?immutable=1', sql], check=True, capture_output=True,
        text=True).stdout.split('\n')[:-1]


def fresh(folder):
    path = f'{folder}/floor.db'
    if os.path.exists(path):
        os.remove(path)
    return path


def sql_fresh(folder, statements, attached):
    """CPU seconds of STATEMENTS in a fresh file, as the fold makes it: large pages, no journal, not synced."""
    text = ('PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;'
            + ''.join(f"ATTACH 'file:{path}?immutable=1' AS {name};" for name, path in attached.items())
            + 'BEGIN;' + ';'.join(statements) + ';COMMIT;')
    path = f'{folder}/floor.db'
    return spent(['sh', '-c', f'rm -f "{path}"; exec sqlite3 "{path}"'], text)


def main():
    folder = sys.argv[1]
    n, _, before, week = open(f'{folder}/prepared', encoding='utf-8').read().split()
    n = int(n)
    now = f'{folder}/site/snapshots/{week}.db'
    old = f'{folder}/site/snapshots/{before}.db'
    made = {t: asked(now, f"SELECT sql FROM sqlite_master WHERE name = '{t}'") for t in KEYS}
    columns = {t: asked(now, f"SELECT '\"' || name || '\"' FROM pragma_table_info('{t}')") for t in KEYS}
    rows = {}

    rows['the week before is the sealed one: SHA-256 of its file'] = spent(['openssl', 'dgst', '-sha256', old])
    rows['the same bytes copied'] = spent(['cp', old, fresh(folder)])
    rows['tables copied by pages (INSERT..SELECT *)'] = sql_fresh(folder,
        [f"{' '.join(made[t])}; INSERT INTO {t} SELECT * FROM now.{t}" for t in KEYS], {'now': now})
    rows['tables copied by rows, in order of their keys'] = sql_fresh(folder,
        [f"{' '.join(made[t])}; INSERT INTO {t} SELECT * FROM now.{t} WHERE unit > '' ORDER BY {KEYS[t]}" for t in KEYS],
        {'now': now})
    rows['project_week by rows, each with its three others looked up'] = sql_fresh(folder,
        [f"{' '.join(made['project_week'])}; INSERT INTO project_week SELECT w.* FROM now.project_week AS w"
         " JOIN now.project AS p USING (unit, project_id) JOIN now.progress AS r USING (unit, project_id)"
         " LEFT JOIN old.project_week AS b USING (unit, project_id)"
         " WHERE r._week >= '' AND p.status >= '' AND b.lamp IS NOT NULL"], {'now': now, 'old': old})
    rows['all values of these tables read once'] = spent(['sqlite3', f'file:{now}?immutable=1'],
        ';'.join(f"SELECT {', '.join(f'count({c})' for c in columns[t])} FROM {t}" for t in KEYS) + ';')
    with open(f'{folder}/floor.txt', 'wb') as f:
        subprocess.run(['sqlite3', '-separator', '\x1f', f'file:{now}?immutable=1',
            ''.join(f'SELECT * FROM {t};' for t in KEYS)], stdout=f, check=True)
    rows['their text hashed: SHA-256'] = spent(['openssl', 'dgst', '-sha256', f'{folder}/floor.txt'])
    os.remove(f'{folder}/floor.txt')
    os.remove(f'{folder}/floor.db')
    for what, took in rows.items():
        print(f'  {what:<60}{took:7.2f} cpu s{took / n * 1e6:7.2f} us a project')


main()
