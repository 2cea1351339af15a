// The benchmark's content by Typst's own compiler, as its npm package carries it.
//
// usage: node typst.mjs FONTS OUT CONTENT...
//
// What it leaves out: columns that fit their content, squeezed marks beyond its own.  It writes bookmarks; tags where
// its version does.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(join(process.cwd(), 'x.js'));
const { NodeCompiler } = require('@myriaddreamin/typst-ts-node-compiler');
const [fonts, out, ...files] = process.argv.slice(2);
const compiler = NodeCompiler.create({ fontArgs: [{ fontPaths: [resolve(fonts)] }] });
const head = `#set page(paper: "a4", margin: (left: 28mm, right: 26mm, top: 37mm, bottom: 35mm))
#set text(font: "FandolFang", size: 15.8pt, lang: "zh", region: "cn")
#set par(justify: true, first-line-indent: (amount: 2em, all: true), leading: 13pt, spacing: 13pt)
#show heading: set text(font: "FandolHei", size: 15.8pt, weight: "regular")
#show table: set text(size: 9pt)
#show table: set par(first-line-indent: 0em, justify: false, leading: 3pt)
#set table(inset: 3pt, stroke: 0.5pt)
`;
const quoted = (s) => JSON.stringify(s);

function source(file) {
	const parts = [head];
	let table = null;
	for (const line of readFileSync(file, 'utf8').split('\n')) {
		const [kind, ...body] = line.split('\t');
		if (kind === 'H') parts.push(`#heading(${quoted(body[0])})`);
		else if (kind === 'P') parts.push(`#par(${quoted(body[0])})`);
		else if (kind === 'T') table = [`#table(columns: (${body.map((w) => w + 'fr').join(', ')}),`, true];
		else if (kind === 'R' && table[1]) {
			table[0] += `table.header(${body.map(quoted).join(', ')}),\n`;
			table[1] = false;
		} else if (kind === 'R') table.push(body.map(quoted).join(', ') + ',');
		else if (kind === 'E') parts.push(table[0] + table.slice(2).join('\n') + ')');
	}
	return parts.join('\n');
}

for (const file of files) {
	const pdf = compiler.pdf({ mainFileContent: source(file) });
	writeFileSync(join(out, basename(file).replace('.txt', '.pdf')), pdf);
	compiler.evictCache(10);
}
