#!/usr/bin/env python3
"""A city's week through the three programs: seconds and peak memory of each.

usage: city_week.py [ROWS_PER_UNIT] [WORK]        (default 500: seven units, 3,500 projects)
Two weeks are played, so that the measured one has a snapshot of the same size before it.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(os.environ.get('BUILD', os.path.join(TOP, 'build')), 'bin')
UNITS = {'320413': '金城镇', '320412': '湖塘镇', '320411': '薛家镇', '320402': '郑陆镇',
         '320404': '邹区镇', '320481': '昆仑街道', 'CZJKQ': '横林镇'}
USCC = '91320400MAN8KDQ57Q'
PROJECT = ('项目编号,项目名称,企业名称,统一社会信用代码,所属镇（街道）,项目类型,年度属性,计划开工时间,计划竣工时间,'
           '项目总投资（万元）,年度计划投资（万元）,项目状态,实际开工时间,责任处室,责任人,操作\n')
PROGRESS = ('项目编号,本周完成投资（万元）,年初至报告期累计完成投资（万元）,开工至报告期累计完成投资（万元）,'
            '形象进度,下周计划,自评\n')


def drop(site, unit, name, text):
    folder = f'{site}/exchange/{unit}/drop'
    os.makedirs(folder, exist_ok=True)
    with open(f'{folder}/{name}', 'w', encoding='utf-8') as f:
        f.write(text)


def projects(unit, rows):
    for i in range(1, rows + 1):
        total = 1000 + (i * 37) % 9000
        yield (f'{unit}-2022-{i:04},示例车间智能化改造项目{i},示例制造{i}厂,{USCC},{UNITS[unit]},智能化改造,结转,'
               f'2022-01-01,2023-06-30,{total},{total // 2},在建,2022-01-05,示例处,测试员{i % 90},新增\n')


def progress(unit, rows, week):
    rng = random.Random(f'{unit}{week}')
    for i in range(1, rows + 1):
        total = 1000 + (i * 37) % 9000
        step = total // 100
        bad = rng.random() < 0.01           # one row in a hundred is wrong
        cum = 100 + step * week
        yield (f'{unit}-2022-{i:04},{step},{step * week},{cum - 500 if bad else cum},'
               f'第{week}周：设备安装调试第{week}段,下周继续安装,绿\n')


def run(name, *args):
    start = time.monotonic()
    pid = os.spawnv(os.P_NOWAIT, f'{BIN}/{name}', [name, *args])
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f'{name}: exit {code}')
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    work = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
    shutil.copytree(f'{TOP}/config', f'{work}/config')
    shutil.copytree(f'{TOP}/templates', f'{work}/templates')
    ini = f'{work}/config/zhoubao.ini'
    text = open(ini, encoding='utf-8').read()
    text = text.replace('quiet         = 60', 'quiet = 0').replace('../build/fonts', f'{TOP}/build/fonts')
    open(ini, 'w', encoding='utf-8').write(text)
    site = f'{work}/site'
    os.makedirs(site)

    def go(name, now, *more):
        return run(name, '-c', ini, '-s', site, '-t', now, *more)

    for unit in UNITS:
        drop(site, unit, '项目库.csv', PROJECT + ''.join(projects(unit, rows)))
        drop(site, unit, '项目进度周报.csv', PROGRESS + ''.join(progress(unit, rows, 1)))
    go('collector', '2022-03-24T12:00')
    go('aggregator', '2022-03-25T08:05')
    for unit in UNITS:
        drop(site, unit, '项目进度周报.csv', PROGRESS + ''.join(progress(unit, rows, 2)))
    print(f'{rows * len(UNITS)} rows, two cores: wall s, cpu s, peak MB (largest process)')
    for name, now in (('collector', '2022-03-31T12:00'), ('aggregator', '2022-04-01T08:05'),
                      ('reporter', '2022-04-01T08:05')):
        wall, cpu, peak = go(name, now)
        print(f'{name:<11}{wall:8.3f}{cpu:8.3f}{peak:8.1f}')
    snapshot = f'{site}/snapshots/2022-W13.db'
    print(subprocess.run(['sqlite3', snapshot, "SELECT 'reported', reported, 'due', due FROM unit_week "
                          "WHERE unit = '320400' AND week = '2022-W13'"], capture_output=True,
                          text=True).stdout, end='')
    if len(sys.argv) < 3:
        shutil.rmtree(work)


main()
