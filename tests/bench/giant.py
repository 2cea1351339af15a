#!/usr/bin/env python3
"""One file as large as the quotas allow: what check and intake of it need.

usage: giant.py [--rows N] [--keep DIR]

N rows of 16 columns (default 199,999: max_rows counts the header too), a register whose every project is new: healthy;
with an error in every row; with one in three columns of every row.  Peak is what all processes of the command hold at
one time: their proportional shares (smaps_rollup) summed every 10 ms, or the largest that any of them ever held
(ru_maxrss) where that is more.  256 MB is the bound.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

from nation import BIN, World, projects

UNIT = '100001'
BOUND = 256


def spoiled(lines, columns):
    """An error in so many columns of every row, each worded otherwise: code, date, amount."""
    for i, line in enumerate(lines):
        cells = line.rstrip('\n').split(',')
        if i > 0 and columns > 0:
            cells[3] = f'{cells[3][:9]}{i:08}X'
        if i > 0 and columns > 1:
            cells[8], cells[10] = f'二〇二三年{i}', f'约{i}万'
        yield ','.join(cells) + '\n'


def tree(pid):
    """The process and all below it."""
    found = [pid]
    try:
        for task in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{task}/children', encoding='ascii') as f:
                for child in f.read().split():
                    found += tree(int(child))
    except OSError:
        pass                            # it ended meanwhile
    return found


def share(pid):
    """Kilobytes of its own and its part of what it shares."""
    try:
        with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as f:
            return next(int(line.split()[1]) for line in f if line.startswith('Pss:'))
    except (OSError, StopIteration):
        return 0


def watched(command):
    """Wall seconds, CPU seconds, peak MB."""
    start, peak = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid != 0:
                break
            peak = max(peak, sum(share(p) for p in tree(child.pid)))
            time.sleep(0.01)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f'{command[0]}: exit {child.returncode}')
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss) / 1024


def main():
    args = argparse.ArgumentParser()
    args.add_argument('--rows', type=int, default=199_999)
    args.add_argument('--keep')
    a = args.parse_args()
    work = a.keep or tempfile.mkdtemp(prefix='zhoubao-giant-')
    os.makedirs(work, exist_ok=True)
    world = World(f'{work}/world', a.rows, a.rows, 'csv')
    name, over = f'{work}/项目库.csv', False
    for what, columns in (('healthy', 0), ('an error a row', 1), ('three a row', 3)):
        with open(name, 'w', encoding='utf-8') as f:
            f.writelines(spoiled(projects(UNIT, a.rows), columns))
        print(f'one file of {a.rows} rows x 16 columns, {os.path.getsize(name) / 1e6:.1f} MB, {what}', flush=True)
        shutil.rmtree(world.site)
        os.makedirs(f'{world.site}/exchange/{UNIT}/drop')
        program = [f'{BIN}/collector', '-c', world.ini, '-s', world.site, '-t', '2022-03-24T12:00']
        for command, rest in (('check', ['check', UNIT, name]), ('intake', ['-j', '1'])):
            if command == 'intake':
                shutil.copy(name, f'{world.site}/exchange/{UNIT}/drop')
            wall, cpu, peak = watched(program + rest)
            print(f'  {command:<8}{wall:9.2f} s{cpu:9.2f} cpu s{peak:9.1f} MB peak, of {BOUND}', flush=True)
            over = over or peak > BOUND
    if not a.keep:
        shutil.rmtree(work)
    sys.exit(1 if over else 0)


main()
