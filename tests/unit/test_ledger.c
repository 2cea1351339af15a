/* uses: collector */
/* The ledger: whatever was found is read again as it was said, in order of place and rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../collector/ledger.h"

static void lay(struct ledger *l, const struct finding *x)
{
	struct findings fs = { 0 };

	(void)finding_add(&fs, x);
	ledger_lay(l, &fs);
	assert_int_equal(fs.n, 0);
	findings_free(&fs);
}

static void same_text(const char *got, const char *want)
{
	assert_true((got == NULL) == (want == NULL));
	if (want != NULL)
		assert_string_equal(got, want);
}

static void same_finding(const struct finding *got, const struct finding *want)
{
	assert_int_equal(got->row, want->row);
	assert_int_equal(got->col, want->col);
	assert_int_equal(got->severity, want->severity);
	assert_int_equal(got->explained, want->explained);
	assert_int_equal(got->held, want->held);
	same_text(got->rule, want->rule);
	same_text(got->form, want->form);
	same_text(got->key, want->key);
	same_text(got->field, want->field);
	same_text(got->header, want->header);
	same_text(got->value, want->value);
	same_text(got->message, want->message);
	same_text(got->mend, want->mend);
	same_text(got->suggest, want->suggest);
	same_text(got->cause, want->cause);
}

static void parts_are_kept(void **state)
{
	static const struct finding rows[] = {
		{ .rule = "V01" },
		{ .rule = "V02", .severity = SEV_FATAL, .held = true, .row = UINT32_MAX, .col = UINT32_MAX, .form = "f",
		  .key = "a b", .field = "x", .header = "h", .value = "v", .message = "says", .mend = "mend", .suggest = "s",
		  .cause = "V01" },
		{ .rule = "V02", .severity = SEV_WARNING, .explained = true, .form = "", .key = "", .field = "",
		  .header = "", .value = "", .message = "", .mend = "", .suggest = "", .cause = "" },
		{ .rule = "V03", .severity = SEV_ERROR, .row = 7, .header = "V01", .message = "V02" },
	};
	struct ledger l = { 0 };
	struct ledger_reader r = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		lay(&l, &rows[i]);
	for (size_t i = 4; i-- > 0;)
		same_finding(ledger_at(&r, &l, i), &rows[i]);
	assert_string_equal(ledger_rule(&l, 3), "V03");
	assert_int_equal(ledger_worst(&l, 0), SEV_FATAL);
	assert_int_equal(ledger_worst(&l, 2), SEV_ERROR);
	assert_int_equal(ledger_worst(&l, 4), SEV_NOTE);
	ledger_done(&r);
	ledger_free(&l);
}

/* More than stays in memory, and more mends than are kept as words. */
static void many_are_kept(void **state)
{
	struct ledger l = { 0 };
	struct ledger_reader r = { 0 };
	char message[400], mend[16], rule[8];

	(void)state;
	for (int turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < 20000; i++) {
			struct finding x = { .rule = rule, .row = i, .mend = mend, .message = message, .key = "a key" };

			(void)snprintf(rule, sizeof rule, "V%02u", i % 50);
			(void)snprintf(mend, sizeof mend, "mend %u", i % 9973);
			(void)snprintf(message, sizeof message, "%0300u", i);
			if (turn == 0)
				lay(&l, &x);
			else
				same_finding(ledger_at(&r, &l, i), &x);
		}
	ledger_name(&l, 5, "another");
	assert_string_equal(ledger_at(&r, &l, 5)->key, "another");
	assert_string_equal(ledger_at(&r, &l, 5)->mend, "mend 5");
	assert_string_equal(ledger_at(&r, &l, 6)->key, "a key");
	ledger_done(&r);
	ledger_free(&l);
}

/* Any number of findings, few distinct places: sorted by place and rule, else in order of discovery. */
static void sorting_is_stable(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 70; n++) {
		struct ledger l = { 0 };
		struct ledger_reader a = { 0 }, b = { 0 };
		uint32_t dice = 12345;
		char order[16];

		for (uint32_t i = 0; i < n; i++) {
			dice = dice * 1103515245u + 12345u;
			(void)snprintf(order, sizeof order, "%04u", i);
			lay(&l, &(struct finding){ .rule = dice >> 16 & 1 ? "V01" : "V02", .row = dice >> 20 & 3,
			    .col = dice >> 24 & 1, .message = order });
		}
		ledger_sort(&l);
		assert_int_equal(l.n, n);
		for (size_t i = 1; i < n; i++) {
			const struct finding *x = ledger_at(&a, &l, i - 1), *y = ledger_at(&b, &l, i);
			int c = x->row != y->row ? (x->row < y->row ? -1 : 1) :
			    x->col != y->col ? (x->col < y->col ? -1 : 1) : strcmp(x->rule, y->rule);

			assert_true(c <= 0);
			assert_true(c != 0 || strcmp(x->message, y->message) < 0);
			assert_true(ledger_row(&l, y->row) <= i);
			assert_int_equal(l.v[ledger_row(&l, y->row)].row, y->row);
		}
		assert_int_equal(ledger_row(&l, 4), n);
		ledger_done(&a);
		ledger_done(&b);
		ledger_free(&l);
	}
}

static void cut_and_inserted(void **state)
{
	static const char *const want[] = { "1", "2", "6", "7", "5" };
	struct ledger l = { 0 };
	struct ledger_reader r = { 0 };
	struct findings fs = { 0 };

	(void)state;
	for (const char *s = "1234"; *s != '\0'; s++)
		lay(&l, &(struct finding){ .rule = "V01", .message = (char[]){ *s, '\0' } });
	ledger_cut(&l, 2);
	lay(&l, &(struct finding){ .rule = "V01", .message = "5" });
	(void)finding_add(&fs, &(struct finding){ .rule = "V01", .message = "6" });
	(void)finding_add(&fs, &(struct finding){ .rule = "V01", .message = "7" });
	ledger_insert(&l, 2, &fs);
	ledger_insert(&l, 0, &fs);              /* nothing */
	assert_int_equal(l.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(ledger_at(&r, &l, i)->message, want[i]);
	ledger_done(&r);
	ledger_free(&l);
	findings_free(&fs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_kept),
		cmocka_unit_test(many_are_kept),
		cmocka_unit_test(sorting_is_stable),
		cmocka_unit_test(cut_and_inserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
