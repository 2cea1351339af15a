#!/usr/bin/env python3
"""The benchmark's content by ReportLab's platypus.

usage: reportlab_all.py TTF OUT CONTENT...

It takes no OpenType font with PostScript outlines, so its font is another (AR PL UMing).  What it leaves out: tags,
bookmarks, PDF/A, Chinese composition but for its own wordWrap='CJK'.
"""
import os
import sys

from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

pdfmetrics.registerFont(TTFont('body', sys.argv[1]))
BODY = ParagraphStyle('body', fontName='body', fontSize=15.8, leading=29, wordWrap='CJK',
    firstLineIndent=31.6,
                      alignment=TA_JUSTIFY)
HEAD = ParagraphStyle('head', fontName='body', fontSize=15.8, leading=29, wordWrap='CJK')
CELL = ParagraphStyle('cell', fontName='body', fontSize=9, leading=12, wordWrap='CJK')
GRID = [('GRID', (0, 0), (-1, -1), 0.5, (0, 0, 0)), ('TOPPADDING', (0, 0), (-1, -1), 3),
        ('BOTTOMPADDING', (0, 0), (-1, -1), 3), ('LEFTPADDING', (0, 0), (-1, -1), 3),
        ('RIGHTPADDING', (0, 0), (-1, -1), 3)]
WIDTH = 442.2


def flowables(file):
    widths, rows = [], []
    for line in open(file, encoding='utf-8'):
        kind, _, body = line.rstrip('\n').partition('\t')
        if kind == 'H':
            yield Paragraph(body, HEAD)
        elif kind == 'P':
            yield Paragraph(body, BODY)
        elif kind == 'T':
            widths, rows = [float(w) for w in body.split('\t')], []
        elif kind == 'R':
            rows.append([Paragraph(cell, CELL) for cell in body.split('\t')])
        else:
            yield Table(rows, colWidths=[w * WIDTH / sum(widths) for w in widths], repeatRows=1, style=GRID)


for name in sys.argv[3:]:
    out = os.path.join(sys.argv[2], os.path.basename(name).replace('.txt', '.pdf'))
    doc = SimpleDocTemplate(out, pagesize=A4, leftMargin=73.4, rightMargin=73.4, topMargin=98.9,
        bottomMargin=93)
    doc.build(list(flowables(name)))
