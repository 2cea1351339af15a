"""The main figures of every week of a site, computed again from its intake files by other means than the measures'
SQL: in Python, row by row, from what the programme says in words.  usage: second_opinion.py SITE

What it takes from a snapshot and does not compute: its calendar (as_of, the window), which units count, and whether
a stage text is the same as the one before (内容雷同, which changes no figure).
"""
import collections
import datetime
import glob
import json
import os
import sqlite3
import sys

CITY = '320400'
KEYS = {'project': ['project_id'], 'progress': ['project_id'], 'milestone': ['project_id', 'node'],
        'problem': ['problem_id'], 'action': ['action_id'], 'action_reply': ['action_id'],
        'change': ['change_id']}
REFERS = ('progress', 'milestone', 'problem')           # their project_id is a project of the same unit
FATES = ('入库', '退库', '暂缓', '恢复')
ADDED = {'week_done', 'adjust', 'ytd_done', 'cum_done', 'total_invest', 'year_plan'}


def day(text):
    return datetime.date.fromisoformat(text)


def days(a, b):
    return (day(a) - day(b)).days


def percent(part, whole):
    return 100.0 * part / whole if whole else None


def share(first, last, at):
    """The share of the days from FIRST to LAST that are over at the end of AT, in percent."""
    if at < first:
        return 0.0
    return 100.0 if at >= last else 100.0 * ((at - first).days + 1) / ((last - first).days + 1)


def rows(path, sql):
    db = sqlite3.connect(f'file:{path}?mode=ro&immutable=1', uri=True)
    db.row_factory = sqlite3.Row
    out = [dict(r) for r in db.execute(sql)]
    db.close()
    return out


def tables(path):
    return {r['name'] for r in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


class Week:
    """What is the same for every figure of a week."""

    def __init__(self, week, path):
        meta = {r['name']: r['value'] for r in rows(path, 'SELECT name, value FROM meta')}
        self.name, self.path, self.has = week, path, tables(path)
        self.as_of, self.at, self.year = meta['as_of'], day(meta['as_of']), meta['as_of'][:4]
        self.first, self.end = meta['window_first'], meta['window_last']
        self.is_month_end = day(meta['window_last']).month != (day(meta['window_last']) + datetime.timedelta(7)).month
        self.red_gap = float(rows(path, "SELECT value FROM setting WHERE name = 'lamp.red_gap'")[0]['value'])
        units = rows(path, 'SELECT * FROM unit')
        self.units = [u['unit'] for u in units if u['counts']]
        self.called = {name: u['unit'] for u in units for name in (u['unit'], u['name'], u['short'])}


class Opinion:
    def __init__(self, site):
        self.site = site
        self.bad, self.compared = [], 0
        self.state = {form: {} for form in KEYS}        # form -> (unit, key...) -> row
        self.known = {}                                 # change_id -> the week that first knew it
        self.before, self.sums, self.history = {}, {}, {}
        self.promises, self.asked, self.ranks = {}, {}, {}
        self.record = collections.Counter()
        self.window_end = {}                            # week -> its last day
        self.last = None

    # ---- comparing ----

    def same(self, what, got, want, tolerance=2e-4):
        self.compared += 1
        if isinstance(got, float) or isinstance(want, float):
            equal = all(isinstance(x, (int, float)) for x in (got, want)) and abs(got - want) <= tolerance
        else:
            equal = got == want
        if not equal:
            self.bad.append(f'{what}: snapshot {got!r}, second opinion {want!r}')

    def compare(self, what, got, want):
        for column, value in want.items():
            self.same(f'{what} {column}', got[column], value)

    # ---- the week's files ----

    def read_files(self, w):
        """The week's files in their order; the newest word on a key is the last."""
        self.sent, self.held, self.corrections = collections.defaultdict(list), set(), []
        fresh, late = collections.defaultdict(dict), []
        for path in sorted(glob.glob(f'{self.site}/intake/{w.name}/*/*.db'),
                           key=lambda p: (p.split('/')[-2], int(os.path.basename(p)[:-3]))):
            unit, there = path.split('/')[-2], tables(path)
            sub = rows(path, 'SELECT * FROM submission')[0]
            self.sent[unit].append(sub)
            if not sub['correction']:
                self.held |= {(unit, f['key']) for f in rows(path, 'SELECT * FROM finding')
                              if f['form'] == 'progress' and f['held']}
            self.corrections += [(sub, c) for c in rows(path, 'SELECT * FROM corrected ORDER BY seq')]
            for form in KEYS.keys() & there:
                for row in rows(path, f'SELECT * FROM {form}'):
                    key = (unit, *(row[k] for k in KEYS[form]))
                    row['_sub'] = sub
                    if sub['correction']:
                        late.append((form, key, row))
                    else:
                        self.put(fresh[form], form, key, row, w.name)
        self.correct(late)
        for form, words in fresh.items():
            self.state[form].update(words)
        for form in self.state:
            self.state[form] = {k: r for k, r in self.state[form].items() if r is not None}

    @staticmethod
    def put(fresh, form, key, row, week):
        if row['op'] == '撤销':
            fresh.pop(key, None)
            if form != 'progress':
                fresh[key] = None
            return
        old = fresh.get(key)
        row['_first'] = old['_first'] if old else row['_sub']
        row['_week'] = week
        fresh[key] = row

    def correct(self, late):
        """A correction becomes the state only where nothing newer has been reported."""
        for form, key, row in late:
            known, week = self.state[form].get(key), row['_sub']['declared_week']
            if form in (*REFERS, 'project') and self.is_elsewhere(key[0], row['project_id']):
                continue
            if known is not None and known['_week'] > week or row['op'] == '撤销' and form == 'progress':
                continue
            row['_week'], row['_first'] = week, None
            self.state[form][key] = None if row['op'] == '撤销' else row

    def is_elsewhere(self, unit, project):
        """Whether PROJECT is another unit's by now: what UNIT corrects of it is listed, and is nobody's state."""
        units = {k[0] for k in self.state['project'] if k[1] == project}
        return bool(units) and unit not in units

    # ---- what was approved ----

    def decided(self, rows_of, until):
        """project -> the last word on whether it counts, of decisions that took effect by UNTIL."""
        last = {}
        for row in sorted(rows_of, key=lambda r: (r['effective'], r['change_id'])):
            if row['kind'] in FATES and row['effective'] <= until:
                last[row['project_id']] = row['kind']
        return last

    def approve(self, w):
        changes = list(self.state['change'].values())
        self.fate = self.decided(changes, w.as_of)
        self.is_register = any(c['kind'] == '暂缓' and c['effective'] <= w.as_of for c in changes)
        # asked for is what was not known, before the week began, to be parked or taken back
        yesterday = str(day(w.first) - datetime.timedelta(1))
        old = [c for c in changes if self.known.get(c['change_id'], w.name) < w.name]
        self.excused = {p for p, kind in self.decided(old, yesterday).items() if kind in ('暂缓', '退库')}
        for change in changes:
            self.known.setdefault(change['change_id'], w.name)

    def standing(self, key, p):
        if p['status'] == '竣工':
            return '竣工'
        if self.fate.get(key[1]) == '暂缓':
            return '暂缓'
        if p['status'] not in ('暂缓', '停工') or not self.is_register:
            return p['status']
        return '在建' if p['actual_start'] else '未开工'

    def in_hand(self, w, key, p):
        return p['status'] not in ('储备', '退库') and self.fate.get(key[1]) != '退库' and not (
            p['status'] == '竣工' and (p['actual_end'] or p['_week'])[:4] < w.year)

    def move(self, w):
        """A project goes to its new unit when it is known what was asked of the old one; what refers to it goes along."""
        last = {}
        for row in sorted(self.state['change'].values(), key=lambda r: (r['effective'], r['change_id'])):
            if row['kind'] == '划转' and row['effective'] <= w.as_of:
                last[row['project_id']] = w.called.get(row['to_unit'])
        self.origin = {}                                # (unit, project) -> the unit it left this week
        going = [(k, last[k[1]]) for k in self.state['project'] if last.get(k[1]) not in (None, k[0])
                 and (last[k[1]], k[1]) not in self.state['project']]
        for (unit, project), to in going:
            for form in (*REFERS, 'project'):
                for key in [k for k, r in self.state[form].items() if k[0] == unit
                        and r['project_id'] == project]:
                    if (to, *key[1:]) not in self.state[form]:
                        self.state[form][(to, *key[1:])] = self.state[form].pop(key)
            self.origin[to, project] = unit

    def home(self, key):
        """(unit, project) as it was when the week's reports were asked for."""
        return (self.origin.get(key[:2], key[0]), *key[1:])

    # ---- due ----

    def ask(self, w, earlier):
        wants = lambda k, p: p['status'] in ('未开工', '在建', '停工') and (p['frequency'] == '周'
            or w.is_month_end) \
            and k[1] not in self.excused
        self.due = {k for k, p in self.state['project'].items()
                    if wants(k, p) or k in earlier and wants(k, earlier[k])}
        self.same(f'{w.name} due', {(r['unit'], r['key'])
            for r in rows(w.path, "SELECT * FROM due WHERE form = 'progress'")},
                  self.due)
        self.spoken = {u: [s for s in files if not s['correction']
            and (not s['forms'] or 'progress' in s['forms'].split())]
                       for u, files in self.sent.items()}

    # ---- nodes, problems, actions ----

    def check_nodes(self, w):
        self.late = set()
        nodes = {(r['unit'], r['project_id'], r['node']): r
            for r in rows(w.path, 'SELECT * FROM milestone_week')}
        for key, node in self.state['milestone'].items():
            project = self.state['project'].get(key[:2])
            if project is None or not self.in_hand(w, key, project):
                continue
            resting = self.standing(key, project) in ('暂缓', '停工')
            over = 0 if node['actual_date'] or resting else max(0, days(w.as_of, node['plan_date']))
            self.same(f'{w.name} node {key}', nodes.pop(key, {}).get('days_overdue'), over)
            if over:
                self.late.add(key[:2])
        self.same(f'{w.name} nodes too many', len(nodes), 0)

    @staticmethod
    def is_closed(row):
        """Nobody closes his own item."""
        return bool(row['state'] == '销号' and row['verified_by'] and row['verified_by'] != row['resp_unit'])

    def check_problems(self, w):
        self.stuck = set()
        measured = {(r['unit'], r['problem_id']): r for r in rows(w.path, 'SELECT * FROM problem_week')}
        for key, problem in self.state['problem'].items():
            closed = self.is_closed(problem)
            over = 0 if closed else max(0, days(w.as_of, problem['due']))
            self.compare(f'{w.name} problem {key}', measured[key], {
                'is_closed': int(closed), 'days_overdue': over,
                'level_suggested': '红' if over >= 30 else '黄' if over >= 7 else '蓝' if over >= 1 else None})
            if over:
                self.stuck.add(problem['project_id'])
        self.same(f'{w.name} problems', set(measured), set(self.state['problem']))

    def check_actions(self, w):
        if 'action_week' not in w.has:
            return
        measured, asked = {(r['unit'], r['action_id']): r
            for r in rows(w.path, 'SELECT * FROM action_week')}, {}
        for key, action in self.state['action'].items():
            code = w.called.get(action['resp_unit'])
            replies = sorted((k[0], r) for k, r in self.state['action_reply'].items() if k[1] == key[1]
                and code in (None, k[0]))
            until = replies[0][1]['extend_to'] if replies else None
            old = self.asked.get(key, {'due': action['due'], 'until': None, 'granted': None})
            if until is None or until != old['until']:
                said = replies[0][1]['_sub'] if until else None
                when = None if said is None else said['received_at'][:10] if said['week'] == w.name else w.as_of
                asked[key] = {'until': until, 'on': when, 'by': old['due']}
            else:
                asked[key] = dict(old)
            in_time = until is not None and asked[key]['on'] <= asked[key]['by']
            # the office's word for a second extension is one that it gave after it was asked
            granted, counted = old['granted'], action['due']
            if action['state'] == '延期':
                if in_time and until > action['due'] and (granted in (None, until)
                        or self.window_end[action['_week']] >= asked[key]['on']):
                    counted = until
                elif granted and granted > action['due']:
                    counted = granted
            asked[key].update(due=counted, granted=counted if counted > action['due'] else None)
            closed = self.is_closed(action)
            over = 0 if closed else max(0, days(w.as_of, counted))
            order = ['蓝', '黄', '红']
            step = '红' if over >= 30 else '黄' if over >= 7 else '蓝'
            self.compare(f'{w.name} action {key}', measured[key], {
                'resp_code': code, 'is_closed': int(closed), 'days_overdue': over, 'due_counted': counted,
                'in_time': int(in_time),
                'level_suggested': action['level'] if closed else max(action['level'], step,
                key=order.index)})
        self.asked = asked

    # ---- projects ----

    def lamp(self, w, key, p, x):
        was, standing = x['was'], x['standing']
        if standing == '暂缓' and self.fate.get(key[1]) == '暂缓':
            return '灰'
        if x['silent'] and was:
            return was['lamp']
        since, after = days(w.as_of, p['plan_start']), days(w.as_of, p['plan_end'])
        if standing in ('竣工', '暂缓', '停工') or standing == '未开工' and since < 0 or not x['year_plan']:
            return '灰'
        overdue = standing == '未开工' and since > 0
        if round(x['gap'], 9) < -w.red_gap and x['rate'] < 0.8 * x['pace'] and since >= 30 or overdue and since > 90 or after > 90 \
                or x['left_out'] and x['weeks_missing'] >= 2:
            return '红'
        if round(x['gap'], 9) <= -0.05 or overdue or after > 0 or key in self.late or key[1] in self.stuck or x['left_out'] \
                or was and was['lamp'] == '红':
            return '黄'
        return '绿'

    def silence(self, w, key, x, report, measured):
        home = self.home(key)
        if x['reported']:
            if report['week_done'] == 0 and report['note']:
                return '零进展（已说明）'
            return measured if measured in ('已报送', '内容雷同') else '已报送'
        if home not in self.due:
            return None
        spoken = self.spoken.get(home[0], [])
        if home in self.held or any(s['verdict'] == 'refused' for s in spoken):
            return '待更正'
        return '漏报' if spoken else '未报送'

    def weigh(self, w, key, p, measured):
        """All that is said of a project this week."""
        report, home, x = self.state['progress'].get(key), self.home(key), {}
        spoken = self.spoken.get(home[0], [])
        x['was'] = was = self.before.get(home)
        x['reported'] = reported = bool(report and report['_week'] == w.name)
        x['week_done'] = report['week_done'] if reported else None
        x['adjust'] = report['adjust'] or 0 if reported else None
        x['ytd_done'] = (report['ytd_done'] or 0) if report and report['_week'][:4] == w.year else 0
        x['cum_done'] = (report['cum_done'] or 0) if report else 0
        x['year_plan'] = (p['year_plan'] or 0) if p['_week'][:4] == w.year else 0
        x['pace'] = share(max(day(p['plan_start']), day(w.year + '-01-01')),
            min(day(p['plan_end']), day(w.year + '-12-31')),
                          w.at)
        x['rate'] = percent(x['ytd_done'], x['year_plan'])
        x['gap'] = x['rate'] - x['pace'] if x['year_plan'] else None
        x['standing'] = self.standing(key, p)
        x['left_out'] = home in self.due and not reported and bool(spoken)
        x['silent'] = not spoken and any(d[0] == home[0] for d in self.due)
        old = was or {'weeks_missing': 0, 'weeks_red': 0, 'weeks_stalled': 0}
        x['weeks_missing'] = 0 if reported else old['weeks_missing'] + x['left_out']
        x['lamp'] = self.lamp(w, key, p, x)
        x['weeks_red'] = old['weeks_red'] + 1 if x['lamp'] == '红' else 0
        x['weeks_stalled'] = 0 if x['standing'] != '在建' else old['weeks_stalled'] if not reported \
            else old['weeks_stalled'] + 1 if report['week_done'] == 0 else 0
        x['silence'] = self.silence(w, key, x, report, measured)
        return x

    def check_projects(self, w):
        measured = {(r['unit'], r['project_id']): r for r in rows(w.path, 'SELECT * FROM project_week')}
        now = {}
        for key, p in self.state['project'].items():
            if not self.in_hand(w, key, p):
                continue
            got = measured.get(key, collections.defaultdict(lambda: 'no row'))
            now[key] = x = self.weigh(w, key, p, got['silence'])
            for column in ('silence', 'week_done', 'adjust', 'ytd_done', 'cum_done', 'year_plan', 'rate',
                    'pace', 'gap', 'lamp',
                           'weeks_red', 'weeks_stalled', 'weeks_missing', 'standing'):
                self.same(f'{w.name} project_week {key[1]} {column}', got[column], x[column])
        self.same(f'{w.name} projects in hand', set(measured), set(now))
        return now

    # ---- units ----

    def add_up(self, w, unit, now):
        of = [(self.state['project'][k], x) for k, x in now.items() if unit in (k[0], CITY)]
        asked = [k for k in self.due if unit in (k[0], CITY)]
        got = [r for k in asked for r in [self.report_of(k)] if r and r['_week'] == w.name]
        total = lambda f: sum(f(p, x) for p, x in of)
        plan, done = total(lambda p, x: x['year_plan']), total(lambda p, x: x['ytd_done'] if x['year_plan']
            else 0)
        planned = lambda x: round(x['year_plan'] * x['pace'] / 100)
        high = total(lambda p, x: 0 if not x['year_plan'] else planned(x) if x['silence'] in ('待更正', '漏报',
            '未报送')
                     else x['ytd_done'])
        pace = 100.0 * w.at.timetuple().tm_yday / (366 if int(w.year) % 4 == 0 else 365)
        new = [(p, x) for p, x in of if p['entry'] == '新开工' and x['standing'] != '暂缓'
               and w.year in ((p['plan_start'] or '')[:4], (p['actual_start'] or '')[:4])]
        started = sum(1 for p, x in new if p['actual_start'])
        lamps = collections.Counter(x['lamp'] for p, x in of)
        return {
            'projects': len(of), 'due': len(asked), 'reported': len(got), 'missing': len(asked) - len(got),
            'coverage': percent(len(got), len(asked)),
            'on_time': sum(1 for r in got if r['_first'] and not r['_first']['late']),
            'total_invest': total(lambda p, x: p['total_invest']), 'year_plan': plan,
            'week_done': total(lambda p, x: x['week_done'] or 0),
            'adjust': total(lambda p, x: x['adjust'] or 0),
            'ytd_done': total(lambda p, x: x['ytd_done']), 'cum_done': total(lambda p, x: x['cum_done']),
            'unplanned_done': total(lambda p, x: 0 if x['year_plan'] else x['ytd_done']),
            'rate': percent(done, plan), 'rate_low': percent(done, plan),
            'rate_high': percent(max(done, high), plan),
            'pace': pace, 'gap': percent(done, plan) - pace if plan else None,
            'pace_planned': total(lambda p, x: x['year_plan'] * x['pace']) / plan if plan else None,
            'year_starts': len(new), 'due_starts': sum(1 for p, x in new if p['plan_start'] <= w.as_of),
            'started': started, 'start_rate': percent(started, len(new)),
            'finished': total(lambda p, x: (p['actual_end'] or '')[:4] == w.year),
            'green': lamps['绿'], 'yellow': lamps['黄'], 'red': lamps['红'], 'grey': lamps['灰'],
            'saved': total(lambda p, x: max(0, x['year_plan'] - x['ytd_done']) if x['standing'] == '竣工'
            else 0),
        }

    def report_of(self, key):
        """The report that was asked of KEY, wherever its project is now."""
        for (to, project), unit in self.origin.items():
            if (unit, project) == key:
                return self.state['progress'].get((to, project))
        return self.state['progress'].get(key)

    def check_units(self, w, now):
        measured = {r['unit']: r for r in rows(w.path, f"SELECT * FROM unit_week WHERE week = '{w.name}'")}
        self.sums = {u: self.add_up(w, u, now) for u in [*w.units, CITY]}
        for unit, want in self.sums.items():
            self.compare(f'{w.name} unit_week {unit}', measured[unit], want)
        self.history[w.name] = self.sums
        rates = {u: self.sums[u]['rate'] for u in w.units if self.sums[u]['rate'] is not None
                 and (not self.sums[u]['due'] or self.sums[u]['reported'] * 10 >= self.sums[u]['due'] * 9)}
        ranks = {u: 1 + sum(1 for r in rates.values() if r > rates[u]) for u in rates}
        for unit in w.units:
            old, new = self.ranks.get(unit), ranks.get(unit)
            self.compare(f'{w.name} unit_week {unit}', measured[unit], {
                'rank': new, 'rank_before': old, 'rank_change': old - new if old and new else None})
        self.ranks = ranks

    def check_ledger(self, w, now, last_sums):
        """What was done this year is what it was before, and what happened since."""
        if 'ledger_week' not in w.has:
            return
        again = self.last is not None and self.last.year == w.year
        left = {u: p for (to, p), u in self.origin.items()}
        for r in rows(w.path, f"SELECT * FROM ledger_week WHERE week = '{w.name}'"):
            mine = lambda unit: r['unit'] in (unit, CITY)
            came = [(k, x) for k, x in now.items() if mine(k[0])]
            went = [(k, x) for k, x in self.before.items() if mine(k[0]) and k not in now]
            moved = {(u, p) for (to, p), u in self.origin.items()}
            want = {
                'ytd': self.sums[r['unit']]['ytd_done'],
                'ytd_before': last_sums[r['unit']]['ytd_done'] if again else 0,
                'entered': sum(x['ytd_done'] - (x['week_done'] or 0) - (x['adjust'] or 0)
                for k, x in came if not x['was']),
                'moved_in': again * sum(x['was']['ytd_done'] for k, x in came if k in self.origin
                and x['was']),
                'moved_out': again * sum(x['ytd_done'] for k, x in went if k in moved),
                'withdrawn': again * sum(x['ytd_done'] for k, x in went if k not in moved),
                'plan_before': last_sums[r['unit']]['year_plan'] if again else 0,
                'plan_entered': sum(x['year_plan'] for k, x in came if not x['was']),
                'plan_moved_in': again * sum(x['was']['year_plan'] for k, x in came if k in self.origin and x['was']),
                'plan_moved_out': again * sum(x['year_plan'] for k, x in went if k in moved),
                'plan_withdrawn': again * sum(x['year_plan'] for k, x in went if k not in moved),
                'plan_changed': sum(x['year_plan'] - again * x['was']['year_plan'] for k, x in came if x['was']),
                'came': sum(1 for k, x in came if k not in self.before), 'went': len(went)}
            if self.last is None:
                want.update(entered=0, came=0, plan_entered=0, plan_before=self.sums[r['unit']]['year_plan'],
                            ytd_before=want['ytd'] - r['week_done'] - r['adjust'])
            want['rate_before'] = last_sums[r['unit']]['rate'] if again else None
            want['rate_moved'] = None
            if want['rate_before'] is not None and self.sums[r['unit']]['year_plan']:
                stood = sum(x['was']['ytd_done'] if x['was'] else x['ytd_done'] - (x['week_done'] or 0) - (x['adjust'] or 0)
                            for k, x in came if x['year_plan'])
                want['rate_moved'] = percent(stood, self.sums[r['unit']]['year_plan']) - want['rate_before']
            self.compare(f'{w.name} ledger_week {r["unit"]}', r, want)
            self.same(f'{w.name} ledger_week {r["unit"]} adds up', r['ytd'],
                r['ytd_before'] + r['week_done'] + r['adjust'] +
                      r['entered'] + r['moved_in'] - r['moved_out'] - r['withdrawn'] + r['corrected'] + r['other'])

    def check_corrections(self, w):
        if 'correction' not in w.has:
            return
        got = rows(w.path, 'SELECT * FROM correction ORDER BY unit, number, seq')
        self.same(f'{w.name} corrections', len(got), len(self.corrections))
        for r, (sub, c) in zip(got, sorted(self.corrections,
                key=lambda x: (x[0]['unit'], x[0]['number'], x[1]['seq']))):
            summed = c['form'] in ('project', 'progress') and c['field'] in ADDED
            effect = int(c['new'] or 0) - int(c['old'] or 0) if summed else None
            self.compare(f'{w.name} correction {c["key"]} {c["field"]}', r, {
                'week': c['week'], 'old': c['old'], 'new': c['new'], 'reason': c['reason'],
                'effect_unit': effect,
                'effect_city': effect})
            sums = self.history.get(c['week'], {})
            project = next((p for k, p in self.state['project'].items() if k[1] == c['key']), None)
            for who, column in ((sub['unit'], 'rate_unit'), (CITY, 'rate_city')):
                if c['field'] == 'ytd_done' and who in sums and project and project['year_plan']:
                    self.same(f'{w.name} correction {c["key"]} {column}', r[column],
                        percent(effect, sums[who]['year_plan']))

    # ---- promises: the dates of projects and nodes ----

    def check_promises(self, w):
        if 'promise' not in w.has:
            return
        kept, given = {(r['unit'], r['what'], r['key']): r for r in rows(w.path, 'SELECT * FROM promise')}, {}
        for k, p in self.state['project'].items():
            if p['status'] in ('储备', '退库') or self.fate.get(k[1]) == '退库':
                continue
            given[k[0], '开工', k[1]] = k, p['plan_start'], p['actual_start']
            given[k[0], '竣工', k[1]] = k, p['plan_end'], p['actual_end']
            for key, node in self.state['milestone'].items():
                if key[:2] == k:
                    given[k[0], '节点', f'{k[1]} {node["node"]}'] = k, node['plan_date'], node['actual_date']
        now = {}
        for key, (project, date, actual) in given.items():
            x = dict(self.promises.get((self.home(project)[0], *key[1:]), {
                'first': date, 'last': date, 'moved': 0, 'slipped': 0, 'extended': 0, 'extended_days': 0,
                'used': ''}))
            shift, plan = days(date, x['last']), self.extension(w, project[1], x)
            if shift > 0 and plan:
                x.update(extended=x['extended'] + 1, extended_days=x['extended_days'] + shift, used=plan)
            elif shift:
                x.update(moved=x['moved'] + 1, slipped=x['slipped'] + max(0, shift))
            x['last'] = date
            now[key] = x
            want = {c: x[c] for c in ('first', 'last', 'moved', 'slipped', 'extended', 'extended_days')}
            want['kept'] = int(actual <= x['first']) if actual else 0 if x['first'] < w.as_of else None
            self.compare(f'{w.name} promise {key}', kept[key], want)
        self.promises = now

    def extension(self, w, project, x):
        """An approved 调整计划 that was in force before the date was over, and was not used for it before."""
        return max((c['effective'] for c in self.state['change'].values() if c['project_id'] == project
                    and c['kind'] == '调整计划' and x['used'] < c['effective'] <= min(w.as_of, x['last'])),
                    default=None)

    # ---- reporting ----

    def check_quality(self, w):
        if 'quality_week' not in w.has:
            return
        for r in rows(w.path, f"SELECT * FROM quality_week WHERE week = '{w.name}'"):
            files = [s for u in w.units for s in self.sent.get(u, []) if r['unit'] in (u, CITY)
                and not s['correction']
                     and s['verdict'] != 'duplicate']
            firsts, seen = [], set()
            for s in files:
                if (s['unit'], s['forms'] or '') not in seen:
                    seen.add((s['unit'], s['forms'] or ''))
                    firsts.append(s)
            if self.last is not None and self.last.year != w.year:
                self.record.pop(r['unit'], None)
            self.record[r['unit']] += r['missing'] == 0
            self.compare(f'{w.name} quality_week {r["unit"]}', r, {
                'files': len(files), 'refused': sum(s['verdict'] == 'refused' for s in files),
                'late_files': sum(s['late'] for s in files),
                'first_rows': sum(s['rows_read'] or 0 for s in firsts),
                'first_held': sum((s['rows_read'] if s['verdict'] == 'refused' else s['rows_held']) or 0
                for s in firsts),
                'rows_held': sum(s['rows_held'] or 0 for s in files), 'year_complete': self.record[r['unit']],
                'corrections': sum(1 for s, c in self.corrections if r['unit'] in (s['unit'], CITY))})

    # ---- the counts of page 1 ----

    def check_page(self, w, now):
        if 'page_week' not in w.has:
            return
        got = {(r['unit'], r['figure']): r['n'] for r in rows(w.path, 'SELECT * FROM page_week')}
        window = lambda date: bool(date) and w.first <= date <= w.as_of
        for unit in (*w.units, CITY):
            of = [(k, x) for k, x in now.items() if unit in (k[0], CITY)]
            red = lambda x: bool(x) and x['lamp'] == '红'
            own = [(x['lamp'], (self.state['progress'].get(k) or {}).get('lamp_self')) for k, x in of if x['reported']]
            own = [(lamp, said) for lamp, said in own if said and lamp != '灰']
            waiting = [p for k, p in self.state['problem'].items() if unit in (k[0], CITY) and not self.is_closed(p)
                       and p['state'] not in ('待核', '销号') and p['due'] < w.as_of]
            want = {
                '新增红灯': sum(red(x) and not red(x['was']) for k, x in of),
                '转出红灯': sum(not red(x) and red(x['was']) for k, x in of),
                '连续三周红灯': sum(x['weeks_red'] >= 3 for k, x in of),
                '可比自评': len(own), '自评不一致': sum(lamp != said for lamp, said in own),
                '本周新开工': sum(window(self.state['project'][k]['actual_start']) for k, x in of),
                '本周竣工': sum(window(self.state['project'][k]['actual_end']) for k, x in of),
                '节点逾期': sum(1 for k, n in self.state['milestone'].items() if k[:2] in now and unit in (k[0], CITY)
                            and not n['actual_date'] and n['plan_date'] < w.as_of
                            and now[k[:2]]['standing'] not in ('暂缓', '停工')),
                '暂缓节点': sum(1 for k, n in self.state['milestone'].items() if k[:2] in now and unit in (k[0], CITY)
                            and not n['actual_date'] and n['plan_date'] < w.as_of
                            and now[k[:2]]['standing'] in ('暂缓', '停工')),
                '节点临近': sum(not n['actual_date'] and w.as_of <= n['plan_date'] <= str(w.at + datetime.timedelta(14))
                            for n in self.nodes_of(unit, now, True)),
                '节点推迟': sum(not n['actual_date'] and n['plan_date'] >= w.as_of and (n['forecast_date'] or '') > n['plan_date']
                            for n in self.nodes_of(unit, now, True)),
                '本周完成节点': sum(window(n['actual_date']) for n in self.nodes_of(unit, now, False)),
                '新入库': sum(self.last is not None and k not in self.before and not x['was'] for k, x in of),
                '退出在库': sum(unit in (k[0], CITY) and k not in now and k not in {(u, p) for (to, p), u in self.origin.items()}
                            for k in self.before),
                '市级问题': sum(not self.is_closed(p) and p['need_level'] in ('市', '省')
                            for k, p in self.state['problem'].items() if unit in (k[0], CITY)),
                '问题待核': sum(not self.is_closed(p) and p['state'] in ('待核', '销号')
                            for k, p in self.state['problem'].items() if unit in (k[0], CITY)),
                '议定在办': sum(not self.is_closed(a) and (unit == CITY or w.called.get(a['resp_unit']) == unit)
                            for a in self.state['action'].values()),
                '问题逾期': len(waiting),
                '市级问题逾期': sum(p['need_level'] in ('市', '省') for p in waiting)}
            for figure, n in want.items():
                self.same(f'{w.name} page_week {unit} {figure}', got.get((unit, figure)), n)

    def nodes_of(self, unit, now, awake):
        """The nodes of the projects in hand of UNIT (of the city: of all); AWAKE: without those of projects that rest."""
        return [n for k, n in self.state['milestone'].items() if k[:2] in now and unit in (k[0], CITY)
                and not (awake and now[k[:2]]['standing'] in ('暂缓', '停工'))]

    # ---- the whole ----

    def check(self, w):
        earlier = dict(self.state['project'])
        self.window_end[w.name] = w.end
        self.read_files(w)
        self.approve(w)
        self.ask(w, earlier)
        self.move(w)
        self.check_nodes(w)
        self.check_problems(w)
        self.check_actions(w)
        now, last_sums = self.check_projects(w), self.sums
        self.check_units(w, now)
        self.check_page(w, now)
        self.check_ledger(w, now, last_sums)
        self.check_corrections(w)
        self.check_promises(w)
        self.check_quality(w)
        self.before, self.last = now, w

    def run(self):
        weeks = sorted(os.path.basename(p)[:-3] for p in glob.glob(f'{self.site}/snapshots/*.db'))
        for week in weeks:
            self.check(Week(week, f'{self.site}/snapshots/{week}.db'))
        return len(weeks)


def main():
    opinion = Opinion(sys.argv[1])
    weeks = opinion.run()
    print('\n'.join(opinion.bad[:40]))
    print(f'{weeks} weeks, {opinion.compared} figures compared, {len(opinion.bad)} differ')
    return 1 if opinion.bad or opinion.compared < 100 else 0


if __name__ == '__main__':
    sys.exit(main())
