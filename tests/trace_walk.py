"""Trace every column of every measure of a site's weeks, text and JSON: each must say where its figure comes from.

usage: trace_walk.py CONFIG SITE TIME WEEK [ROWS]      ROWS: how many rows of each measure (default 1)

Of each column that is not of the key: exit 0, what it means, JSON that parses with the same figure, and at least one archived file with its
digest and a row of it, or the trace to ask for next (another unit's row, another week's); where no row went in, the list of tables says so with "rows: 0".  Of money: yuan and ten
thousands.  What a column is the sum of adds up to it.  An empty figure says why, or leads to the empty cell, or a file without that column.  No name is twice in an object.
"""
import collections
import json
import os
import re
import sqlite3
import subprocess
import sys

# What a figure can be read from beside files: a setting, the calendar, a decision of the week before.
TABLES_OF_THEIR_OWN = {'setting', 'meta', 'moved', 'due'}


def trace(config, site, now, *what):
    return subprocess.run(['aggregator', '-c', config, '-s', site, '-t', now, 'trace', *what],
        capture_output=True, text=True)


def once(pairs):
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError(f'twice in an object: {[n for n, _ in pairs]}')
    return names


def nodes(x):
    if isinstance(x, list):
        for y in x:
            yield from nodes(y)
    elif isinstance(x, dict):
        yield x
        yield from nodes(list(x.values()))


def measures(db):
    """measure -> its columns, the columns of its key without the week"""
    forms = {r[0] for r in db.execute('SELECT name FROM form')}
    found = {}
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
        info = db.execute(f'SELECT name, pk FROM pragma_table_info({name!r})').fetchall()
        columns = [c for c, _ in info]
        if name in forms or name.startswith('ref_') or name in ('meta', 'form', 'unit', 'setting',
                'submission', 'finding',
                                                                'corrected', 'due', 'moved', 'assigned',
                                                                'archived'):
            continue
        keys = sorted((c for c, pk in info if pk and c != 'week'),
            key=lambda c: (c != 'unit', [x for x, _ in info].index(c)))
        found[name] = columns, keys, any(c == 'week' and pk for c, pk in info)
    return found


def choose(db, name, keys, weekly, week, rows):
    """Some rows, spread: keys and all."""
    where = f'WHERE week = {week!r}' if weekly else ''
    db.row_factory = sqlite3.Row
    got = db.execute(f'SELECT * FROM {name} {where} ORDER BY {", ".join(keys)}').fetchall()
    step = max(1, len(got) // rows)
    return got[::step][:rows]


class Walk:
    def __init__(self, config, site, now, week):
        self.ask = (config, site, now)
        self.site, self.week = site, week
        self.bad, self.count = [], collections.Counter()

    def wrong(self, what, got):
        self.bad.append(f'{what}: {got}')

    def check(self, name, row, keys, column):
        key = ' '.join(str(row[k]) for k in keys)
        what = f'{name} "{key}" {column}'
        got = trace(*self.ask, '-f', 'json', self.week, name, key, column)
        if got.returncode != 0:
            return self.wrong(what, f'exit {got.returncode} {got.stderr.strip()[:200]}')
        try:
            tree = json.loads(got.stdout, object_pairs_hook=once)
        except ValueError as error:
            return self.wrong(what, f'JSON: {error}')
        self.count['traces'] += 1
        text = None
        if self.count['traces'] % 4 == 1 or f'{column}_shown' in tree['rows'][0]:
            text = trace(*self.ask, self.week, name, key, column).stdout
            self.count['as text'] += 1
        self.figure(what, tree, row, column, text)
        self.origin(what, tree, text)
        if row[column] is None:
            self.empty(what, tree, column)

    def empty(self, what, tree, column):
        self.count['empty'] += 1
        cells = [n for n in nodes(tree['rows']) if n.get('archive') == 'not in this file'
                 or n.get('archive') == 'equal' and n.get('cell') == '']
        if 'empty' not in tree['rows'][0] and not cells:
            self.wrong(what, f'is empty, and says not why; {column} has no line "-- empty:"')

    def figure(self, what, tree, row, column, text):
        if 'means' not in tree and column not in self.plain:
            self.wrong(what, 'the head of the measure says nothing of it')
        value, shown = tree['rows'][0][column], row[column]
        if not (value == shown or isinstance(shown, float) and abs(value - shown) < 1e-6):
            self.wrong(what, f'shows {value!r}, is {shown!r}')
        if f'{column}_shown' in tree['rows'][0]:
            self.count['of money'] += 1
            if not re.search(rf'(?m)^ *{column}: -?\d+ yuan = \S+$', text):
                self.wrong(what, 'money without its unit')
        for node in tree['rows'][0].get('rests_on', []):
            sums = node.get('sum', {})
            if column in sums and column in self.adds:
                self.count['sums'] += 1
                if sums[column] != value:
                    self.wrong(what, f'is {value}, the rows add up to {sums[column]}')

    def origin(self, what, tree, text):
        rests = tree['rows'][0].get('rests_on')
        if not rests:
            return self.wrong(what, 'rests on nothing')
        files = [n for n in nodes(rests) if n.get('file')]
        if files:
            self.count['that name a file'] += 1
            says = text is None or re.search(r'file archive/\S+;.* sha256 [0-9a-f]{64}; checked equal', text)
            if not says or not all(os.path.lexists(f'{self.site}/{n["file"]}') for n in files):
                self.wrong(what, 'names files without digests, or that are not there')
            self.count['files named'] += len({n['file'] for n in files})
            self.count['cells compared'] += sum('archive' in n for n in nodes(rests))
        elif any('next' in n for n in nodes(rests)):
            self.count['that name the next trace'] += 1
        elif all(n['rows'] == 0 for n in rests):
            self.count['that rest on no row'] += 1
        elif {n['table'] for n in rests if n['rows']} <= TABLES_OF_THEIR_OWN:
            self.count['of a setting or the calendar'] += 1
        else:
            self.wrong(what, f'rests on {[(n["table"], n["rows"]) for n in rests]} without a file')

    def run(self, rows):
        path = f'file:{self.site}/snapshots/{self.week}.db?immutable=1'
        db = sqlite3.connect(path, uri=True)
        for name, (columns, keys, weekly) in measures(db).items():
            source = next(open(f'{os.path.dirname(self.ask[0])}/measures/{f}', encoding='utf-8').read()
                          for f in sorted(os.listdir(f'{os.path.dirname(self.ask[0])}/measures'))
                          if f.endswith(f'-{name}.sql'))
            self.adds = set(' '.join(re.findall(r'(?m)^-- adds: (.*)',
                source)).split()) if name == 'unit_week' else set()
            self.plain = set(columns) if '--   ' not in source else set(keys) | {'unit',
                'week'} | self.untold(source, columns)
            for row in choose(db, name, keys, weekly, self.week, rows):
                for column in columns:
                    if column not in ('unit', 'week', *keys):
                        self.check(name, row, keys, column)

    @staticmethod
    def untold(source, columns):
        """Columns that are a form's own, by name: the form says what they are."""
        head = source[:source.index('CREATE TABLE')]
        return {c for c in columns if not re.search(rf'\b{re.escape(c)}\b', head)}


def main():
    config, site, now, week = sys.argv[1:5]
    walk = Walk(config, site, now, week)
    walk.run(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    print('\n'.join(walk.bad[:60]))
    print(', '.join(f'{n} {what}' for what, n in walk.count.items()) + f', {len(walk.bad)} wrong')
    return 1 if walk.bad or walk.count['traces'] < 50 else 0


if __name__ == '__main__':
    sys.exit(main())
