# The weekly reporting engine.  Objects go to build/; V=1 shows the commands.
#   make            programs           make demo    six weeks of a sample city
#   make test       all tests          make deps    what Debian has to install first
#   make asan lint  the same under sanitizers and checkers

MAKEFLAGS += --no-builtin-rules
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
JOBS    ?= $(shell nproc)
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif

VERSION := 0.1
PKGS    := sqlite3 libxml-2.0 libcrypto libutf8proc libseccomp
RPKGS   := harfbuzz harfbuzz-subset freetype2 libunibreak libdeflate

WARN := -Wall -Wextra -Werror -Wconversion -Wshadow -Wformat=2 -Wundef -Wvla -Wwrite-strings \
        -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wno-format-nonliteral
OPT  ?= -O2 -g
SAN  ?=
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(OPT) $(SAN) $(WARN) -fno-common -fstack-protector-strong \
        -MMD -MP $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
ALL_LDFLAGS = $(SAN) $(LDFLAGS)
LIBS  = $(shell pkg-config --libs $(PKGS)) -liniparser
RCFLAGS = $(shell pkg-config --cflags $(RPKGS))
RLIBS = $(shell pkg-config --libs $(RPKGS)) -lhpdf -lpng -lm

objects = $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard $(1)/*.c)))
COMMON := $(call objects,common)
PROGRAMS := $(BUILD)/bin/collector $(BUILD)/bin/aggregator $(BUILD)/bin/reporter
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))

.DELETE_ON_ERROR:
.PHONY: all deps install demo test unit cases asan lint bench install clean

all: $(PROGRAMS) $(BUILD)/bin/zhoubao

$(BUILD)/libcommon.a: $(COMMON)
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Which sources the reporter is made of: with other ones, a draft is set anew.
SOURCES = $(shell cat $(sort $(wildcard common/*.[ch] reporter/*.[ch])) | sha256sum | cut -c1-16)
$(BUILD)/reporter/publish_week.o: $(wildcard common/*.[ch] reporter/*.[ch])
$(BUILD)/reporter/publish_week.o: ALL_CFLAGS += -DSOURCES='"$(SOURCES)"'

$(BUILD)/reporter/%.o: reporter/%.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(ALL_CFLAGS) $(RCFLAGS) -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/bin/collector: $(call objects,collector) $(BUILD)/libcommon.a
$(BUILD)/bin/aggregator: $(call objects,aggregator) $(BUILD)/libcommon.a
$(BUILD)/bin/reporter: $(call objects,reporter) $(BUILD)/libcommon.a
$(BUILD)/bin/reporter: LIBS += $(RLIBS)
$(PROGRAMS):
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/bin/zhoubao: zhoubao
	@mkdir -p $(@D)
	$(Q)install -m 0755 $< $@

# A unit test is one file with a main(); a first line "/* uses: collector reporter */" links those
# rooms too, without their main.c.
room_objects = $(filter-out $(BUILD)/$(1)/main.o,$(call objects,$(1)))
$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libcommon.a $(foreach r,collector aggregator reporter,$(call room_objects,$(r)))
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	$(Q)uses=$$(sed -n '1s,^/\* uses: \(.*\) \*/$$,\1,p' $<); objs=; for r in $$uses; do \
	    for c in $$r/*.c; do case $$c in */main.c) ;; *) objs="$$objs $(BUILD)/$${c%.c}.o";; esac; done; done; \
	$(CC) $(ALL_CFLAGS) $(RCFLAGS) $(ALL_LDFLAGS) -I. -o $@ $< $$objs $(BUILD)/libcommon.a $(LIBS) $(RLIBS) $(shell pkg-config --libs cmocka)

# Of the benchmarks, what is in C.
$(BUILD)/bench/%: tests/bench/peers/%.c $(BUILD)/libcommon.a $(call room_objects,reporter)
	@mkdir -p $(@D)
	@echo "  BENCH   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(RCFLAGS) $(ALL_LDFLAGS) -I. -o $@ $< $(call room_objects,reporter) $(BUILD)/libcommon.a $(LIBS) $(RLIBS)

unit: $(UNIT_TESTS)

test: deps-quiet
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all unit
	$(Q)BUILD=$(BUILD) tests/run

.PHONY: deps-quiet
deps-quiet:
	$(Q)./deps --quiet

deps:
	$(Q)./deps

demo: deps-quiet
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)BUILD=$(BUILD) tests/demo/play demo

asan: deps-quiet
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) BUILD=build/asan OPT='-O1 -g -DSANDBOX_OFF' \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' all unit
	$(Q)BUILD=build/asan tests/run

# What gcc, cppcheck and the analyzer still have to say.  Findings are errors.
lint:
	$(Q)./deps --lint
	$(Q)CFLAGS_ALL='$(ALL_CFLAGS) $(RCFLAGS)' tests/lint

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
	    $(DESTDIR)/etc/zhoubao
	install -m 0755 $(PROGRAMS) zhoubao $(DESTDIR)$(PREFIX)/bin/
	install -d $(DESTDIR)$(PREFIX)/sbin
	install -m 0755 config/unit-account $(DESTDIR)$(PREFIX)/sbin/
	install -d $(DESTDIR)$(PREFIX)/share/zhoubao/fonts
	config/install-texts config $(DESTDIR)/etc/zhoubao units.ini settings.csv reference measures
	config/install-texts templates $(DESTDIR)/etc/zhoubao/templates briefings forms messages
	test -e $(DESTDIR)/etc/zhoubao/zhoubao.ini || \
	    sed 's,^templates .*,templates  = templates,; s,\.\./build/fonts:,,' config/zhoubao.ini \
	    >$(DESTDIR)/etc/zhoubao/zhoubao.ini
	install -m 0644 build/fonts/Fandol*.otf $(DESTDIR)$(PREFIX)/share/zhoubao/fonts/
	install -m 0644 collector/collector.1 aggregator/aggregator.1 reporter/reporter.1 zhoubao.1 \
	    $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 0644 common/zhoubao.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -d $(DESTDIR)$(PREFIX)/share/doc/zhoubao
	install -m 0644 docs/figures.md $(DESTDIR)$(PREFIX)/share/doc/zhoubao/

# What one would do instead is in the same run.  ROWS=8500000 is a nation's week: an hour, and 60 GB.
COMMA := ,
ROWS  ?= 3500,100000
bench: deps-quiet
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)BUILD=$(abspath $(BUILD)) tests/bench/city_week.py
	$(Q)BUILD=$(abspath $(BUILD)) tests/bench/nation.py --rows $(ROWS) --format csv,gb,xml --no-fold
	$(Q)BUILD=$(abspath $(BUILD)) tests/bench/giant.py
	$(Q)BUILD=$(abspath $(BUILD)) tests/bench/fold.py $(subst $(COMMA), ,$(ROWS))
	$(Q)BUILD=$(abspath $(BUILD)) tests/bench/briefings
	$(Q)BUILD=$(abspath $(BUILD)) tests/bench/verify_year

clean:
	rm -rf build

# Kill, fail and cut the power at every call of the three programs; EVERY=k takes each k-th point only.
.PHONY: sweep
EVERY ?= 1
sweep: deps-quiet
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)BUILD=$(abspath $(BUILD)) tests/sweep/all $(EVERY)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# Fuzz targets: tests/fuzz/fuzz_*.c.  What libFuzzer kept in tests/fuzz/corpus is replayed by `make test`.
#   make fuzz SECONDS=60 [TARGETS='csv xml']     needs clang: ./deps --fuzz
SECONDS ?= 60
TARGETS ?= csv xml decode sheet value frames
FUZZ    := $(BUILD)/fuzz
FUZZ_ROOMS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(patsubst %,collector/%*.c,box reading decode csv xml header sheet value spreadsheet)))
REPLAYS := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/tests/replay_%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
CLANG   ?= clang-14
FUZZ_FLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DSANDBOX_OFF -DMEMORY_PLAIN -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all $(shell pkg-config --cflags $(PKGS))
.PHONY: fuzz fuzz-build
.SECONDARY: $(patsubst $(BUILD)/%.o,$(FUZZ)/%.o,$(FUZZ_ROOMS) $(COMMON))
unit: $(REPLAYS)

$(BUILD)/tests/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c tests/fuzz/fuzz.h $(FUZZ_ROOMS) $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	$(Q)$(CC) $(ALL_CFLAGS) -MF $@.d $(ALL_LDFLAGS) -I. -o $@ $< tests/fuzz/replay.c $(FUZZ_ROOMS) $(BUILD)/libcommon.a $(LIBS)

$(FUZZ)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(patsubst $(BUILD)/%.o,$(FUZZ)/%.o,$(FUZZ_ROOMS) $(COMMON))
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -I. -o $@ $(filter %.c %.o,$^) $(LIBS)

fuzz-build: $(TARGETS:%=$(FUZZ)/fuzz_%)

fuzz: fuzz-build
	$(Q)for t in $(TARGETS); do echo "== $$t"; SECONDS_EACH=$(SECONDS) FUZZ=$(FUZZ) tests/fuzz/run $$t || exit 1; done
