# For the cases of this folder: a configuration of our own in ./etc whose only briefing is ./page.xml, and a
# snapshot of 2022-W17 in ./site made of ./rows.sql.
set -eu
mkdir -p etc site/snapshots
cp -R "$TOP/config" etc/config
cp -R "$TOP/templates" etc/templates
rm -f etc/templates/briefings/*.xml
cp page.xml etc/templates/briefings/page.xml
sed -i 's,\.\./build/fonts,'"$TOP"'/build/fonts,' etc/config/zhoubao.ini
sqlite3 site/snapshots/2022-W17.db <"$TOP/tests/cases/reporter/tables.sql"
[ ! -e rows.sql ] || sqlite3 site/snapshots/2022-W17.db <rows.sql

# report OPTIONS...: the one briefing of the one week.
report() {
	reporter -c etc/config/zhoubao.ini -s "$PWD/site" -t 2022-04-28T20:00 -w 2022-W17 -b page "$@" 2>errors
}

# What was complained of, without the folder of the case.
complaints() {
	sed "s,$PWD/,,g" errors
}
