# Functions for scripts that play weeks on a small site.  Source it:  . "$TOP/tests/site.sh"
# A site here is $site with its own configuration beside it (quiet = 0), three units with three projects each.
set -eu

config=${config:-$WORK/config}
site=${site:-$WORK/site}
small_units='320412 320481 CZJKQ'

# A configuration of our own: the project's, but files count as whole at once.
make_config() {
	mkdir -p "$(dirname "$config")"
	cp -R "$TOP/config" "$config"
	cp -R "$TOP/templates" "$(dirname "$config")/templates"
	sed -i 's/^quiet .*/quiet = 0/; s,\.\./build/fonts,'"$TOP"'/build/fonts,' "$config/zhoubao.ini"
	mkdir -p "$site"
}

# After make_config: a configuration of this very week, for what only the real clock can show.  Every year
# needs its holidays; the record begins with the window that closed last.  $1: seconds of quiet.
config_of_today() {
	sed -i "s/^quiet .*/quiet = $1/; s/^first .*/first = $(TZ=UTC-8 date -d 'last thursday' +%G-W%V)/" "$config/zhoubao.ini"
	year=$(TZ=UTC-8 date +%Y)
	{
		echo date,kind,name
		for y in $((year - 1)) "$year" $((year + 1)); do echo "$y-01-01,off,元旦"; done
	} >"$config/reference/holiday.csv"
}

towns_of() { case $1 in 320412) echo 湖塘镇;; 320481) echo 昆仑街道;; CZJKQ) echo 横林镇;; esac; }
uscc_of() { case $1 in 320412) echo 91320412MA2M3M3H5P;; 320481) echo 91320481MAD92Q3J5R;; CZJKQ) echo 91320400MAN8KDQ57Q;; esac; }

# drop UNIT NAME: standard input becomes a file in the unit's drop.
drop() {
	mkdir -p "$site/exchange/$1/drop"
	cat >"$site/exchange/$1/drop/$2"
}

projects_csv() {        # UNIT
	echo '项目编号,项目名称,企业名称,统一社会信用代码,所属镇（街道）,项目类型,年度属性,计划开工时间,计划竣工时间,项目总投资（万元）,年度计划投资（万元）,项目状态,实际开工时间,责任处室,责任人,操作'
	for i in 1 2 3; do
		echo "$1-2022-000$i,示例智能车间项目$i,示例精密$i厂,$(uscc_of "$1"),$(towns_of "$1"),智能化改造,结转,2022-01-01,2022-12-31,${i}000,${i}000,在建,2022-01-05,示例处,测试员$i,新增"
	done
}

progress_csv() {        # UNIT N: the N-th report, counted from 1
	echo '项目编号,本周完成投资（万元）,年初至报告期累计完成投资（万元）,开工至报告期累计完成投资（万元）,形象进度'
	for i in 1 2 3; do
		echo "$1-2022-000$i,$((i * 25)),$((i * (200 + 25 * $2))),$((i * (250 + 25 * $2))),第$2次报送：设备安装$i"
	done
}

# Drop everything of week number N (12, 13, ...); the first brings the projects.
drop_week() {
	for u in $small_units; do
		[ "$1" != 12 ] || projects_csv "$u" | drop "$u" "项目库.csv"
		progress_csv "$u" $(($1 - 11)) | drop "$u" "项目进度周报2022-W$1.csv"
	done
}

thursday() { case $1 in 12) echo 2022-03-24;; 13) echo 2022-03-31;; 14) echo 2022-04-07;; 15) echo 2022-04-14;; esac; }
friday() { case $1 in 12) echo 2022-03-25;; 13) echo 2022-04-01;; 14) echo 2022-04-08;; 15) echo 2022-04-15;; esac; }

# nightly TIME [ARGS]: one night; an exit of 0 or 1 is fine.
nightly() {
	t=$1; shift
	zhoubao nightly -c "$config/zhoubao.ini" -s "$site" -t "$t" "$@" || [ $? -eq 1 ]
}

# Play weeks 12..LAST, each with a night before the cut-off and a morning after the seal.
play_weeks() {
	for n in $(seq 12 "$1"); do
		drop_week "$n"
		nightly "$(thursday "$n")T12:00" "${2:--j1}"
		nightly "$(friday "$n")T08:05" "${2:--j1}"
	done
}

# Every file of the site and its digest, whatever is in hand (work, lock) left out; and its modes.
tree() {        # [DIR]
	(cd "${1:-$site}" && find . -type f ! -name lock ! -path './work/*' -print0 | LC_ALL=C sort -z |
	    xargs -0 -r sh -c '{ stat -c %a -- "$@"; sha256sum -- "$@"; } |
	    awk "{ line[NR] = \$0 } END { for (i = 1; i <= NR / 2; i++) print line[i], line[i + NR / 2] }"' sh)
}

same() {        # WHAT FILE FILE
	if ! diff "$2" "$3"; then echo "differs: $1" >&2; exit 1; fi
}
