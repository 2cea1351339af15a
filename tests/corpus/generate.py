"""What is too big or too strangely named to be kept: make(folder) writes it and yields (unit, label, path, name bytes)."""
import os

NS = 'urn:zhoubao:submission:1'
HEAD = '项目编号,本周完成投资（万元）,年初至报告期累计完成投资（万元）,开工至报告期累计完成投资（万元）,形象进度,说明\n'
OPEN = f'<submission xmlns="{NS}" unit="320412"><progress>\n'
SHUT = '</progress></submission>\n'
KEYS = 'project_id="320412-2022-0001" week_done="25" ytd_done="225" cum_done="275"'
MIB = 1 << 20


def xml_files():
    yield 'attributes-100000', OPEN + '<row ' + ' '.join(f'a{i}="1"' for i in range(100000)) + '/>' + SHUT
    yield 'attributes-same-100000', OPEN + '<row ' + 'a="1" ' * 100000 + '/>' + SHUT
    yield 'attribute-of-1-MiB', OPEN + f'<row {KEYS} stage="' + 'a' * MIB + '"/>' + SHUT
    yield 'namespaces-100000', OPEN + '<row ' + ' '.join(f'xmlns:n{i}="u"'
        for i in range(100000)) + '/>' + SHUT
    yield 'deep-100000', OPEN + '<a>' * 100000 + '</a>' * 100000 + SHUT
    yield 'open-tags-2000000', '<a>' * 2000000
    yield 'names-201', OPEN + ''.join(f'<row a{i}="1"/>\n' for i in range(201)) + SHUT
    yield 'rows-200001', OPEN + f'<row {KEYS}/>' * 200001 + SHUT
    yield 'rows-foreign-100000', OPEN + '<line/>\n' * 100000 + SHUT
    yield 'forms-100000', f'<submission xmlns="{NS}" unit="320412">' + '<progress/>' * 100000 + '</submission>'
    yield 'text-of-8-MiB', OPEN + f'<row {KEYS}><stage>' + 'a' * (8 * MIB) + '</stage></row>' + SHUT
    yield 'cdata-of-12-MiB', OPEN + f'<row {KEYS}><stage><![CDATA[' + 'a' * (12 * MIB) + ']]></stage></row>' + SHUT
    yield 'comment-of-12-MiB', OPEN + '<!--' + 'a' * (12 * MIB) + f'--><row {KEYS}/>' + SHUT
    yield 'instruction-of-12-MiB', OPEN + '<?a ' + 'a' * (12 * MIB) + f'?><row {KEYS}/>' + SHUT
    yield 'white-of-12-MiB', OPEN + ' \n' * (6 * MIB) + f'<row {KEYS}/>' + SHUT
    yield 'element-name-of-1-MiB', OPEN + '<' + 'a' * MIB + '/>' + SHUT
    yield 'references-1000000', OPEN + f'<row {KEYS}><stage>' + '&#97;' * 1000000 + '</stage></row>' + SHUT
    yield 'ampersands-1000000', OPEN + f'<row {KEYS}><stage>' + '&' * 1000000 + '</stage></row>' + SHUT
    yield 'quotes-1000000', OPEN + '<a "' * 1000000


def rows(n, line):
    return HEAD + ''.join(line % i for i in range(1, n + 1))


def csv_files():
    yield 'rows-200001', rows(200001, '320481-2022-%04d,25,225,275,a,\n')
    yield 'rows-unknown-5000', rows(5000, 'X-2022-%04d,25,225,275,a,\n')
    yield 'rows-bad-5000', rows(5000, 'x%d,a,b,c,=1,\n')
    yield 'rows-wide-5000', rows(5000, '320481-2022-%04d,25,225,275,a,,b,c\n')
    yield 'rows-same-5000', rows(5000, '320481-2022-0001,25,225,275,a%d,\n')
    yield 'subtotals-5000', rows(5000, '320481-2022-0001,25,225,275,a%d,\n小计,25,225,275,,\n')
    yield 'merged-20000', '项目编号,节点,计划完成时间\n320481-2022-0001' + ''.join(f',节点{i},2022-05-01\n'
        for i in range(20000))
    yield 'blank-rows-2000000', HEAD + '\n' * 2000000 + '320481-2022-0001,25,225,275,a,\n'
    yield 'cells-4000001', HEAD + (',' * 199 + 'a\n') * 20001
    yield 'commas-10000000', ',' * 10000000
    yield 'quotes-12000000', '"' * 12000000
    yield 'quote-pairs', HEAD + '""' * 5000000
    yield 'stray-quotes', HEAD + 'a"b,' * 30 + ('\n' + 'a"b,' * 30) * 100000
    yield 'cell-of-12-MiB', HEAD + '320481-2022-0001,25,225,275,' + 'a' * (12 * MIB) + ',\n'
    yield 'record-of-12-MiB', HEAD + '320481-2022-0001,25,225,275,"' + 'a\n' * (6 * MIB) + '",\n'
    yield 'gb18030-of-20-MiB', (HEAD + ('甲' * 4000 + '\n') * 2500).encode('gb18030')
    yield 'utf16-of-20-MiB', b'\xff\xfe' + (HEAD + ('甲' * 4000 + '\n') * 2500).encode('utf-16le')
    yield 'random-of-8-MiB', bytes((i * i * 2654435761 >> 13) & 255 for i in range(MIB)) * 8
    yield 'nul-of-12-MiB', b'\0' * (12 * MIB)
    yield 'newlines-12-MiB', b'\n' * (12 * MIB)
    yield 'over-64-MiB', b'a' * (64 * MIB + 1)
    yield 'first-rows-full', (','.join(['累计完成投资（万元）'] * 200) + '\n') * 10 + rows(1,
        '320481-2022-%04d,25,225,275,a,\n')
    yield 'codes-of-8-KiB', HEAD + ('0-' * 4000 + ',25,225,275,a,\n') * 500


NAMES = {
    'dash': b'-rf', 'option': b'--help', 'newline': b'a\nb.csv', 'escape': b'\x1b[31m.csv',
    'not-utf8': b'\xff\xfe\xfd.csv', 'gb18030': '项目进度周报.csv'.encode('gb18030'),
    'of-255-bytes': b'a' * 251 + b'.csv',
    'bidi': '周报\u202evsc.exe'.encode(), 'quote': b'a"b\'c`d$(e).csv', 'semicolon': b';reboot;.csv',
    'space': b' .csv',
    'backslash': b'x\\..\\..\\y.csv', 'percent': b'%s%n{value}.csv', 'no-suffix': b'file',
    'two-suffixes': b'a.csv.exe',
    'con': b'CON', 'label': b'001.label', 'week-none': '2022-W99.csv'.encode(), 'tab': b'a\tb.csv',
    'del': b'a\x7f.csv',
}


def make(folder):
    for unit, files, suffix in (('320412', xml_files, '.xml'), ('320481', csv_files, '.csv')):
        for label, content in files():
            path = os.path.join(folder, unit + '-' + label)
            with open(path, 'wb') as out:
                out.write(content if isinstance(content, bytes) else content.encode())
            yield unit, label + suffix, path, ('big-' + label + suffix).encode()
    for n, (label, name) in enumerate(sorted(NAMES.items())):
        path = os.path.join(folder, 'name-' + label)
        with open(path, 'wb') as out:
            out.write(rows(1, '320481-2022-%04d,25,225,275,第' + str(n) + '个,\n').encode())
        yield '320481', 'name-' + label, path, name


if __name__ == '__main__':
    import sys
    for one in make(sys.argv[1]):
        print('\t'.join((one[0], one[1], one[2], one[3].hex())))
