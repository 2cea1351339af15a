#!/usr/bin/env python3
"""Would a test notice?  Each measure's SQL is changed in one place (a < to <=, a term dropped, a rounding moved), the
tests of the measures run over it, and what no test notices is printed: a missing test, or a change that changes nothing.

usage: mutants.py [--seed N] [--sample N] [--only TEXT] [--names FILE] [--list] [--log FILE] [-j N] TEST...
  TEST      the programs to run, as build/tests/test_measures*; run from the top of the tree
  --sample  of each file at most so many, drawn by --seed (default: all, which takes an hour)
  --only    of files whose name contains TEXT
  --names   only the changes whose names, as this program prints them, are the lines of FILE
  --log     every change and what became of it, a line each
tests/mutants.same lists changes that change nothing, as this program prints them, each with why.
Nothing of the tree is touched: the changed files are in a copy.
"""
import argparse
import collections
import concurrent.futures
import glob
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

INVALID = re.compile(r'no such|syntax error|misuse|ambiguous|incomplete input|wrong number|unrecognized token|'
                     r'result columns|has \d+ columns but|values for \d+ columns|not allowed|not authorized|prohibited')
SWAPS = [('plan_start', 'plan_end'), ('actual_start', 'actual_end'), ('ytd_done', 'cum_done'), ('week_done', 'adjust'),
         ('plan_date', 'forecast_date'), ('total_invest', 'year_plan'), ('rows_read', 'rows_held'), ('first', 'last'),
         ('from_unit', 'to_unit'), ('rate', 'pace'), ('since_start', 'since_end'), ('due', 'due_counted'),
         ('moved', 'slipped'), ('_first', '_submission'), ('plan_date', 'actual_date'), ('ytd_before', 'plan_before'),
         ('weeks_red', 'weeks_stalled'), ('asked_on', 'due_before'), ('is_on_time', 'is_complete'), ('old', 'new')]
PATTERNS = [
    ('boundary', r'(?<![<>=!-])<(?![=>])', '<='), ('boundary', r'<=', '<'),
    ('boundary', r'(?<![<>=-])>(?!=)', '>='), ('boundary', r'(?<!-)>=', '>'),
    ('turned', r'(?<![<>=!])=(?!=)', '<>'), ('turned', r'<>', '='),
    ('sign', r' \+ ', ' - '), ('sign', r' - ', ' + '), ('sign', r'(?<=\()-(?=\w)', ''),
    ('factor', r' \* ', ' / '), ('factor', r' / ', ' * '),
    ('logic', r'\bAND\b', 'OR'), ('logic', r'\bOR\b', 'AND'), ('logic', r'\bNOT (?!NULL|MATERIALIZED|IN|EXISTS)', ''),
    ('logic', r'\bNOT (?=IN|EXISTS)', ''),
    ('null', r'\bIS NOT NULL\b', 'IS NULL'), ('null', r'\bIS NULL\b', 'IS NOT NULL'),
    ('extreme', r'\bmax\(', 'min('), ('extreme', r'\bmin\(', 'max('), ('extreme', r'\bsum\(', 'max('),
    ('join', r'\bLEFT JOIN\b', 'JOIN'), ('order', r' DESC\b', ''), ('order', r'(?<=[a-z_])\)(?= AS place)', ' DESC)'),
    ('distinct', r'\bDISTINCT ', ''), ('union', r'\bUNION\b(?! ALL)', 'UNION ALL'),
    ('rounding', r'CAST\(round\(', 'CAST(('), ('rounding', r'\bround_half\((?=-?\w+, 1\))', 'max('),
    ('week', r':week\b', ':as_of'), ('as_of', r':as_of\b', ':week'), ('rank', r'\brank\(\)', 'row_number()'),
    ('rank', r'\brank\(\)', 'dense_rank()'),
]


def masked(text):
    """TEXT with comments and strings blanked: same length, so that places are the same."""
    blank = lambda m: ' ' * len(m.group())
    return re.sub(r"--[^\n]*|'[^']*'", blank, text)


def closing(text, at):
    """The place of the bracket that closes the one at AT."""
    depth = 0
    for i in range(at, len(text)):
        depth += {'(': 1, ')': -1}.get(text[i], 0)
        if depth == 0:
            return i
    return len(text)


def changes(text):
    """(kind, from, to, replacement) of every change to TEXT, none before its INSERT."""
    code = masked(text)
    begin = code.index('INSERT INTO')
    begin = code.index('\n', begin)
    for kind, pattern, put in PATTERNS:
        for m in re.finditer(pattern, code):
            if kind == 'logic' and m.group() == 'AND' and re.search(r'BETWEEN\s+\S+\s+$', code[:m.start()]):
                continue
            yield kind, m.start(), m.end(), put
    for m in re.finditer(r'(?<![\w.:])\d+(?:\.\d+)?(?![\w.])', code):
        if not re.search(r'(ORDER BY|LIMIT) [\d, -]*$', code[:m.start()]):
            number = m.group()
            yield 'number', m.start(), m.end(), str(float(number) + 1) if '.' in number else str(int(number) + 1)
    for m in re.finditer(r'\bcoalesce\(', code):
        end = closing(code, m.end() - 1)
        depth, comma = 0, None
        for i in range(m.end(), end):
            depth += {'(': 1, ')': -1}.get(code[i], 0)
            if code[i] == ',' and depth == 0:
                comma = i
        if comma:
            yield 'default', m.start(), end + 1, '(' + text[m.end():comma] + ')'
    for m in re.finditer(r"'[^']*'", text):
        if not code[m.start():m.end()].strip() and '--' not in text[text.rfind('\n', 0, m.start()) + 1:m.start()]:
            if re.search(r'[^\x00-\x7f]', m.group()) or m.group() in ("'refused'", "'duplicate'", "'warning'", "'progress'"):
                yield 'word', m.start(), m.end(), m.group()[:-1] + "~'"
    for m in re.finditer(r'^ +(?:AND|OR|WHEN|WHERE) [^\n]*\n', code, re.M):
        line = m.group()
        if line.count('(') != line.count(')'):
            continue
        if line.lstrip().startswith('WHEN') and ' THEN ' not in line:
            after = code.index('\n', m.end()) + 1
            if 'THEN' in code[m.end():after] and code[m.end():after].count('(') == code[m.end():after].count(')'):
                yield 'dropped', m.start(), after, ''
            continue
        if line.lstrip().startswith('WHERE'):
            after = code[m.end():code.index('\n', m.end()) + 1]
            yield 'dropped', m.start(), m.end(), re.sub(r'\S.*', 'WHERE 1', line) if after.strip().startswith('AND') else ''
            continue
        yield 'dropped', m.start(), m.end(), ''
    for a, b in SWAPS:
        for one, other in ((a, b), (b, a)):
            for m in re.finditer(rf'(?<![\w:]){one}(?!\w)', code):
                yield 'column', m.start(), m.end(), other
    # a term of a sum
    for m in re.finditer(r'(?m)^ +[+] [^\n]*$', code):
        if m.group().count('(') == m.group().count(')'):
            yield 'dropped', m.start(), m.end(), ''


def of_file(path):
    text = open(path, encoding='utf-8').read()
    begin = masked(text).index('INSERT INTO')
    begin = text.index('\n', begin)
    seen, out = set(), []
    for kind, a, b, put in changes(text):
        changed = text[:a] + put + text[b:]
        if a < begin or changed in seen or re.search(r':after|:through', text[text.rfind('\n', 0, a) + 1:text.find('\n', a)]):
            continue
        seen.add(changed)
        line = text.count('\n', 0, a) + 1
        old = text[a:b].strip('\n')
        context = text[text.rfind('\n', 0, a) + 1:text.find('\n', a)].strip()
        out.append((line, kind, old, put, context, changed))
    return sorted(out, key=lambda x: (x[0], x[1], x[2], x[3]))


def name_of(path, m):
    """How a change is called: by its text, since lines move."""
    return f'{os.path.basename(path)}: {m[1]}: {" ".join(m[2].split())!r} -> {m[3].strip()!r} in: {m[4]}'


def ends(program, where):
    """Whether PROGRAM says so: its first failure, or None."""
    p = subprocess.Popen(['nice', '-n', '10', program], cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         errors='replace', start_new_session=True)
    lines, failed = [], None
    timer = threading.Timer(120, lambda: os.killpg(p.pid, signal.SIGKILL))
    timer.start()
    for line in p.stdout:
        lines.append(line)
        m = re.match(r'\[  FAILED  \] (\w+)', line)
        if m:
            failed = m.group(1)
            break
    timer.cancel()
    if failed:
        os.killpg(p.pid, signal.SIGKILL)
    p.stdout.close()
    code = p.wait()
    if failed or code not in (0,):
        return failed or f'exit {code}', ''.join(lines)
    return None


def judge(top, programs, path, m, slot):
    where = slot
    shutil.copytree(f'{top}/config', f'{where}/config', dirs_exist_ok=True)
    target = f'{where}/{os.path.relpath(path, top)}'
    with open(target, 'w', encoding='utf-8') as f:
        f.write(m[5])
    for program in programs:
        bad = ends(program, where)
        if bad:
            return ('invalid' if INVALID.search(bad[1]) else 'killed'), f'{os.path.basename(program)} {bad[0]}'
    return 'survived', ''


def main():
    a = argparse.ArgumentParser(usage=__doc__, add_help=False)
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('--sample', type=int)
    a.add_argument('--only', default='')
    a.add_argument('--list', action='store_true')
    a.add_argument('--same', default='tests/mutants.same')
    a.add_argument('--log')
    a.add_argument('--names')
    a.add_argument('-j', type=int, default=1)
    a.add_argument('test', nargs='*')
    o = a.parse_args()
    top = os.getcwd()
    programs = [os.path.abspath(t) for t in o.test]
    same = {}
    if o.same:
        for line in open(o.same, encoding='utf-8'):
            if line.strip() and not line.startswith('#'):
                name, _, why = line.rstrip('\n').partition('  # ')
                same[name] = why
    only_names = set(open(o.names, encoding='utf-8').read().split('\n')) if o.names else None
    dice, work = random.Random(o.seed), []
    for path in sorted(glob.glob(f'{top}/config/measures/*.sql')):
        if o.only not in path:
            continue
        of = of_file(path)
        if o.sample and len(of) > o.sample:
            of = sorted(dice.sample(of, o.sample), key=lambda x: x[:4])
        for m in of:
            if only_names is None or name_of(path, m) in only_names:
                work.append((path, m))
    if o.list:
        for path, m in work:
            print(f'{m[0]}: {name_of(path, m)}')
        print(len(work), 'changes')
        return 0
    log = open(o.log, 'w', encoding='utf-8') if o.log else None
    counts = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as tmp:
        slots = []
        for i in range(o.j):
            slot = f'{tmp}/{i}'
            os.mkdir(slot)
            for name in ('templates', 'tests'):
                os.symlink(f'{top}/{name}', f'{slot}/{name}')
            slots.append(slot)
        free = list(slots)

        def one(job):
            slot = free.pop()
            try:
                return judge(top, programs, *job, slot)
            finally:
                free.append(slot)
        with concurrent.futures.ThreadPoolExecutor(o.j) as pool:
            for (path, m), (verdict, by) in zip(work, pool.map(one, work)):
                name = name_of(path, m)
                if verdict == 'survived' and name in same:
                    verdict = 'same'
                counts[os.path.basename(path)][verdict] += 1
                if log:
                    print(f'{verdict}\t{m[0]}\t{name}\t{by}', file=log, flush=True)
                if verdict == 'survived':
                    print(f'{m[0]}: {name}', flush=True)
                # what is known to change nothing and was noticed: the list is wrong
                if verdict == 'killed' and name in same:
                    print(f'{m[0]}: {name}: {by} noticed what the list says is the same', flush=True)
    total = collections.Counter()
    for name, c in counts.items():
        total += c
        print(f'{name}: {c["killed"]} noticed, {c["survived"]} not, {c["same"]} change nothing, {c["invalid"]} are no SQL')
    print(f'all: {total["killed"]} noticed, {total["survived"]} not, {total["same"]} change nothing, {total["invalid"]} are no SQL')
    return 1 if total['survived'] else 0


if __name__ == '__main__':
    sys.exit(main())
