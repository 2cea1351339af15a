# A programme of two forms, a measure and two briefings, for two units: a run of it is a tenth of the work and
# takes the same paths through the C.  Source it after tests/site.sh; call small_rules after make_config.
small_rules() {
	small=$TOP/tests/sweep/rules templates=$(dirname "$config")/templates
	rm "$templates"/forms/*.xml "$templates"/briefings/*.xml "$config"/measures/*.sql
	cp "$small/project.xml" "$small/progress.xml" "$templates/forms/"
	cp "$small/weekly.xml" "$small/unit.xml" "$templates/briefings/"
	cp "$small"/*.sql "$config/measures/"
	cp "$small/units.ini" "$config/units.ini"
	awk -F , 'NR == 1 || $3 ~ /^(320412|320481)$/' "$TOP/config/reference/town.csv" >"$config/reference/town.csv"
	sed -i -E 's/^(body|title|hei|kai|song|fallback) .*/\1 = FandolFang-Regular.otf/' "$config/zhoubao.ini"
	small_units='320412 320481'
	projects_csv() {
		echo '项目编号,项目名称,项目总投资（万元）,操作'
		for i in 1 2; do echo "$1-2022-000$i,示例智能车间项目$i,${i}000,新增"; done
	}
	progress_csv() {
		echo '项目编号,本周完成投资（万元）,开工至报告期累计完成投资（万元）,形象进度'
		for i in 1 2; do echo "$1-2022-000$i,$((i * 25)),$((i * (250 + 25 * $2))),第$2次报送：设备安装$i"; done
	}
}
