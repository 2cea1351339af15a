#!/usr/bin/env python3
"""world - an invented city's six weeks of reports, for the demo.

usage: world.py TOWNS DROPS

Writes every file that seven units and the office drop from 2022-W12 to 2022-W17 as DROPS/WEEK/STEP/UNIT/NAME
and the order of play as DROPS/steps ("WEEK STEP TIME" a line).  TOWNS is the reference table town.csv.

Everything is invented: enterprises are 示例..., people 测试员..., telephones 0519-0000xxxx, credit codes have
valid check characters and belong to nobody.  A fixed seed and no clock: the same files every time.

One project is simulated week by week (Project.play), so its figures agree with themselves; blemishes are then
put into the rows by name (class Blemishes), each where a comment says what is to be seen.
Money is integer yuan throughout and printed in the sender's own unit.
"""
import csv
import datetime
import os
import random
import re
import sys
from xml.sax.saxutils import quoteattr

SEED = 20220324
YEAR_FIRST, YEAR_LAST = datetime.date(2022, 1, 1), datetime.date(2022, 12, 31)
WAN = 10000

# week: first day, last day.  Steps of play: Wednesday evening, Thursday before the cut-off (17:00), Thursday
# after it, and Friday five minutes after the seal (08:00).
WEEKS = [
    ("2022-W12", datetime.date(2022, 3, 18), datetime.date(2022, 3, 24)),
    ("2022-W13", datetime.date(2022, 3, 25), datetime.date(2022, 3, 31)),
    ("2022-W14", datetime.date(2022, 4, 1), datetime.date(2022, 4, 7)),
    ("2022-W15", datetime.date(2022, 4, 8), datetime.date(2022, 4, 14)),
    ("2022-W16", datetime.date(2022, 4, 15), datetime.date(2022, 4, 21)),
    ("2022-W17", datetime.date(2022, 4, 22), datetime.date(2022, 4, 28)),
]
WED, THU, LATE, SEAL = 1, 2, 3, 4
MONTH_LAST = (1, 5)             # W13 and W17 are the last windows of March and April
BEFORE = datetime.date(2022, 3, 17)

UNITS = {                       # code: projects, area of the credit codes, vigour of the whole unit
    "320402": (36, "320402", 1.05), "320404": (40, "320404", 1.20), "320411": (62, "320411", 1.35),
    "320412": (72, "320412", 1.40), "320413": (42, "320413", 1.20), "320481": (44, "320481", 0.95),
    "CZJKQ": (34, "320412", 1.45),
}
OFFICE = "320400"
SHORT = {"320402": "天宁区", "320404": "钟楼区", "320411": "新北区", "320412": "武进区", "320413": "金坛区",
         "320481": "溧阳市", "CZJKQ": "经开区", "320400": "专班办"}
RESPONSIBLE = {**SHORT, "CZJKQ": "常州经开区"}         # as units.ini prints them
PEOPLE = "甲乙丙丁戊己庚辛壬癸"
NUMERALS = "一二三四五六七八九十"

# trade, industry code, what is done there
TRADES = [
    ("精密机械", "C34"), ("轨道装备", "C37"), ("动力电池", "C38"), ("光伏组件", "C38"), ("智能电机", "C38"),
    ("汽车零部件", "C36"), ("工业机器人", "C35"), ("纺织印染", "C17"), ("高分子材料", "C29"), ("特种合金", "C32"),
    ("医疗器械", "C35"), ("电子元器件", "C39"), ("农机装备", "C35"), ("食品加工", "C14"), ("新型建材", "C30"),
    ("镕铸", "C33"), ("滆湖服饰", "C18"), ("堃元工具", "C33"),
]
WORKS = {
    "智能化改造": ["智能车间改造项目", "自动化产线改造项目", "智能工厂建设项目", "柔性装配线改造项目"],
    "数字化转型": ["数字化车间项目", "制造执行系统（MES）建设项目", "工业大数据平台项目"],
    "网络化联接": ["工业互联网标识解析应用项目", "5G全连接车间项目"],
    "综合": ["智改数转综合提升项目"],
}
STAGES = [
    (0.06, ["方案设计与设备选型", "可研及方案论证"]),
    (0.20, ["厂房改造及基础施工", "车间布局调整、基础施工"]),
    (0.45, ["首批设备采购到货", "产线设备陆续到货"]),
    (0.70, ["设备安装调试", "产线设备安装"]),
    (0.88, ["软件系统部署、系统联调", "MES与设备联调联试"]),
    (1.00, ["试运行及竣工验收准备", "试生产"]),
    (9.99, ["收尾及竣工结算"]),
]
NEXT = [                        # by the place in STAGES
    ["跟进设备合同签订", "完成方案论证"], ["完成基础施工", "完成车间布局调整"], ["组织设备到货验收", "继续催交设备"],
    ["继续设备安装", "完成单机调试"], ["推进软件上线", "组织联调联试"], ["组织试运行", "准备竣工验收资料"], ["办理竣工结算"],
]
PROBLEMS = [
    ("进口设备交货期延长", "供货", "区", 10), ("变压器增容审批进度偏慢", "能耗", "市", 20),
    ("项目贷款审批未到位", "资金", "市", 30), ("环评批复补充材料", "环评", "区", 18), ("熟练调试工程师短缺", "用工", "镇", 25),
    ("厂区北侧地块手续未办结", "用地", "市", 28), ("工业软件接口不兼容", "技术", "区", 21), ("物流受阻，核心部件滞留", "供货", "省", 14),
]
ZERO_NOTES = ["设备在途，本周无新增投资", "等待调试工程师到场", "供应商排产延后，已催货", "受物流影响，本周无到货"]
DEPARTMENTS = {"用地": "市自然资源和规划局", "环评": "市生态环境局", "能耗": "市供电公司", "资金": "市地方金融监管局",
               "用工": "市人社局", "供货": "市工信局", "技术": "市科技局"}
HANDLERS = ["信息化处", "投资处", "装备处", "软件处"]
NODES = [("签约", -0.08), ("开工", 0.0), ("采购", 0.25), ("安装", 0.55), ("联调", 0.82), ("竣工", 1.0)]


def numeral(n):
    """1..99 in Chinese."""
    tens, ones = divmod(n, 10)
    text = ("" if tens == 0 else "十" if tens == 1 else NUMERALS[tens - 1] + "十")
    return text + (NUMERALS[ones - 1] if ones else "")


def uscc(rng, area):
    """An invented code with valid GB 11714 and GB 32100 check characters."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    org = "MA" + "".join(rng.choice(alphabet) for _ in range(6))
    value = lambda c: int(c) if c.isdigit() else ord(c) - 55
    check = 11 - sum(value(c) * w for c, w in zip(org, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    org += "X" if check == 10 else str(check % 11)
    code = "91" + area + org
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + alphabet[(31 - total % 31) % 31]


def day(d, days):
    return d + datetime.timedelta(days=days)


def money(yuan, unit):
    """Yuan in a unit, exactly and without trailing zeros."""
    if yuan is None:
        return ""
    sign, yuan = ("-" if yuan < 0 else ""), abs(yuan)
    whole, rest = divmod(yuan, unit)
    digits = len(str(unit)) - 1
    text = str(whole) + ("." + str(rest).zfill(digits) if rest else "")
    return sign + (text.rstrip("0") if rest else text)


class Project:
    def __init__(self, world, unit, number, towns):
        rng = self.rng = random.Random(f"{SEED} {unit} {number}")
        self.unit, self.number = unit, number
        self.project_id = f"{unit}-2022-{number:04d}"
        trade, self.industry = TRADES[(number * 7 + len(unit) + sum(map(ord, unit))) % len(TRADES)]
        self.enterprise = f"示例{trade}{numeral(world.next_of(trade))}厂"
        self.kind = rng.choices(list(WORKS), (55, 28, 9, 8))[0]
        self.project_name = self.enterprise + rng.choice(WORKS[self.kind])
        self.uscc = world.uscc_of(self.enterprise, UNITS[unit][1], rng)
        self.town = rng.choice(towns)
        self.level = rng.choices(("国家", "省", "市", "区", "无"), (2, 12, 30, 36, 20))[0]
        self.dimension = rng.choices(("场景", "车间", "工厂", "园区"), (20, 55, 22, 3))[0]
        self.frequency = "月" if number % 11 == 5 else "周"
        self.content = f"购置智能装备{rng.randrange(6, 80)}台（套），建设{rng.choice(('产线控制', '仓储物流', '质量检测', '能源管理'))}系统"
        self.office, self.owner = rng.choice(HANDLERS), "测试员" + rng.choice(PEOPLE)
        self.counted = rng.random() < 0.7
        self.note, self.op = None, "新增"
        self.plan(rng)

    def plan(self, rng):
        """Dates, amounts and the project's fate."""
        self.entry = rng.choices(("新开工", "结转"), (55, 45))[0]
        fate = rng.choices(("going", "finished", "finishing", "reserve", "shelved", "stopped"),
                           (84, 3, 5, 3, 2, 3))[0]
        if fate in ("finished", "finishing"):
            self.entry = "结转"
        if self.entry == "结转":
            self.plan_start = day(datetime.date(2021, 2, 1), rng.randrange(0, 300))
        elif rng.random() < 0.6:
            self.plan_start = day(YEAR_FIRST, rng.randrange(4, 75))
        else:
            self.plan_start = day(YEAR_FIRST, rng.randrange(76, 260))
        self.plan_end = day(self.plan_start, rng.randrange(270, 560))
        if self.plan_end < datetime.date(2022, 6, 30):
            self.plan_end = day(datetime.date(2022, 6, 30), rng.randrange(0, 170))
        self.total = rng.choice((800, 1200, 1500, 2000, 2600, 3200, 4500, 6000, 8500, 12000, 18000,
            26000)) * WAN
        self.total += rng.randrange(0, 400) * WAN
        self.equipment = self.total * rng.randrange(55, 85) // 100 // WAN * WAN
        self.own = self.total * rng.randrange(30, 90) // 100 // WAN * WAN
        self.loan = self.total - self.own
        self.before = 0                 # done by the end of last year [yuan]
        if self.entry == "结转":
            self.before = self.total * rng.randrange(20, 60) // 100 // 1000 * 1000
        share = rng.uniform(0.8, 1.0) if self.plan_end <= YEAR_LAST else rng.uniform(0.45, 0.75)
        self.year_plan = int((self.total - self.before) * share) // WAN * WAN
        self.vigour = rng.choices((rng.uniform(0.92, 1.3), rng.uniform(0.75, 0.95), rng.uniform(0.25, 0.55)),
                                  (68, 21, 11))[0] * UNITS[self.unit][2]
        self.actual_start = self.actual_end = None
        delay = rng.choices((0, rng.randrange(1, 15), rng.randrange(30, 140)), (72, 20, 8))[0]
        self.start = day(self.plan_start, delay)        # when it will really start
        self.finish = None                              # the week in which it is finished
        self.status = "在建"
        if fate == "finished":
            self.status, self.plan_end = "竣工", day(YEAR_FIRST, rng.randrange(20, 70))
            self.actual_end = day(self.plan_end, rng.randrange(0, 6))
            self.year_plan = (self.total - self.before) // WAN * WAN
        elif fate == "finishing":
            self.finish = rng.randrange(0, 6)
            first = WEEKS[self.finish][1]
            self.plan_end = day(first, rng.randrange(-8, 5))
            self.year_plan = (self.total - self.before) // WAN * WAN
        elif fate in ("reserve", "shelved"):
            self.status = {"reserve": "储备", "shelved": "暂缓"}[fate]
            if fate == "reserve":
                self.plan_start, self.entry, self.before = datetime.date(2022, 9, 1), "新开工", 0
                self.plan_end = datetime.date(2023, 6, 30)
        elif fate == "stopped":
            self.status = "停工"
        if self.status == "储备":
            pass
        elif self.entry == "结转":
            self.actual_start = day(self.plan_start, rng.randrange(0, 12))
        elif self.start <= BEFORE:
            self.actual_start = self.start
        elif self.status in ("在建", "停工"):
            self.status = "未开工"
        if self.status in ("储备", "暂缓"):
            self.start = datetime.date(2023, 1, 1)

    def pace(self, at):
        """The share of the year's active days that have passed."""
        first, last = max(YEAR_FIRST, self.actual_start or self.plan_start), min(YEAR_LAST, self.plan_end)
        return 0.0 if at < first else min(1.0, ((at - first).days + 1) / ((last - first).days + 1))

    def aim(self, at):
        return self.year_plan * self.pace(at) * self.vigour

    def play(self):
        """The weeks: self.weeks[i] is the row of progress, None if nothing is due; self.changes[i] that of project."""
        rng = self.rng
        self.weeks, self.changes = [], {}
        ytd = self.begin(rng)
        for i, (_, first, last) in enumerate(WEEKS):
            old = self.status
            done = self.step(rng, i, first, last, ytd)
            ytd += done
            due = old in ("未开工", "在建", "停工") or self.status in ("未开工", "在建", "停工")
            if old != self.status:
                self.changes[i] = self.registry()
            if i == 0 and self.status == "竣工":
                due = True                              # its year's figures, once
            self.weeks.append(self.row(rng, i, last, done, ytd) if due else None)
        self.monthly()

    def begin(self, rng):
        if self.status == "竣工":
            return (self.total - self.before) * rng.randrange(92, 100) // 100 // 1000 * 1000
        if self.status not in ("在建", "停工"):
            return 0
        if self.finish is not None:
            return (self.total - self.before) * (88 - 2 * self.finish) // 100 // 1000 * 1000
        return int(min(self.aim(BEFORE), (self.total - self.before) * 0.9)) // 1000 * 1000

    def step(self, rng, i, first, last, ytd):
        """One week's investment [yuan]; starts and finishes."""
        if self.status == "未开工" and self.start <= last:
            self.status, self.actual_start = "在建", max(self.start, first)
        if self.status != "在建":
            return 0
        left = self.total - self.before - ytd
        if self.finish is not None:
            done = left // (self.finish - i + 2)
            if i == self.finish:
                self.status, self.actual_end = "竣工", day(first, rng.randrange(0, 6))
            return done // 1000 * 1000
        if rng.random() < 0.035:
            return 0
        step = (self.aim(last) - self.aim(day(first, -1))) * rng.uniform(0.5, 1.5)
        # the unit's good and bad weeks
        step *= random.Random(f"{SEED} week {self.unit} {i}").uniform(0.6, 1.4)
        return max(0, min(int(step), int(left * 0.2))) // 1000 * 1000

    def stage(self, rng, cum):
        """What is seen on site, and what comes next."""
        share = cum / self.total
        at = next(k for k, (limit, _) in enumerate(STAGES) if share < limit)
        words = STAGES[at][1]
        return f"{words[self.number % len(words)]}，总体形象进度约{share * 100:.1f}%", rng.choice(NEXT[at])

    def row(self, rng, i, last, done, ytd):
        cum = self.before + ytd
        r = {"project_id": self.project_id, "week_done": done, "adjust": None, "ytd_done": ytd,
            "cum_done": cum,
             "stage": None, "next_plan": None, "problem": None, "help": None, "lamp_self": None, "note": None}
        if self.status == "竣工":
            r["stage"], r["lamp_self"] = "已竣工", "绿"
            if cum * 10 < self.total * 9:
                r["note"] = "结算核减，结余不再投入"
        elif self.status == "在建":
            r["stage"], r["next_plan"] = self.stage(rng, cum)
            gap = (ytd / self.year_plan if self.year_plan else 1) - self.pace(last)
            r["lamp_self"] = "绿" if gap > -0.04 else "黄" if gap > -0.2 or rng.random() < 0.6 else "红"
            if done == 0 and rng.random() < 0.85:
                r["note"] = rng.choice(ZERO_NOTES)
            if gap < -0.1 and rng.random() < 0.5:
                r["problem"] = rng.choice(PROBLEMS)[0]
            if gap < -0.2 and rng.random() < 0.3:
                r["help"] = "请市级部门协调" + rng.choice(("电力增容", "项目贷款", "进口设备通关"))
            if self.plan_end < last and r["note"] is None:
                r["note"] = f"设备验收延后，预计{day(last, 20).month}月竣工"
        elif self.status == "停工":
            r["stage"], r["note"], r["lamp_self"] = "暂停施工", "企业调整投资方案，暂停施工", "红"
        else:
            r["stage"] = "前期工作：" + ("设备选型", "合同商谈", "办理备案")[(self.number + i) % 3]
            r["next_plan"] = rng.choice(("签订设备合同", "完成备案", "落实资金"))
            if self.plan_start < last:
                r["note"], r["lamp_self"] = f"备案手续办理中，预计{day(last, 25).month}月开工", "黄"
        return r

    def monthly(self):
        """A project that reports by month sends the first week with all others, then the month's last, and the
        weeks between as 补报."""
        if self.frequency != "月":
            return
        sent = 0
        for i, r in enumerate(self.weeks):
            if r is None:
                continue
            if i == 0 or i in MONTH_LAST or i in self.changes and sent:
                if sent and r["ytd_done"] - sent != r["week_done"]:
                    r["adjust"] = r["ytd_done"] - sent - r["week_done"]
                    r["note"] = (r["note"] + "；" if r["note"] else "") + "按月报送，一并补报本月前几周"
                sent = r["ytd_done"]
            elif not (i in self.changes and self.status == "竣工"):
                self.weeks[i] = None
            else:
                sent = r["ytd_done"]

    def registry(self, note=None, op=""):
        """The row of the registry as it stands."""
        return {"op": op, "project_id": self.project_id, "filing_code": self.filing(),
                "project_name": self.project_name, "enterprise": self.enterprise, "uscc": self.uscc,
                "town": self.town, "industry": self.industry,
                "kind": self.kind, "entry": self.entry, "level": self.level, "dimension": self.dimension,
                "frequency": self.frequency, "content": self.content, "plan_start": self.plan_start,
                "plan_end": self.plan_end, "actual_start": self.actual_start, "actual_end": self.actual_end,
                "total_invest": self.total, "equipment_invest": self.equipment, "own_funds": self.own,
                "loan": self.loan, "year_plan": self.year_plan, "status": self.status,
                "counted": "是" if self.counted else "否", "office": self.office, "owner": self.owner,
                "note": note}

    def filing(self):
        return f"{self.plan_start:%y%m}-{UNITS[self.unit][1]}-89-02-{100000 + self.number * 37}"

    def milestones(self):
        """Nodes: [(week index or 0, row)]: all with the registry, then those that happened or moved."""
        if self.status_at_first in ("储备", "暂缓"):
            return []
        rng = random.Random(f"{SEED} nodes {self.project_id}")
        span, out = (self.plan_end - self.plan_start).days, []
        slip = max(0, int((1.0 - self.vigour) * 90)) + rng.randrange(-6, 9)
        for node, share in NODES:
            plan = day(self.plan_start, int(span * share))
            real = day(plan, slip if share > 0 else 0)
            if node == "开工":
                real = self.actual_start or self.start
            if node == "竣工":
                real = self.actual_end or max(real, datetime.date(2022, 5, 20))
            row = {"project_id": self.project_id, "node": node, "plan_date": plan, "forecast_date": None,
                   "actual_date": None, "evidence": None, "note": None}
            out += self.node_weeks(rng, row, plan, real)
        return out

    def node_weeks(self, rng, row, plan, real):
        held = self.status_at_first == "停工"
        first = dict(row)
        if real <= WEEKS[0][2] and not (held and row["node"] in ("安装", "联调", "竣工")):
            first.update(actual_date=real, evidence=f"示例佐证：{row['node']}确认单")
            return [(0, first)]
        if real > plan:
            first["forecast_date"] = real
        out = [(0, first)]
        for i, (_, start, last) in enumerate(WEEKS[1:], 1):
            latest = out[-1][1]
            if held:
                break
            if start <= real <= last:
                out.append((i, dict(latest, actual_date=real, evidence=f"示例佐证：{row['node']}确认单")))
            elif start <= plan <= last and real > last:
                out.append((i, dict(latest, forecast_date=day(real, rng.randrange(0, 10)))))
        return out


class World:
    def __init__(self, towns_file):
        self.codes = {}
        self.plants = {}        # how many of each trade there are
        self.towns = {}
        with open(towns_file, encoding="utf-8", newline="") as f:
            for r in csv.DictReader(f):
                self.towns.setdefault(r["unit"], []).append((r["code"], r["name"]))
        self.projects = {}
        for unit, (n, _, _) in UNITS.items():
            self.projects[unit] = [Project(self, unit, k + 1, self.towns[unit]) for k in range(n)]
        for p in self.all():
            p.first = p.registry(op="新增")
            p.status_at_first = p.status
            p.play()
        self.files = []         # (week index, step, unit, name, bytes)

    def all(self):
        return [p for unit in UNITS for p in self.projects[unit]]

    def next_of(self, trade):
        self.plants[trade] = self.plants.get(trade, 0) + 1
        return self.plants[trade]

    def uscc_of(self, enterprise, area, rng):
        if enterprise not in self.codes:
            self.codes[enterprise] = uscc(rng, rng.choice((area, area, area, OFFICE)))
        return self.codes[enterprise]

    def tables(self, i, unit):
        """What the unit has to say in week i: {form: [row]}."""
        projects = self.projects[unit]
        out = {"project": [], "progress": [], "milestone": []}
        for p in projects:
            if i == 0:
                out["project"].append(dict(p.first))
            if i in p.changes:
                out["project"].append(dict(p.changes[i], op=""))
            if p.weeks[i] is not None:
                out["progress"].append(dict(p.weeks[i]))
        if i == 0:              # a change in the first week is in the registry at once
            latest = {r["project_id"]: dict(r, op="新增") for r in out["project"]}
            out["project"] = list(latest.values())
        for p in projects:
            out["milestone"] += [dict(row) for week, row in p.milestones() if week == i]
        out["problem"] = problems(self, unit, i)
        out["action_reply"] = replies(unit, i)
        return out

    def send(self, i, step, unit, name, data):
        self.files.append((i, step, unit, name, data))


# ---- problems, actions, targets ----

def problems(world, unit, i):
    """Each unit meets six problems; one is left to become overdue, the others go their way."""
    out = []
    for k in range(6):
        opened = (0, 0, 1, 2, 4, 5)[k]
        title, category, level, days = PROBLEMS[(k * 3 + sum(map(ord, unit))) % len(PROBLEMS)]
        if level in ("市", "省"):
            resp = DEPARTMENTS[category]
        else:
            resp = RESPONSIBLE[unit]
        going = [p for p in world.projects[unit] if p.status_at_first == "在建" and p.finish is None]
        project = going[(k * 5 + 2) % len(going)]
        age = i - opened
        if age < 0:
            continue
        states = ["待办", "办理中", "办理中", "待核", "销号"] if k != 1 else ["待办", "办理中", None, None, None]
        state = states[age] if age < len(states) else None
        if state is None or age and state == states[age - 1]:
            continue
        row = {"op": "新增" if age == 0 else "", "problem_id": f"{unit}-W2022-{k + 1:04d}",
               "project_id": project.project_id, "title": title, "category": category,
               "need_level": level, "resp_unit": resp,
               "due": day(WEEKS[opened][2], 14 if k == 1 else days + 7),
               "state": state, "result": None, "verified_by": None, "note": None}
        if state in ("待核", "销号"):
            row["result"] = "已协调解决"
        if state == "销号":
            row["verified_by"] = "市专班办公室测试员癸"
        out.append(row)
    return out


# opened in week, id, title, responsible, days to do it, level, states by later weeks, the unit's replies
ACTIONS = [
    (1, "2022-001", "加快推进一季度应开未开项目开工", "320412", 14, "蓝", {3: "办理中", 4: "待核", 5: "销号"},
     {2: "已逐个走访，3个项目本周开工", 4: "应开未开项目已全部开工"}),
    (1, "2022-002", "核实进度偏慢项目并提出帮扶措施", "320404", 14, "黄", {2: "办理中"}, {2: "已列出清单", 3: "部分项目物流受阻"}),
    (1, "2022-003", "研究智改数转项目用电增容绿色通道", "市供电公司", 28, "蓝", {3: "办理中"}, {}),
    (2, "2022-004", "补齐纳统项目佐证材料", "320413", 14, "蓝", {4: "待核", 5: "销号"}, {3: "已补报佐证", 4: "材料齐全"}),
    (2, "2022-005", "制定示范区培育方案", "CZJKQ", 20, "蓝", {4: "延期"}, {3: "方案起草中", 4: "方案已征求意见"}),
    (3, "2022-006", "说明未报送原因并落实报送责任人", "320402", 7, "红", {4: "待核", 5: "销号"}, {4: "已明确专人报送"}),
    (3, "2022-007", "协调项目贷款审批", "市地方金融监管局", 21, "黄", {5: "办理中"}, {}),
    (4, "2022-008", "梳理二季度竣工项目清单", "320481", 14, "蓝", {5: "办理中"}, {5: "清单初稿已形成"}),
    (5, "2022-009", "排查连续无进展项目", "320411", 14, "黄", {}, {}),
    # entered twice by mistake (it is 2022-007), revoked the week after
    (3, "2022-010", "会商项目贷款审批", "市地方金融监管局", 21, "黄", {4: "撤销"}, {}),
]
ACTION_EXTEND = {"2022-005": (3, datetime.date(2022, 5, 20), "需待省级文件出台后定稿")}


def actions(i):
    out = []
    for opened, key, title, resp, days, level, states, _ in ACTIONS:
        if i != opened and i not in states:
            continue
        due = day(WEEKS[opened][1], days)
        if key in ACTION_EXTEND and states.get(i) == "延期":
            due = ACTION_EXTEND[key][1]
        state = "交办" if i == opened else states[i]
        revoked = states.get(i) == "撤销" and i != opened
        state = "交办" if revoked else state
        out.append({"op": "撤销" if revoked else "", "action_id": key, "title": title,
            "meeting_date": WEEKS[opened][1],
                    "resp_unit": RESPONSIBLE.get(resp, resp),
                    "due": due, "level": level, "state": state, "doc_no": f"示例督〔2022〕{int(key[-3:])}号",
                    "verified_by": "市专班办公室测试员壬" if state == "销号" else None, "note": None})
    return out


def replies(unit, i):
    out = []
    for opened, key, _, resp, _, _, _, said in ACTIONS:
        if resp != unit or i not in said:
            continue
        extend = ACTION_EXTEND.get(key)
        asks = extend is not None and i >= extend[0]
        out.append({"action_id": key, "signed": day(WEEKS[opened][1], 1), "reply": said[i],
                    "evidence": "示例佐证：反馈函", "extend_to": extend[1] if asks else None,
                    "extend_reason": extend[2] if asks else None, "note": None})
    return out


TARGETS = [
    ("重点企业诊断", {"320412": 80, "320411": 75, "320413": 45, "320481": 45, "320402": 25, "320404": 25,
                     "CZJKQ": 35, OFFICE: 330}),
    ("中小微企业诊断", {"320412": 640, "320411": 610, "320413": 370, "320481": 380, "320402": 200, "320404": 200,
                       "CZJKQ": 270, OFFICE: 2670}),
    ("数字化转型促进中心", {OFFICE: 2}), ("智能制造示范区", {OFFICE: 5}), ("年度优秀场景", {OFFICE: 10}),
    ("配套政策文件", {OFFICE: 18}),
]


def targets():
    return [{"op": "", "indicator": name, "target_unit": unit, "year": 2022, "value": value, "note": None}
            for name, by in TARGETS for unit, value in by.items()]


# What the office has approved: in the first week the projects that rest or stand still, all but two of them
# (红灯、黄灯“未经批准”); in W16 one of 溧阳 that is far behind, grey from then on, whatever 溧阳 reports.
UNAPPROVED = ("320481-2022-0012", "320402-2022-0005")


def changes(world, i):
    if i == 0:
        rest = [p for p in world.all() if p.status_at_first in ("暂缓", "停工")
            and p.project_id not in UNAPPROVED]
        effective, reason = datetime.date(2022, 1, 10), "企业调整投资方案，暂缓实施"
    elif i == 4:
        rest = [min(steady(world, "320481"), key=lambda p: p.weeks[i]["ytd_done"] / p.year_plan - p.pace(WEEKS[i][2]))]
        effective, reason = datetime.date(2022, 4, 20), "企业调整产品方向，设备选型重新论证"
    else:
        rest = []
    return [{"op": "", "change_id": f"BG-{WEEKS[i][0][-2:]}-{n:02d}", "project_id": p.project_id,
        "kind": "暂缓",
             "to_unit": None, "effective": effective, "approved_by": "市专班办公室测试员癸",
             "doc_no": f"示例调〔2022〕{i + 1}号", "reason": reason, "note": None} for n, p in enumerate(rest, 1)]


# Printed in the last week's briefing.
def practices():
    return [{"op": "", "week_no": WEEKS[5][0], "title": "示例园区“一企一表”盯紧设备到货", "source": "示例园区",
             "body": "示例园区为每个在建项目建立一张设备到货表，列明合同、排产、发运、到货、安装五个日期，由园区专员每周二与企业、"
                     "供应商核对一次。\n对晚于计划十天以上的，当周召集物流企业和供应商会商，属审批环节的转区级专班，不过周末。\n"
                     "一个月来，园区内项目设备平均到货时间提前六天，三个红灯项目转为黄灯。"}]


# ---- writing ----

MONEY = {"total_invest", "equipment_invest", "own_funds", "loan", "year_plan", "week_done", "adjust",
    "ytd_done",
         "cum_done"}
TITLES = {
    "op": "操作", "note": "说明", "correction": "订正说明", "project_id": "项目编号", "filing_code": "在线平台项目代码",
    "project_name": "项目名称", "enterprise": "企业名称", "uscc": "统一社会信用代码", "town": "所属镇（街道）",
    "industry": "所属行业", "kind": "项目类型", "entry": "年度属性", "level": "项目级别", "dimension": "建设维度",
    "frequency": "报送频次", "content": "建设内容及规模", "plan_start": "计划开工时间", "plan_end": "计划竣工时间",
    "actual_start": "实际开工时间", "actual_end": "实际竣工时间", "total_invest": "项目总投资",
    "equipment_invest": "设备投资", "own_funds": "自有资金", "loan": "银行贷款", "year_plan": "年度计划投资",
    "status": "项目状态", "counted": "是否纳统", "office": "责任处室", "owner": "责任人", "week_done": "本周完成投资",
    "adjust": "补报/核减", "ytd_done": "年初至报告期累计完成投资", "cum_done": "开工至报告期累计完成投资",
    "stage": "形象进度", "next_plan": "下周计划", "problem": "存在问题", "help": "需协调事项", "lamp_self": "自评",
    "node": "节点", "plan_date": "计划完成时间", "forecast_date": "预计完成时间", "actual_date": "实际完成时间",
    "evidence": "佐证", "problem_id": "问题编号", "title": "问题事项", "category": "问题类别", "need_level": "协调层级",
    "resp_unit": "责任单位", "due": "解决时限", "state": "办理状态", "result": "办理结果", "verified_by": "核实人",
    "action_id": "事项编号", "meeting_date": "会议日期", "doc_no": "文号", "signed": "签收日期",
    "reply": "办理情况", "extend_to": "申请延期至", "extend_reason": "延期原因", "indicator": "指标",
    "target_unit": "承担单位", "year": "年度", "value": "目标值", "change_id": "变更编号", "to_unit": "划入板块",
    "effective": "生效日期", "approved_by": "批准人", "reason": "变更原因", "week_no": "刊发周次", "source": "供稿单位",
    "body": "正文",
}
ALIASES = {                     # 武进 has its own headers, each of them an alias that the forms know
    "project_id": "项目代码", "project_name": "项目全称", "enterprise": "建设单位", "uscc": "信用代码", "total_invest": "总投资",
    "own_funds": "自筹资金", "year_plan": "2022年计划投资", "week_done": "当周完成投资", "ytd_done": "本年累计完成投资",
    "cum_done": "自开工累计完成投资", "stage": "目前进展", "next_plan": "下一步计划", "problem": "存在的问题",
    "owner": "责任领导",
}
FORM_TITLES = {"project": "项目库", "progress": "项目进度周报", "milestone": "项目节点", "problem": "问题清单",
               "action": "议定及督办事项", "action_reply": "督办反馈", "target": "年度目标", "change": "项目变更",
               "practice": "典型做法"}
OWN_TITLES = {                  # of a form, where another form calls the same name otherwise
    "action": {"title": "事项内容", "due": "办理时限", "level": "督办等级"},
    "problem": {"project_id": TITLES["project_id"]},
    "change": {"kind": "变更类型"},
    "practice": {"title": "题目"},
}


class Style:
    """How one unit writes its files."""

    def __init__(self, encoding="utf-8", bom=False, sep=",", eol="\r\n", titles=None, title_row=False,
                 unit_row=False, bracket=False, seq=False, total=False, footer=False, unit=WAN,
                 date="%Y-%m-%d",
                 names=False, town=1, thousands=False):
        self.__dict__.update(locals())


UNIT_WORDS = {WAN: "万元", 1: "元"}
STYLES = {
    "320402": Style(bracket=True, thousands=True),
    "320404": Style(encoding="gb18030", title_row=True, unit_row=True, seq=True, total=True, footer=True,
                    date="%Y.%-m.%-d", names=True),
    "320412": Style(titles=ALIASES, bracket=True, total=True, date="%Y/%-m/%-d"),
    "320413": Style(sep="\t", eol="\n", title_row=True, unit_row=True),
    "320481": Style(bom=True, sep=";", bracket=True, date="%Y年%-m月%-d日", town=0),
    "CZJKQ": Style(bom=True, bracket=True, unit=1, total=True),
    OFFICE: Style(bom=True),
}


def header(form, field, style):
    own = OWN_TITLES.get(form, {})
    if field in own:
        return own[field]
    text = (style.titles or {}).get(field, TITLES[field])
    if field in MONEY and style.bracket:
        text += f"（{UNIT_WORDS[style.unit]}）"
    return text


def cell(field, value, style):
    if value is None:
        return ""
    if isinstance(value, str):
        return value                    # a blemish may put any text where a figure belongs
    if field in MONEY:
        text = money(value, style.unit)
        return re.sub(r"(?<=\d)(?=(\d{3})+(\.|$))", ",",
            text) if style.thousands and "." not in text else text
    if isinstance(value, datetime.date):
        return value.strftime(style.date)
    if isinstance(value, tuple):        # a town: code, name
        return value[style.town]
    return str(value)


def quoted(text, sep):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in (sep, '"', "\n")) else text


def fields_of(form, rows):
    names = [f for f in rows[0] if f != "correction"]
    if form == "progress" or form == "project":
        names.append("correction")
    return [f for f in names if f not in ("correction",) or any(r.get(f) for r in rows)]


def csv_bytes(world, unit, form, rows, week, style, headers=None):
    names = fields_of(form, rows)
    lines = []
    if style.title_row:
        lines.append([f"{SHORT[unit]}{FORM_TITLES[form]}（示例）"])
    if style.unit_row:
        lines.append([f"单位：{UNIT_WORDS[style.unit]}"])
    heads = [(headers or {}).get(f, header(form, f, style)) for f in names]
    extra = style.names and form == "progress"          # a column that the form does not know
    lines.append((["序号"] if style.seq else []) + heads + (["企业简称"] if extra else []))
    for n, r in enumerate(rows, 1):
        cells = [cell(f, r.get(f), style) for f in names]
        lines.append(([str(n)] if style.seq else []) + cells + (["示例厂"] if extra else []))
    if style.total and form in ("project", "progress"):
        sums = {f: sum(r[f] for r in rows if isinstance(r.get(f), int)) for f in names if f in MONEY}
        total = [money(sums[f], style.unit) if f in sums else "" for f in names]
        if style.seq:
            lines.append(["合计"] + total)
        else:
            total[0 if names[0] not in MONEY else 1] = "合计"
            lines.append(total)
    if style.footer:
        lines.append(["填报人：测试员甲", "审核人：测试员乙", "联系电话：0519-00000404"])
    width = max(len(x) for x in lines)
    lines = [style.sep.join(quoted(c, style.sep) for c in x + [""] * (width - len(x))) for x in lines]
    text = "".join(line + style.eol for line in lines)
    return (b"\xef\xbb\xbf" if style.bom else b"") + text.encode(style.encoding)


def xml_bytes(unit, tables, week):
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n',
           f'<submission xmlns="urn:zhoubao:submission:1" unit="{unit}" week="{week}" prepared-by="测试员丙" '
           'reviewed-by="测试员丁" phone="0519-00000411">\n']
    style = Style(town=0)
    for form, rows in tables.items():
        if not rows:
            continue
        out.append(f"  <{form}>\n")
        for r in rows:
            given = {f: cell(f, v, style) for f, v in r.items() if v not in (None, "")}
            attributes = " ".join(f"{f}={quoteattr(text)}" for f, text in given.items())
            out.append(f"    <row {attributes}/>\n")
        out.append(f"  </{form}>\n")
    out.append("</submission>\n")
    return "".join(out).encode()


def file_name(unit, form, i):
    week = WEEKS[i][0]
    if unit == "320404":
        return f"{SHORT[unit]}{FORM_TITLES[form]}（2022年第{int(week[-2:])}周）.csv"
    if unit == "320412":
        return f"{form}-{week}.csv"
    return f"{FORM_TITLES[form]}_{week}.csv"


def send_tables(world, i, step, unit, tables, suffix="", headers=None):
    """One file a form; 新北 sends one XML for all."""
    if unit == "320411":
        if any(tables.values()):
            world.send(i, step, unit, f"report-{WEEKS[i][0]}{suffix}.xml",
                xml_bytes(unit, tables, WEEKS[i][0]))
        return
    for form, rows in tables.items():
        if rows:
            name = file_name(unit, form, i)
            name = name[:-4] + suffix + name[-4:]
            world.send(i, step, unit, name, csv_bytes(world, unit, form, rows, WEEKS[i][0], STYLES[unit],
                headers))


# ---- blemishes ----

def pick(rows, n, test=lambda r: True):
    """The n-th row that passes, as a spot for a blemish."""
    return [r for r in rows if test(r)][n]


def plain(r):
    return r["week_done"] > 0 and r["adjust"] is None and r["note"] is None


def merge(tables, earlier, form, key):
    """Rows of EARLIER come first; where both have a key the later row stands, as new if the earlier one was."""
    rows = {tuple(r[k] for k in key): r for r in earlier[form]}
    for r in tables[form]:
        was = rows.get(tuple(r[k] for k in key))
        rows[tuple(r[k] for k in key)] = dict(r, op=was["op"]) if was and was.get("op") else r
    tables[form] = list(rows.values())


def steady(world, unit):
    """Projects that go on through all six weeks and report each."""
    return [p for p in world.projects[unit] if p.status == "在建" and all(p.weeks) and not p.changes]


def by_id(rows, key):
    return next((r for r in rows if r["project_id"] == key), None)


class Blemishes:
    """What goes wrong, by unit and week.  Each returns after it has sent the unit's files itself."""

    def __init__(self, world):
        self.world = world
        self.border = None              # 武进's project in a town of 经开区

    def play(self, i, unit, tables):
        special = getattr(self, f"w{WEEKS[i][0][-2:]}_{unit}", None)
        self.always(i, unit, tables)
        if special:
            special(i, unit, tables)
        else:
            send_tables(self.world, i, WED if unit not in ("320481", "320413") else THU, unit, tables)

    def always(self, i, unit, tables):
        progress = tables["progress"]
        if i and unit == "320404":              # the same words three weeks running, with money spent
            for p in steady(self.world, unit)[3:5]:
                by_id(progress, p.project_id)["stage"] = p.weeks[0]["stage"]
        if i >= 4 and unit == "320404":         # left out of the last two reports: 漏报 two weeks running
            gone = {p.project_id for p in steady(self.world, unit)[6:9]}
            tables["progress"] = [r for r in progress if r["project_id"] not in gone]

    # 武进 registers a project in a town that belongs to 经开区: held, and its progress with it.
    def w12_320412(self, i, unit, tables):
        p = steady(self.world, unit)[-1]
        r = by_id(tables["project"], p.project_id)
        r["town"] = next(t for t in self.world.towns["CZJKQ"] if t[1] == "横林镇")
        self.border = p
        send_tables(self.world, i, WED, unit, tables)

    # 溧阳 lets the engine assign its numbers: registry first with empty keys, the rest when it has them.
    def w12_320481(self, i, unit, tables):
        numbered = [dict(r, project_id=None) for r in tables["project"]]
        send_tables(self.world, i, WED, unit, {"project": numbered})
        rest = {k: v for k, v in tables.items() if k not in ("project", "problem")}
        rest["problem"] = [dict(r, problem_id=None) if r["op"] else r for r in tables["problem"]]
        send_tables(self.world, i, THU, unit, rest)

    # 天宁 sends the same progress file twice: 重复报送.
    def w13_320402(self, i, unit, tables):
        send_tables(self.world, i, WED, unit, tables)
        send_tables(self.world, i, THU, unit, {"progress": tables["progress"]}, "（再次报送）")

    # 钟楼 heads the column 累计完成投资 only: refused; sent again with the full header.
    def w13_320404(self, i, unit, tables):
        rest = {k: v for k, v in tables.items() if k != "progress"}
        send_tables(self.world, i, WED, unit, rest)
        send_tables(self.world, i, WED, unit, {"progress": tables["progress"]},
            headers={"cum_done": "累计完成投资"})
        send_tables(self.world, i, THU, unit, {"progress": tables["progress"]}, "（重报）")

    # 溧阳 is late, but before the seal.
    def w13_320481(self, i, unit, tables):
        send_tables(self.world, i, LATE, unit, tables)

    # 天宁 sends nothing at all.
    def w14_320402(self, i, unit, tables):
        pass

    # A cumulative in 亿元 under a header in 万元: held; corrected the next day.
    def w14_320412(self, i, unit, tables):
        r = pick(tables["progress"], 4, plain)
        right = dict(r)
        r["cum_done"] = r["cum_done"] // WAN
        send_tables(self.world, i, WED, unit, tables)
        send_tables(self.world, i, THU, unit, {"progress": [right]}, "-更正")

    # The week after its silence 天宁 takes up what it missed: figures as 补报, changes as they were.
    def w15_320402(self, i, unit, tables):
        silent = self.world.tables(i - 1, unit)
        late = {p.project_id: p.weeks[i - 1] for p in self.world.projects[unit] if p.weeks[i - 1] is not None}
        have = {r["project_id"] for r in tables["progress"]}
        tables["progress"] += [dict(r, week_done=0, adjust=None)
            for key, r in late.items() if key not in have]
        for r in tables["progress"]:
            missed = late.get(r["project_id"])
            if missed is not None and missed["week_done"]:
                r["adjust"] = (r["adjust"] or 0) + missed["week_done"] + (missed["adjust"] or 0)
                r["note"] = (r["note"] + "；" if r["note"] else "") + "补报第14周"
        merge(tables, silent, "project", ("project_id",))
        merge(tables, silent, "milestone", ("project_id", "node"))
        merge(tables, silent, "problem", ("problem_id",))
        send_tables(self.world, i, WED, unit, tables)

    # A cumulative that falls: without a reason it is held, with one it is taken.
    def w15_320413(self, i, unit, tables):
        r = pick(tables["progress"], 7, plain)
        fall = r["week_done"] + 25 * WAN
        p = next(p for p in self.world.projects[unit] if p.project_id == r["project_id"])
        for later in p.weeks[i:]:
            if later is not None:
                later["ytd_done"] -= fall
                later["cum_done"] -= fall
        r.update(ytd_done=r["ytd_done"] - fall, cum_done=r["cum_done"] - fall)
        send_tables(self.world, i, WED, unit, tables)
        r.update(adjust=-fall, note="核减第13周多报的设备款", correction="第13周误将合同额计入完成投资，按到货凭证核减")
        send_tables(self.world, i, THU, unit, {"progress": [r]}, "_订正")

    # A correction of the sealed week before; the open week takes up the difference as 补报.
    def w16_320412(self, i, unit, tables):
        p = next(p for p in self.world.projects[unit][10:] if p.weeks[i] and p.weeks[i - 1]
            and plain(p.weeks[i])
                 and plain(p.weeks[i - 1]))
        more = 36 * WAN
        old = dict(p.weeks[i - 1])
        old.update(week_done=old["week_done"] + more, ytd_done=old["ytd_done"] + more,
                   cum_done=old["cum_done"] + more, correction="第15周漏计一批检测设备到货款")
        self.world.send(i, WED, unit, f"progress-{WEEKS[i - 1][0]}-订正.csv",
                        csv_bytes(self.world, unit, "progress", [old], WEEKS[i - 1][0], STYLES[unit]))
        r = by_id(tables["progress"], p.project_id)
        r.update(ytd_done=r["ytd_done"] + more, cum_done=r["cum_done"] + more, adjust=more,
                 note="第15周已订正，差额计入本周补报")
        for later in p.weeks[i + 1:]:
            if later is not None:
                later["ytd_done"] += more
                later["cum_done"] += more
        send_tables(self.world, i, WED, unit, tables)

    # A quote that is never closed: refused; sent again whole.
    def w16_320481(self, i, unit, tables):
        send_tables(self.world, i, WED, unit, {k: v for k, v in tables.items() if k != "progress"})
        send_tables(self.world, i, THU, unit, {"progress": tables["progress"]}, "_重报")
        name, whole = next((f[3], f[4]) for f in self.world.files if f[0] == i and f[2] == unit
            and "重报" in f[3])
        lines = whole.decode("utf-8-sig").split("\r\n")
        cells = lines[9].split(";")
        cells[5] = '"' + cells[5]
        lines[9] = ";".join(cells)
        self.world.send(i, WED, unit, name.replace("_重报", ""), b"\xef\xbb\xbf" + "\r\n".join(lines).encode())

    # In the last week: a sum that does not add up and a figure that is none stay held (待更正).
    def w17_320413(self, i, unit, tables):
        pick(tables["progress"], 3, plain)["cum_done"] += 88 * WAN
        pick(tables["progress"], 11, plain)["week_done"] = "约30"
        send_tables(self.world, i, WED, unit, tables)

    # Master data changed: once with a reason, once without.
    def w16_CZJKQ(self, i, unit, tables):
        p, q = [p for p in self.world.projects[unit] if p.status == "在建" and not p.changes][:2]
        p.year_plan = p.year_plan * 9 // 10 // WAN * WAN
        q.plan_end = day(q.plan_end, 45)
        tables["project"] += [p.registry(note="企业调整投资计划，已报备（示例文号1号）"), q.registry()]
        send_tables(self.world, i, WED, unit, tables)

    # 经开区 registers the project that 武进 had claimed.
    def w13_CZJKQ(self, i, unit, tables):
        p, number = self.border, len(self.world.projects[unit]) + 1
        key = f"{unit}-2022-{number:04d}"
        row = dict(p.registry(op="新增"), project_id=key)
        row["town"] = next(t for t in self.world.towns[unit] if t[1] == "横林镇")
        tables["project"].append(row)
        for r in p.weeks:
            if r is not None:
                r["project_id"] = key
        if p.weeks[i]:
            tables["progress"].append(dict(p.weeks[i]))
        send_tables(self.world, i, WED, unit, tables)


def play(world):
    blemishes = Blemishes(world)
    order = ["320412", "320402", "320404", "320411", "320413", "320481", "CZJKQ"]
    for i in range(len(WEEKS)):
        for unit in order:
            tables = world.tables(i, unit)
            if i and unit == "320412":          # what 武进 had claimed is no longer its own
                gone = blemishes.border.number
                mine = f"{unit}-2022-{gone:04d}"
                for form in ("project", "progress", "milestone"):
                    tables[form] = [r for r in tables[form] if r["project_id"] != mine
                                    and not r["project_id"].startswith("CZJKQ")]
            if i > 1 and unit == "CZJKQ" and blemishes.border.weeks[i]:
                tables["progress"].append(dict(blemishes.border.weeks[i]))
            blemishes.play(i, unit, tables)
        office = {"action": actions(i)}
        if i == 0:
            office["target"] = targets()
        office["change"] = changes(world, i)
        if i == 5:
            office["practice"] = practices()
        send_tables(world, i, WED, OFFICE, office)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: world.py TOWNS DROPS")
    world = World(sys.argv[1])
    play(world)
    root = sys.argv[2]
    for i, step, unit, name, data in world.files:
        folder = os.path.join(root, WEEKS[i][0], str(step), unit)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        assert not os.path.exists(path), path
        with open(path, "wb") as f:
            f.write(data)
    with open(os.path.join(root, "steps"), "w", encoding="ascii") as f:
        for week, _, last in WEEKS:
            f.write(f"{week} {WED} {day(last, -1)}T20:00\n{week} {THU} {last}T16:40\n"
                    f"{week} {LATE} {last}T22:00\n{week} {SEAL} {day(last, 1)}T08:05\n")
    print(f"{len(world.all())} projects, {len(world.files)} files")


main()
