"""What a clerk does with an annotated copy: puts in what column 建议值 says, then what she read in the receipt.

usage: mend.py COPY ENCODING [E6=23.0 ...] [-12 ...]    a cell and its value; a row to delete (as Excel numbers them)
The mended sheet goes to standard output, in the encoding it had.
"""
import csv, io, re, sys

def column(letters):
    n = 0
    for c in letters:
        n = n * 26 + ord(c) - 64
    return n - 1

copy, encoding, mends = sys.argv[1], sys.argv[2], sys.argv[3:]
text = open(copy, "rb").read().decode(encoding)
first = text.split("\n")[2]
tab = "\t" if "\t" in first else ";" if ";" in first else ","
rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=tab))
place, line = {}, 1                     # Excel's row number -> index
for i, row in enumerate(rows):
    place[line] = i
    line += 1
head = next(r for r in rows if "建议值" in r)
where = head.index("建议值")
for row in rows:
    if row is not head and len(row) > where:
        for letters, value in re.findall("([A-Z]+)列：([^；]+)", row[where]):
            row[column(letters)] = value
gone = set()
for m in mends:
    if m[0] == "-":
        gone.add(place[int(m[1:])])
        continue
    letters, number, value = re.fullmatch("([A-Z]+)([0-9]+)=(.*)", m).groups()
    row = rows[place[int(number)]]
    row += [""] * (column(letters) + 1 - len(row))
    row[column(letters)] = value
out = io.StringIO(newline="")
csv.writer(out, delimiter=tab, lineterminator="\r\n").writerows(r for i, r in enumerate(rows) if i not in gone)
sys.stdout.buffer.write(out.getvalue().encode(encoding))
