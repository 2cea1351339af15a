#!/usr/bin/env python3
"""The same content for all: weekly.txt, unit-000.txt to unit-099.txt, annex.txt in a folder.

usage: content.py FOLDER [ANNEX_ROWS]

Lines of a file, parts divided by tabs:   H heading   P paragraph   T widths of columns   R cells   E end of the table
The first row of a table is its head, repeated on each page by those who can.
"""
import os
import random
import sys

WORDS = ('项目 投资 完成 全市 进度 示例精密一厂 滞后 智改数转 研究 滆湖 技术改造 在 的 协调 专班 年度计划 本周 '
         '工业互联网平台建设工程 数控车间 设备 到货 安装 调试 验收 板块 责任 处室 上周 较 增加 减少').split()
MARKS = '，，，；、。'
HEAD = '序号 项目 板块 年度计划 本周完成 年内累计 完成率 责任人'.split()
WIDTHS = '2 9 4 5 5 5 4 5'
UNITS = '示例区 甲市 乙区 丙区 丁区 戊区 经开区'.split()


def words(rng, n):
    return ''.join(rng.choice(WORDS) for _ in range(n))


def paragraph(rng):
    out = ''
    for _ in range(rng.randint(4, 14)):
        out += words(rng, rng.randint(2, 6))
        if rng.random() < 0.3:
            out += f'{rng.randint(1, 99999)}.{rng.randint(10, 99)}万元'
        out += rng.choice(MARKS)
    return out[:-1] + '。'


def row(rng, i):
    return (str(i), words(rng, rng.randint(2, 5)), rng.choice(UNITS), f'{rng.randint(100, 99999)}',
            f'{rng.randint(0, 999)}.{rng.randint(10, 99)}', f'{rng.randint(0, 99999)}.{rng.randint(10, 99)}',
            f'{rng.randint(0, 120)}.{rng.randint(0, 9)}', f'测试员{rng.choice("甲乙丙丁戊己庚")}')


def table(out, rng, rows):
    out.append('T\t' + WIDTHS.replace(' ', '\t'))
    out.append('R\t' + '\t'.join(HEAD))
    out.extend('R\t' + '\t'.join(row(rng, i)) for i in range(1, rows + 1))
    out.append('E')


def write(folder, name, rng, parts, paragraphs, rows):
    out = []
    for n in range(1, parts + 1):
        out.append(f'H\t第{n}部分　{words(rng, 3)}')
        out.extend('P\t' + paragraph(rng) for _ in range(paragraphs))
        if rows:
            table(out, rng, rows)
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
        f.write('\n'.join(out) + '\n')


def main():
    folder = sys.argv[1]
    annex = int(sys.argv[2]) if len(sys.argv) > 2 else 24000
    write(folder, 'weekly.txt', random.Random('weekly'), 6, 6, 36)
    for i in range(100):
        write(folder, f'unit-{i:03}.txt', random.Random(f'unit{i}'), 3, 3, 24)
    write(folder, 'annex.txt', random.Random('annex'), 10, 60, annex // 10)


main()
