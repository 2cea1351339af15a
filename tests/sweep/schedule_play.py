"""What happens in one random schedule: files of every kind, clocks, runs and kills, each drawn from its seed."""
import datetime
import glob
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess

OFFICE = '320400'
UNITS = {'320412': ('湖塘镇', '91320412MA2M3M3H5P'), '320481': ('昆仑街道', '91320481MAD92Q3J5R'),
         'CZJKQ': ('横林镇', '91320400MAN8KDQ57Q')}
PROJECT = ('项目编号,项目名称,企业名称,统一社会信用代码,所属镇（街道）,项目类型,年度属性,计划开工时间,计划竣工时间,'
           '项目总投资（万元）,年度计划投资（万元）,项目状态,实际开工时间,责任处室,责任人,操作\n')
PROGRESS = '项目编号,本周完成投资（万元）,年初至报告期累计完成投资（万元）,开工至报告期累计完成投资（万元）,形象进度,操作,订正说明\n'
MILESTONE = '项目编号,节点,计划完成时间,实际完成时间,佐证,操作\n'
PROBLEM = '问题编号,项目编号,问题事项,协调层级,责任单位,解决时限,办理状态,核实人,操作\n'
CHANGE = '变更编号,项目编号,变更类型,划入板块,生效日期,批准人,变更原因,操作\n'

# week, cut-off, seal: what the calendar of 2022 says (tests/unit/test_week has the days one by one)
WEEKS = [('2022-W12', '2022-03-24T17:00', '2022-03-25T08:00', '2022-03-24'),
         ('2022-W13', '2022-03-31T17:00', '2022-04-01T08:00', '2022-03-31'),
         ('2022-W14', '2022-04-07T17:00', '2022-04-08T08:00', '2022-04-07'),
         ('2022-W15', '2022-04-14T17:00', '2022-04-15T08:00', '2022-04-14'),
         ('2022-W16', '2022-04-21T17:00', '2022-04-22T08:00', '2022-04-21'),
         ('2022-W17', '2022-04-28T17:00', '2022-04-29T08:00', '2022-04-28'),
         ('2022-W19', '2022-05-12T17:00', '2022-05-13T08:00', '2022-05-12'),
         ('2022-W20', '2022-05-19T17:00', '2022-05-20T08:00', '2022-05-19')]
NAMES = [w[0] for w in WEEKS]
START = datetime.datetime(2022, 3, 18, 9)
LAST = datetime.datetime(2022, 5, 13, 20)
ZONE = datetime.timezone(datetime.timedelta(hours=8))


def at(text):
    return datetime.datetime.fromisoformat(text)


def counting(when):
    """The week of a file that was received then."""
    return next(w for w, _, seal, _ in WEEKS if when < at(seal))


class Trouble(Exception):
    pass


class Play:
    def __init__(self, folder, tools, seed, verbose):
        self.rng = random.Random(seed)
        self.site, self.tools, self.verbose = f'{folder}/site', tools, verbose
        os.makedirs(self.site)
        self.now = START
        self.signed = self.rng.random() < 0.25          # an office that signs first
        self.config = 0                                 # which of the two rule sets is today's
        self.dropped, self.perhaps = {}, {}             # (unit, name, digest) -> when
        self.lying = {}                                 # (unit, name) -> its key in dropped
        self.behind = []                                # "now" of runs of the collector
        self.sent = {}                                  # unit -> bytes of the last progress file
        self.known = {u: 0 for u in UNITS}
        self.written = {}                               # path -> digest: never to change
        self.n = self.kills = self.runs = self.changes = 0
        self.did = set()
        self.closed = None                              # the folder of the site that is read-only
        self.cut_off = set()                            # weeks whose replay did not end
        self.away = False                               # the exchange folder is not mounted

    def say(self, *what):
        if self.verbose:
            print(self.now.isoformat(), *what, flush=True)

    # ---- files ----

    def exchange(self):
        """Where the units' folders are: what is not mounted is elsewhere, and the units go on sending."""
        return f'{os.path.dirname(self.site)}/exchange.away' if self.away else f'{self.site}/exchange'

    def drop_path(self, unit, name):
        folder = f'{self.exchange()}/{unit}/drop'
        os.makedirs(folder, exist_ok=True)
        return f'{folder}/{name}'

    def stamp(self, path):
        when = int(self.now.replace(tzinfo=ZONE).timestamp() * 10**9) + self.n
        os.utime(path, ns=(when, when), follow_symlinks=False)

    def note(self, unit, name, digest):
        key = (unit, name, digest)
        self.dropped[key] = self.now
        self.lying[unit, name] = key
        self.say('drop', unit, name)

    def drop(self, unit, name, data):
        self.n += 1
        name = f'{self.n:03}-{name}'
        path = self.drop_path(unit, name)
        with open(path, 'wb') as f:
            f.write(data)
        self.stamp(path)
        self.note(unit, name, hashlib.sha256(data).hexdigest())

    def overwrite(self):
        """Somebody sends other bytes under a name that still lies there: both count only if the first was taken."""
        here = [(u, n) for u, n in sorted(self.lying) if os.path.isfile(self.drop_path(u, n))
                and not os.path.islink(self.drop_path(u, n))]
        if not here:
            return
        unit, name = self.rng.choice(here)
        path, old = self.drop_path(unit, name), self.lying[unit, name]
        self.n += 1
        data = open(path, 'rb').read() + b'\n' * self.n
        with open(path + '.part', 'wb') as f:
            f.write(data)
        self.stamp(path + '.part')
        os.replace(path + '.part', path)
        if old in self.dropped:
            self.perhaps[old] = self.dropped.pop(old)
        self.note(unit, name, hashlib.sha256(data).hexdigest())
        self.did.add('overwritten')

    def strange(self, unit):
        """What is no readable file: it is moved away, and gets a receipt too."""
        self.n += 1
        what = self.rng.choice(['link', 'folder', 'fifo', 'hole', 'second'])
        name = f'{self.n:03}-{what}.csv'
        path = self.drop_path(unit, name)
        if what == 'link':
            os.symlink('/etc/passwd', path)
        elif what == 'folder':
            os.mkdir(path)
        elif what == 'fifo':
            os.mkfifo(path)
        elif what == 'hole':
            with open(path, 'wb') as f:
                f.truncate(1 << 20)
        else:
            with open(f'{self.site}/../second-{self.n}', 'wb') as f:
                f.write(b'x')
            os.link(f'{self.site}/../second-{self.n}', path)
        self.stamp(path)
        self.note(unit, name, None)
        self.did.add('refused object')

    def project_row(self, unit, i, op):
        town, uscc = UNITS[unit]
        total = self.rng.randint(1, 9) * 1000
        status = self.rng.choice(['在建'] * 7 + ['竣工', '停工', '未开工', '暂缓'])
        return (f'{unit}-2022-{i:04},示例项目{i},示例精密{i}厂,{uscc},{town},智能化改造,{self.rng.choice(["结转", "新开工"])},'
                f'2022-01-01,2022-12-31,{total},{total},{status},{"" if status == "未开工" else "2022-01-05"},示例处,'
                f'测试员{i},{op}\n')

    def projects(self, unit, week=''):
        rows, self.known[unit] = [], self.known[unit] + self.rng.randint(1, 2)
        for i in range(1, self.known[unit] + 1):
            if self.rng.random() < 0.7:
                rows.append(self.project_row(unit, i, self.rng.choice(['新增', '', '新增'])))
        if self.rng.random() < 0.15:
            rows.append(self.project_row(unit, self.rng.randint(1, self.known[unit]), '撤销'))
        if self.rng.random() < 0.15:                    # an empty number: the engine gives one
            rows.append(',' + self.project_row(unit, 500 + self.n, '新增').split(',', 1)[1])
        self.drop(unit, f'项目库{week}.csv', (PROJECT + ''.join(rows)).encode())

    def number(self, unit):
        """A project: mostly one's own, now and then one that went to another unit, or nobody's."""
        whose = unit if self.rng.random() < 0.85 else self.rng.choice(list(UNITS))
        return f'{whose}-2022-{self.rng.randint(1, self.known[whose] + 1):04}'

    def progress(self, unit, week=''):
        rows = []
        for number in sorted({self.number(unit) for _ in range(self.known[unit] * 2 + 1)}):
            day = (self.now - START).days
            cum = 300 + 10 * day + self.rng.choice([0, 5, -200])
            op = '撤销' if self.rng.random() < 0.15 else ''
            done = self.rng.choice(['10', '10', '20', '0', '壹拾', ''])
            rows.append(f'{number},{done},{cum - 100},{cum},第{self.rng.randint(1, self.n + 1)}次,{op},'
                        f'{"更正" if week or self.rng.random() < 0.5 else ""}\n')
        data = (PROGRESS + ''.join(rows)).encode('gb18030' if self.rng.random() < 0.2 else 'utf-8')
        self.sent[unit] = data
        self.drop(unit, f'项目进度周报{week}.csv', data)

    def milestones(self, unit, week=''):
        rows = [f'{self.number(unit)},{self.rng.choice(["采购", "安装", "联调"])},2022-0{self.rng.randint(3, 6)}-15,'
                f'{self.rng.choice(["", "", "2022-03-10"])},合同,{self.rng.choice(["", "", "", "撤销"])}\n'
                for _ in range(3)]
        self.drop(unit, f'项目节点{week}.csv', (MILESTONE + ''.join(rows)).encode())

    def problems(self, unit):
        rows = [f'{unit}-W2022-{self.rng.randint(1, 4):04},{self.number(unit)},用电容量不足{i},区,示例供电局,2022-0'
                f'{self.rng.randint(3, 6)}-20,{self.rng.choice(["待办", "办理中", "销号"])},{self.rng.choice(["", "测试员"])},'
                f'{self.rng.choice(["新增", "", "撤销"])}\n' for i in range(2)]
        self.drop(unit, '问题清单.csv', (PROBLEM + ''.join(rows)).encode())

    def decide(self):
        """The office approves: projects are parked, taken back, and moved to another unit."""
        rows = []
        for _ in range(self.rng.randint(1, 2)):
            self.changes += self.rng.random() < 0.8
            unit = self.rng.choice(list(UNITS))
            kind = self.rng.choice(['划转', '划转', '划转', '暂缓', '恢复', '退库', '入库'])
            to = self.rng.choice(list(UNITS)) if kind == '划转' else ''
            day = (self.now + datetime.timedelta(days=self.rng.randint(-9, 9))).date()
            rows.append(f'BG-{self.changes:03},{unit}-2022-{self.rng.randint(1, max(1, self.known[unit])):04},{kind},{to},{day},'
                        f'示例领导,示例原因,{"撤销" if self.rng.random() < 0.1 else ""}\n')
        self.drop(OFFICE, '项目变更.csv', (CHANGE + ''.join(rows)).encode())
        self.did.add('approved')

    def junk(self, unit):
        self.drop(unit, 'x.csv', self.rng.choice([b'', b'\x00\x01\x02', b'a,b\n1,2\n', b'\xff' * 50,
            '项目编号\n'.encode(),
                                                  b'<submission xmlns="urn:zhoubao:submission:1" unit="CZJKQ"/>']))

    def submit(self):
        unit = self.rng.choice(list(UNITS))
        what = self.rng.random()
        past = self.rng.choice(NAMES[:6])
        if what < 0.2:
            self.projects(unit)
        elif what < 0.48:
            self.progress(unit)
        elif what < 0.55 and unit in self.sent:
            self.drop(unit, '项目进度周报.csv', self.sent[unit])
        elif what < 0.67:
            self.progress(unit, past)
        elif what < 0.7:
            self.projects(unit, past)
        elif what < 0.76:
            self.milestones(unit, self.rng.choice(['', '', past]))
        elif what < 0.8:
            self.problems(unit)
        elif what < 0.88:
            self.decide()
        elif what < 0.93:
            self.strange(unit)
        elif what < 0.96:
            self.overwrite()
        else:
            self.junk(unit)

    # ---- time ----

    def step(self):
        what = self.rng.random()
        if what < 0.12:
            self.now -= datetime.timedelta(hours=self.rng.randint(1, 60))
            self.did.add('clock back')
        elif what < 0.35:                               # about a cut-off or a seal, to the second
            _, cutoff, seal, _ = next(w for w in WEEKS if self.now < at(w[2]))
            self.now = at(self.rng.choice([cutoff, seal])) + datetime.timedelta(seconds=self.rng.choice([-1,
                0, 1, 300]))
        else:
            self.now += datetime.timedelta(minutes=self.rng.choice([1, 30, 600, 1440, 4000, 9000, 15000]))
        self.now = min(max(self.now, START), LAST)

    # ---- runs ----

    def ini(self):
        return self.tools.configs[2 * self.signed + self.config]

    def command(self, name, *more):
        return [f'{self.tools.bin}/{name}', '-c', self.ini(), '-s', self.site, '-t', self.now.isoformat(),
                f'-j{self.rng.choice([1, 1, 2])}', *more]

    def environment(self, **trouble):
        # A sanitized build wants to be preloaded first; it does as well behind the slow clock.
        closed = {'READ_ONLY': self.closed} if self.closed else {}
        return {**os.environ, 'LD_PRELOAD': self.tools.slowclock, 'TMPDIR': '/tmp', **closed,
                **{what: str(at) for what, at in trouble.items()},
                'ASAN_OPTIONS': 'verify_asan_link_order=0', 'PATH': f'{self.tools.bin}:{os.environ["PATH"]}'}

    def begin(self, name, *more, **trouble):
        self.runs += 1
        if name in ('collector', 'zhoubao'):
            self.behind.append(self.now)
        if trouble:
            trouble['STEPS'] = f'{os.path.dirname(self.site)}/steps'
            with open(trouble['STEPS'], 'wb') as f:
                f.write(bytes(8))
        return subprocess.Popen(self.command(name, *more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                start_new_session=True, env=self.environment(**trouble))

    def end(self, child, name, busy=False, full=False):
        out = child.communicate()[0].decode(errors='replace')
        code = child.returncode
        self.say(name, '->', code)
        if code == -signal.SIGKILL:
            self.kills += 1
            self.did.add(f'{name} killed')
        elif code == 75 and (busy or self.is_swapping() or self.now < self.last_seal()):
            self.did.add('exit 75')
        elif code == 74 and ('run collector' in out or full or self.closed):
            pass                                        # it was killed with a file half done: its turn first
        elif code not in (0, 1):
            raise Trouble(f'{name} at {self.now}: exit {code}\n{out}')
        return code, out

    def trouble(self, often, most=120):
        """A kill, or a disk that is full from there on, after some steps; in OFTEN of all runs."""
        if self.rng.random() >= often:
            return {}
        at = int(self.rng.choice([6, 30, most]) * self.rng.random()) + 1
        return {'FULL_AT' if self.rng.random() < 0.25 else 'KILL_AT': at}

    def run(self, name, *more, often=0.0, most=120):
        trouble = self.trouble(often, most)
        if 'FULL_AT' in trouble:
            self.did.add(f'disk full under {name}')
        return self.end(self.begin(name, *more, **trouble), name, full='FULL_AT' in trouble)

    def at_once(self):
        """Two programs at the same time: one of them may have to come again; two nights wait for each other."""
        pair = self.rng.sample(['collector', 'aggregator', 'collector', 'reporter', 'zhoubao', 'zhoubao'], 2)
        children = [self.begin(name, *(['nightly'] if name == 'zhoubao' else [])) for name in pair]
        for name, child in zip(pair, children):
            self.end(child, name, busy=True)
        self.did.add('at once')

    # ---- the exchange folder ----

    def shut(self):
        """The exchange folder, or a unit's part of it, is read-only for us, or not mounted; perhaps over a seal."""
        how = self.rng.choice(['read-only', 'not mounted', 'read-only unit'])
        folder = f'{self.site}/exchange'
        os.makedirs(folder, exist_ok=True)
        self.closed = f'{folder}/{self.rng.choice(list(UNITS))}' if how == 'read-only unit' else folder
        if how == 'not mounted':
            os.rename(folder, f'{os.path.dirname(self.site)}/exchange.away')
            os.mkdir(folder)
            self.away = True
        self.say('exchange', how, self.closed)
        self.did.add(f'exchange {how}')
        if self.rng.random() < 0.6:                     # the morning of the seal: it waits, and then no longer
            week = counting(self.now)
            seal = at(WEEKS[NAMES.index(week)][2])
            for minutes in self.rng.choice([[5], [5, 50], [50]]):
                self.now = min(max(self.now, seal + datetime.timedelta(minutes=minutes)), LAST)
                decided = os.path.exists(f'{self.site}/archive/{week}/sealed')
                self.run('zhoubao', 'nightly', often=0.2, most=300)
                if self.away and not decided and self.now < seal + datetime.timedelta(minutes=45) \
                        and week in self.seals():
                    raise Trouble(f'{week} was sealed and nobody could look into the drops')

    def reopen(self):
        if self.away:
            try:
                os.rmdir(f'{self.site}/exchange')
            except OSError as e:
                raise Trouble(f'something was put below the place where exchange/ is mounted: {e}') from e
            os.rename(f'{os.path.dirname(self.site)}/exchange.away', f'{self.site}/exchange')
        self.closed, self.away = None, False
        self.say('exchange open')

    # ---- once more from the archive ----

    def is_swapping(self):
        return os.path.exists(f'{self.site}/work/.rebuild/swap')

    def rebuild(self):
        """In the midst of all; killed while it puts things in place it keeps the others away until it is ended."""
        if self.now < self.last_seal():
            return
        code, out = self.run('zhoubao', 'rebuild', often=0.7, most=400)
        if code == 1:
            raise Trouble(f'rebuild at {self.now}: exit 1\n{out}')
        self.did.add('rebuild amidst')
        while self.is_swapping():
            self.did.add('rebuild killed while it puts weeks in place')
            if self.rng.random() < 0.5:
                code, out = self.run('collector')
                if code != 75:
                    raise Trouble(f'collector in the midst of a rebuild: exit {code}\n{out}')
            code, out = self.run('zhoubao', self.rng.choice(['rebuild', 'nightly']), often=0.4, most=40)

    def replay(self):
        weeks = [w for w in NAMES if os.path.isdir(f'{self.site}/archive/{w}')]
        if weeks:
            week = self.rng.choice(weeks)
            if self.run('collector', 'replay', week, often=0.4)[0] not in (0, 1):
                self.cut_off.add(week)                  # who called it calls it again
            self.did.add('replayed amidst')

    # ---- a damaged disk ----

    def damage(self):
        """A bit of a file that was taken and answered is lost before its week is sealed; then the backup is put back."""
        week = self.open_week()
        taken = [p for p in sorted(glob.glob(f'{self.site}/archive/{week}/*/[0-9]*')) if os.path.getsize(p) > 0
            and os.path.exists(re.sub(r'/archive/(.*?)(\.label)?$', r'/intake/\1.db', p))]
        seal = at(WEEKS[NAMES.index(week)][2])
        # what was decided already is carried out
        if not taken or seal > LAST - datetime.timedelta(hours=1) or self.closed or \
                os.path.exists(f'{self.site}/archive/{week}/sealed'):
            return
        path = self.rng.choice(taken)
        with open(path, 'rb') as f:
            was = f.read()
        byte = self.rng.randrange(len(was))
        self.put_bytes(path, was[:byte] + bytes([was[byte] ^ 1 << self.rng.randrange(8)]) + was[byte + 1:])
        self.now = max(self.now, seal + datetime.timedelta(minutes=self.rng.choice([5, 50])))
        self.say('damaged', path)
        child = self.begin('zhoubao', 'nightly')
        out = child.communicate()[0].decode(errors='replace')
        if self.signed:
            out += self.end(self.begin('aggregator', 'seal', week, '--by', '测试员丙', '--collected'), 'aggregator',
                full=True)[1]
        self.put_bytes(path, was)
        if os.path.exists(f'{self.site}/snapshots/{week}.seal'):
            raise Trouble(f'{week} was sealed over {path}, of which byte {byte} was damaged\n{out}')
        if child.returncode != 74 and not (self.signed and child.returncode in (0, 1)):
            raise Trouble(f'{path}: damaged, exit {child.returncode}\n{out}')
        if path[len(self.site) + 1:] not in out:
            raise Trouble(f'{path} was damaged and is not named\n{out}')
        self.did.add('damaged before the seal')

    def put_bytes(self, path, data):
        mode = os.stat(path).st_mode
        os.chmod(path, 0o600)
        with open(path, 'wb') as f:
            f.write(data)
        os.chmod(path, mode)

    def by_hand(self):
        child = self.begin('aggregator', 'seal', self.open_week(), '--by', '测试员甲', **self.trouble(0.3))
        out = child.communicate()[0].decode(errors='replace')
        self.say('seal', '->', child.returncode)
        self.did.add('sealed by hand' if child.returncode in (0, 1) else 'seal refused')
        # 75: too early; 74: a file has not been judged yet
        if child.returncode not in (0, 1, 74, 75, -signal.SIGKILL):
            raise Trouble(f'seal at {self.now}: exit {child.returncode}\n{out}')

    # ---- what may not change ----

    def look(self):
        """Whatever has its final name stays as it is, whoever was killed: archive, intake, receipts, sealed weeks."""
        found = {}
        seals = self.seals()
        for part in ('archive', 'intake', 'exchange', 'snapshots'):
            top = self.exchange() if part == 'exchange' else f'{self.site}/{part}'
            for folder, _, names in os.walk(top):
                place = part + folder[len(top):]
                if place.endswith('/drop') or part == 'snapshots' and not names:
                    continue
                for name in names:
                    # a copy and a receipt are two files of the outbox; forms and briefings are made anew
                    if name.startswith('.') or part == 'snapshots' and name[:8] not in seals \
                            or part == 'exchange' and not re.match(r'\d{4}-W\d\d-\d{3}-', name):
                        continue
                    with open(f'{folder}/{name}', 'rb') as f:
                        found[f'{place}/{name}'] = hashlib.sha256(f.read()).hexdigest()
        for path, digest in self.written.items():
            if found.get(path) != digest:
                raise Trouble(f'{path} was there and is {"changed" if path in found else "gone"}')
        self.written = found

    def seals(self):
        folder = f'{self.site}/snapshots'
        return sorted(n[:8] for n in os.listdir(folder)
            if re.fullmatch(r'\d{4}-W\d\d\.seal', n)) if os.path.isdir(folder) else []

    def last_seal(self):
        seals = self.seals()
        if not seals:
            return START
        text = open(f'{self.site}/snapshots/{seals[-1]}.seal').read()
        return datetime.datetime.fromisoformat(re.search(r'sealed_at (\S{19})', text).group(1))

    def open_week(self):
        seals = self.seals()
        return NAMES[len(seals)]

    # ---- the whole ----

    def once(self):
        what = self.rng.random()
        if self.closed and what < 0.12 or not self.closed and what < 0.04:
            self.reopen() if self.closed else self.shut()
            self.look()
            return
        what = self.rng.random()
        if what < 0.09:
            self.rng.choice([self.rebuild, self.replay, self.damage])()
            self.look()
            return
        what = self.rng.random()
        if what < 0.36:
            for _ in range(self.rng.choice([1, 1, 2, 4])):
                self.submit()
            return
        if what < 0.60:
            self.step()
            return
        if what < 0.76:
            self.run('collector', often=0.4)
        elif what < 0.87:
            self.run('aggregator', often=0.4)
        elif what < 0.90:
            self.run('reporter', often=0.6)
        elif what < 0.92:
            self.run('zhoubao', 'nightly', often=0.6, most=300)
        elif what < 0.94:
            self.at_once()
        elif what < 0.96:
            self.config = 1 - self.config
            self.did.add('rule set changed')
        elif what < 0.98 or not self.signed:
            self.by_hand()
        else:
            return
        self.look()

    def play(self):
        self.projects('320412')
        for _ in range(self.rng.randint(8, 30)):
            self.once()
        self.now = max(self.now, self.last_seal())
        self.settle()

    def settle(self):
        """Until nothing is left to do: what an office does that signs, and what cron does for one that does not."""
        seals = None
        self.reopen()
        if os.path.exists(f'{self.site}/work/.rebuild'):
            code, out = self.run('zhoubao', 'rebuild')
            if code != 0 and 'run collector' not in out or os.path.exists(f'{self.site}/work/.rebuild/swap'):
                raise Trouble(f'rebuild once more at {self.now}: exit {code}\n{out}')
        while seals != self.seals():
            seals = self.seals()
            self.run('collector')
            for week in sorted(self.cut_off):
                self.run('collector', 'replay', week)
            self.cut_off.clear()
            self.run('aggregator')
            if self.signed and self.now >= at(WEEKS[len(self.seals())][2]):
                self.run('aggregator', 'seal', self.open_week(), '--by', '测试员乙')
        if os.path.isdir(f'{self.site}/briefings'):     # verify misses what a week lacks and others have
            self.run('reporter')
        self.look()


def cleanup(folder):
    subprocess.run(['chmod', '-R', 'u+rwX', folder], check=True)
    shutil.rmtree(folder)
