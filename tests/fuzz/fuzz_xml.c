/*
 * fuzz_xml - a submission in XML.  The input is the document; one that does not open like markup is put into
 * a form element, so that the fuzzer reaches rows and fields at once.
 */
#include "fuzz.h"

#define HEAD "<submission xmlns=\"urn:zhoubao:submission:1\" unit=\"320412\" week=\"2022-W17\"><progress>"
#define TAIL "</progress></submission>"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz *f = fuzz_world();
	struct buf document = { 0 };
	struct findings fs = { 0 };
	struct reading r;
	struct paper p;

	if (size > 0 && (data[0] == '<' || data[0] >= 0x80))
		buf_add(&document, data, size);
	else {
		buf_str(&document, HEAD);
		buf_add(&document, data, size);
		buf_str(&document, TAIL);
	}
	r = fuzz_read(f, document.s, document.len);
	fuzz_check_reading(f, &r);
	paper_understand(f->rules, &r, "a.xml", &p, &fs);
	fuzz_check_findings(&fs);
	paper_free(&p);
	findings_free(&fs);
	reading_free(&r);
	buf_free(&document);
	return 0;
}
