"""What must be so after a random schedule, worked out once more from the drops, the labels and the intake files."""
import glob
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess

import schedule_play
from schedule_play import NAMES, OFFICE, UNITS, WEEKS, Trouble, at, counting

# form -> its key, one of its figures
KEYED = {'project': (['project_id'], 'total_invest'), 'progress': (['project_id'], 'cum_done'),
         'milestone': (['project_id', 'node'], 'plan_date'), 'problem': (['problem_id'], 'due'),
         'change': (['change_id'], 'effective')}
REFERS = {'progress': 'project_id', 'milestone': 'project_id', 'problem': 'project_id'}
AS_OF = {week: day for week, _, _, day in WEEKS}


class Check:
    def __init__(self, play):
        self.play, self.site, self.tools = play, play.site, play.tools
        self.without = self.read_without()
        self.labels = self.read_labels()
        self.left_out = self.damages = 0

    def want(self, what, good):
        if not good:
            raise Trouble(what)

    def ask(self, name, *more):
        return subprocess.run(self.play.command(name, *more), capture_output=True, text=True,
            errors='replace', env=self.play.environment())

    # ---- files ----

    def read_labels(self):
        """(week, unit, number) -> label as a dict, in order"""
        found = {}
        for path in sorted(glob.glob(f'{self.site}/archive/2022-*/*/*.label')):
            week, unit, name = path.split('/')[-3:]
            if (week, unit, int(name[:-6])) in self.without:
                continue
            lines = open(path, encoding='utf-8').read().splitlines()
            found[week, unit, int(name[:-6])] = dict(x.split(' ', 1) for x in lines if ' ' in x)
        return found

    def read_without(self):
        """(week, unit, number) of what was taken and not judged before its week was sealed: the next week's, again."""
        found = set()
        for path in glob.glob(f'{self.site}/archive/2022-*/sealed'):
            for line in open(path, encoding='utf-8'):
                if line.startswith('without '):
                    found.add((path.split('/')[-2], line.split()[1], int(line.split()[2])))
        return found

    def taken(self):
        """What the labels say was taken, as it was dropped; nothing twice, nothing missed."""
        keys = []
        for (week, unit, number), label in self.labels.items():
            place = f'{week}/{unit}/{number:03}'
            refused = 'refused' in label.get('kind', '')
            key = (unit, label['name'], None if refused else label['sha256'])
            keys.append(key)
            when = at(label['received_at'][:19])
            dropped = self.play.dropped.get(key) or self.play.perhaps.get(key)
            self.want(f'{place}: nobody dropped {key}', dropped is not None)
            self.want(f'{place}: received {when}, dropped {dropped}', when == dropped or
                      when < dropped and when in self.play.behind)
            # a resumed batch has the week it was begun for; nothing is ever put into a later week than its
            # own
            self.want(f'{place}: received {when}', week == counting(when) or week > counting(when) and when in
                      (dropped, *self.play.behind) and self.was_back(when))
            where = 'refused' if refused else 'archive'
            self.want(f'{place}: not in {where}', os.path.lexists(f'{self.site}/{where}/{place}'))
        self.want('taken twice', len(keys) == len(set(keys)))
        missed = set(self.play.dropped) - set(keys)
        self.want(f'never taken: {missed}', not missed)

    def was_back(self, when):
        """The clock stood before a seal that had already been: then the open week has the file."""
        return when < self.play.last_seal()

    def files(self):
        for unit in (*UNITS, OFFICE):
            folder = f'{self.site}/exchange/{unit}/drop'
            self.want(f'{unit}: left in the drop', not os.path.isdir(folder) or not os.listdir(folder))
        self.taken()
        for (week, unit, number), label in self.labels.items():
            place = f'{week}/{unit}/{number:03}'
            if 'refused' not in label.get('kind', ''):
                data = open(f'{self.site}/archive/{place}', 'rb').read()
                self.want(f'{place}: other bytes than its label',
                    hashlib.sha256(data).hexdigest() == label['sha256'])
            self.want(f'{place}: no intake', os.path.exists(f'{self.site}/intake/{place}.db'))
            receipts = glob.glob(f'{self.site}/exchange/{unit}/outbox/{week}-{number:03}-*.txt')
            self.want(f'{place}: receipts {receipts}', len(receipts) == 1)
        for week, unit in {(w, u) for w, u, _ in self.labels}:
            numbers = sorted(n for w, u, n in {*self.labels, *self.without} if (w, u) == (week, unit))
            self.want(f'{week}/{unit}: numbers {numbers}', numbers == list(range(1, len(numbers) + 1)))
        self.want('intake without a label', len(glob.glob(f'{self.site}/intake/*/*/*.db')) == len(self.labels))
        for root, _, names in os.walk(self.site):
            left = [n for n in names if n.startswith('.tmp.') or root.endswith('/work')]
            self.want(f'{root}: left over: {left}', not left)

    # ---- rows ----

    def open(self, path):
        db = sqlite3.connect(f'file:{self.site}/{path}?immutable=1', uri=True)
        db.row_factory = sqlite3.Row
        return db

    def read_intake(self):
        """place -> (submission, form -> rows); and what a receipt counts is what lies there."""
        self.intake = {}
        for week, unit, number in self.labels:
            place = f'{week}/{unit}/{number:03}'
            db = self.open(f'intake/{place}.db')
            sub = db.execute('SELECT * FROM submission').fetchone()
            tables = {r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            rows = {form: db.execute(f'SELECT * FROM {form}').fetchall() for form in KEYED if form in tables}
            db.close()
            self.want(f'{place}: {dict(sub)}', (sub['unit'], sub['week'], sub['number']) == (unit, week,
                number))
            if sub['rows_read'] is not None:
                self.want(f'{place}: rows {dict(sub)}',
                    sub['rows_read'] == sub['rows_accepted'] + sub['rows_held'] +
                          sub['rows_withdrawn'])
                there = sum(len(r) for r in rows.values())
                self.want(f'{place}: {there} rows, {dict(sub)}',
                    there == sub['rows_accepted'] + sub['rows_withdrawn'])
            text = open(glob.glob(f'{self.site}/exchange/{unit}/outbox/{week}-{number:03}-*.txt')[0],
                encoding='utf-8').read()
            if sub['verdict'] in ('accepted', 'warned', 'partial'):
                said = re.search(r'读入(\d+)行.*?(\d+)行.*?(\d+)行', re.sub(r'\s', '', text))
                self.want(f'{place}: receipt {said}', said and int(said.group(1)) == sub['rows_read'] and
                          int(said.group(2)) == sub['rows_accepted'])
            self.intake[week, unit, number] = sub, rows

    def layers(self, week, unit, form, before, reports, corrected):
        keys, value = KEYED[form]
        weekly = form == 'progress'
        for w, u, number in sorted(self.intake):
            sub, rows = self.intake[w, u, number]
            if (w, u) != (week, unit) or form not in rows:
                continue
            for row in rows[form]:
                key = ' '.join(row[k] for k in keys)
                gone = row['op'] == '撤销'
                fresh = (sub['declared_week'] if sub['correction'] else week, f'{week}/{unit}/{number:03}',
                    row['_row'],
                         row[value])
                if sub['correction']:
                    stands = corrected.get(key) or before.get(key) or ('',)
                    if stands[0] <= sub['declared_week'] and not (gone and weekly):
                        corrected[key] = None if gone else fresh
                elif gone and weekly:
                    reports.pop(key, None)
                else:
                    reports[key] = None if gone else fresh

    def fold(self, week, before):
        """form -> (unit, key) -> row, of the week before to this week's."""
        after = {}
        for form in KEYED:
            after[form] = {}
            for unit in (*UNITS, OFFICE):
                was = {k: v for (u, k), v in before[form].items() if u == unit}
                reports, corrected = {}, {}
                self.layers(week, unit, form, was, reports, corrected)
                for key, row in {**was, **corrected, **reports}.items():
                    if row is not None:
                        after[form][unit, key] = row
        self.contest(week, before, after)
        self.move(week, after)
        return after

    def contest(self, week, before, after):
        """A project that two units have: who had it, then who was first received; the others' rows go with it."""
        units = {}
        for unit, key in after['project']:
            units.setdefault(key, []).append(unit)
        for key, rivals in units.items():
            if len(rivals) == 1 or not any(after['project'][u, key][1].startswith(week)
                    and (u, key) not in before['project']
                                           for u in rivals):
                continue
            received = {u: self.first_received(week, after['project'][u, key][1]) for u in rivals}
            rivals.sort(key=lambda u: ((u, key) not in before['project'], received[u], u))
            for unit in rivals[1:]:
                del after['project'][unit, key]
                self.left_out += 1
                for form, field in REFERS.items():
                    for u, k in [x for x in after[form] if x[0] == unit]:
                        if self.refers(form, after[form][u, k], k) == key:
                            del after[form][u, k]

    def first_received(self, week, submission):
        w, unit, number = submission.split('/')
        return self.intake[w, unit, int(number)][0]['received_at'] if w == week else ''

    def refers(self, form, row, key):
        """The project of a row: part of its key, or in the line it came from."""
        if form != 'problem':
            return key.split()[0]
        week, unit, number = row[1].split('/')
        return next(r['project_id'] for r in self.intake[week, unit, int(number)][1]['problem']
            if r['_row'] == row[2])

    def move(self, week, after):
        said = {}
        for (_, key), row in sorted(after['change'].items(), key=lambda x: (x[1][3], x[0][1])):
            w, unit, number = row[1].split('/')
            change = next(r for r in self.intake[w, unit, int(number)][1]['change'] if r['_row'] == row[2])
            if change['kind'] == '划转' and change['effective'] <= AS_OF[week]:
                said[change['project_id']] = change['to_unit']
        for form in (*REFERS, 'project'):
            for unit, key in sorted(after[form]):
                project = key if form == 'project' else self.refers(form, after[form][unit, key], key)
                to = said.get(project)
                moves = to and to != unit and (unit, project) in after['project']
                if moves and (to, key) not in after[form]:
                    after[form][to, key] = after[form].pop((unit, key))

    def compare(self, week, after):
        db = self.open(f'snapshots/{week}.db')
        for form, (keys, value) in KEYED.items():
            got = {(r['unit'], ' '.join(r[k] for k in keys)): (r['_week'], r['_submission'], r['_row'],
                r[value])
                   for r in db.execute(f'SELECT * FROM {form}')}
            self.want(f'{week} {form}: snapshot only {sorted(set(got.items()) - set(after[form].items()))}\n'
                      f'wanted {sorted(set(after[form].items()) - set(got.items()))}', got == after[form])
        meta = dict(db.execute('SELECT name, value FROM meta').fetchall())
        count = db.execute('SELECT count(*) FROM submission').fetchone()[0]
        sums = [db.execute(f'SELECT sum({c}) FROM unit_week WHERE week = ? AND unit {o} ?',
            (week, OFFICE)).fetchone()[0]
                for c in ('ytd_done', 'week_done', 'projects') for o in ('=', '<>')]
        db.close()
        self.want(f'{week}: gate {meta["gate"]}', meta['gate'] == 'ok')
        self.want(f'{week}: submissions', count == sum(1 for w, _, _ in self.labels if w == week))
        self.want(f'{week}: city and units {sums}', sums[::2] == sums[1::2])

    # ---- damage ----

    def records(self, weeks):
        """Files of sealed weeks that verify answers for."""
        found, rules = [], set()
        for week in weeks:
            here = [p for pattern in ('archive/{}/*/*', 'archive/{}/sealed', 'intake/{}/*/*.db', 'snapshots/{}.*',
                        'briefings/{}/*', 'exchange/*/outbox/{}-[0-9][0-9][0-9]-*', 'archive/{}/printed')
                    for p in glob.glob(f'{self.site}/{pattern.format(week)}')]
            # what was printed after the next week was sealed, or of the newest, has no witness
            found += [p for p in here if not p.endswith('/printed') or self.is_witnessed(week, weeks)]
            for path in here:
                if path.endswith(('.label', '/sealed')):
                    rules |= set(re.findall(r'(?m)^rules (?:sha256 )?([0-9a-f]{64})$',
                        open(path, encoding='utf-8').read()))
        found += [f'{self.site}/archive/rules/{r}' for r in rules]
        return sorted(p for p in found if os.path.isfile(p))

    def is_witnessed(self, week, weeks):
        if week == weeks[-1]:
            return False
        with open(f'{self.site}/archive/{weeks[weeks.index(week) + 1]}/sealed', encoding='utf-8') as f:
            return '\nprinted ' in f.read()

    def damaged(self, weeks):
        """A bit, an end, a byte more, a file gone, two files for each other: verify finds each, and names the file."""
        rng, files = self.play.rng, self.records(weeks)
        for _ in range(4 if files else 0):
            path = rng.choice(files)
            with open(path, 'rb') as f:
                was = f.read()
            how = rng.choice(['bit', 'cut', 'more', 'gone', 'other'])
            if how == 'gone' and '/outbox/' in path or how in ('bit', 'cut') and not was:
                how = 'more'                    # what a unit took away is no matter
            at_byte = rng.randrange(len(was)) if was else 0
            bit = bytes([was[at_byte] ^ 1 << rng.randrange(8)]) if was else b''
            with open(rng.choice(files), 'rb') as f:
                other = f.read()
            now = {'bit': was[:at_byte] + bit + was[at_byte + 1:], 'cut': was[:at_byte], 'more': was + b'\n',
                   'gone': None, 'other': other}[how]
            if now == was:
                continue
            mode = os.stat(path).st_mode
            os.rename(path, f'{self.site}/../aside')
            if now is not None:
                with open(path, 'wb') as f:
                    f.write(now)
                os.chmod(path, mode)
            got = self.ask('aggregator', 'verify')
            os.rename(f'{self.site}/../aside', path)
            place = path[len(self.site) + 1:]
            self.want(f'{place}, {how} at {at_byte}: verify {got.returncode}\n{got.stdout}{got.stderr}',
                got.returncode == 1 and place in got.stdout)
            self.damages += 1
            self.play.did.add(f'damage found: {how}')

    # ---- the whole ----

    def digests(self, weeks):
        seals = {w: open(f'{self.site}/snapshots/{w}.seal').read() for w in weeks[:-1]}
        return seals, self.ask('aggregator', 'digest', weeks[-1]).stdout

    def rebuilt(self, weeks):
        """The same, when intake, snapshots and briefings are gone; by zhoubao, which says so itself, or elsewhere."""
        was = self.digests(weeks)
        if self.play.rng.random() < 0.5:
            got = self.ask('zhoubao', 'rebuild')
            self.want(f'rebuild: {got.returncode}\n{got.stdout}{got.stderr}', got.returncode == 0)
        else:
            for part in ('intake', 'snapshots', 'briefings'):
                if os.path.exists(f'{self.site}/{part}'):
                    schedule_play.cleanup(f'{self.site}/{part}')
            os.makedirs(f'{self.site}/snapshots')
            for week in weeks:
                for command in (('collector', 'replay'), ('aggregator', 'fold')):
                    got = self.ask(command[0], command[1], week)
                    self.want(f'{command} {week}: {got.returncode}\n{got.stderr}', got.returncode in (0, 1))
        now = self.digests(weeks)
        self.want(f'rebuilt otherwise:\n{was}\n{now}', was == now)
        self.play.did.add('rebuilt')

    def run(self, figures):
        self.files()
        self.read_intake()
        weeks = self.play.seals() + [self.play.open_week()]
        self.want(f'weeks {weeks}', weeks == NAMES[:len(weeks)])
        self.want('labels of other weeks', {w for w, _, _ in self.labels} <= set(weeks))
        after = {form: {} for form in KEYED}
        for week in weeks:
            after = self.fold(week, after)
            self.compare(week, after)
        got = self.ask('aggregator', 'verify')
        self.want(f'verify: {got.returncode}\n{got.stdout}{got.stderr}', got.returncode == 0)
        self.damaged(self.play.seals())
        compared = figures(self.site) if figures else 0
        if self.play.rng.random() < 0.25:
            self.rebuilt(weeks)
        return compared
