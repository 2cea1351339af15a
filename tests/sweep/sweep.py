"""What the three sweeps share: start sites, a run of a program, the tree a run leaves."""
import concurrent.futures
import glob
import hashlib
import os
import pathlib
import platform
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get('BUILD', TOP / 'build'))
if not BUILD.is_absolute():
    BUILD = TOP / BUILD

# scene: start site, program, the instant of the run
SCENES = {
    'collector-first': ('collector-first', 'collector', '2022-03-24T12:00', 'run'),
    'collector': ('collector', 'collector', '2022-03-31T12:00', 'run'),
    'aggregator': ('aggregator', 'aggregator', '2022-04-08T08:05', 'run'),
    'reporter': ('reporter', 'reporter', '2022-04-01T08:05', 'run'),
    # What changes nothing has no crash states; but it must not call good what it could not read.
    'verify': ('collector', 'aggregator', '2022-03-31T12:00', 'verify'),
    'trace': ('collector', 'aggregator', '2022-03-31T12:00', 'trace 2022-W12 unit_week 320412 cum_done'),
    'history': ('collector', 'aggregator', '2022-03-31T12:00', 'trace 2022-W12 progress 320412-2022-0001 cum_done'),
}
# When the scene's week is still a draft.
DRAFTING = {'aggregator': '2022-04-08T07:59:59'}
READING = ('verify', 'trace', 'history')
CHANGING = [scene for scene in SCENES if scene not in READING]


class Run:
    """A finished program: exit code (negative: a signal), what it printed, its complaints, its event lines."""

    def __init__(self, done):
        self.code = done.returncode
        self.printed = done.stdout
        lines = done.stderr.decode('utf-8', 'replace').splitlines()
        self.events = [l for l in lines if l.startswith('event=')]
        self.said = [l for l in lines if not l.startswith('event=')]


class Sweep:
    """A work folder in memory, the start sites in it, and one site for each thread."""

    def __init__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))     # so that close() is reached
        where = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        self.work = pathlib.Path(tempfile.mkdtemp(prefix='sweep.', dir=where))
        self.env = dict(os.environ, TOP=str(TOP), PATH=f'{BUILD}/bin:{os.environ["PATH"]}', LC_ALL='C.UTF-8')
        self.env.pop('ZHOUBAO_LOCK', None)
        self.mine = threading.local()
        self.count = 0
        self.lock = threading.Lock()
        made = subprocess.run([HERE / 'start-sites', self.work], env=self.env, capture_output=True)
        if made.returncode != 0:
            self.close()
            sys.stderr.buffer.write(made.stderr)
            raise SystemExit('start-sites failed')
        self.undisturbed = {}
        self.drafted = {}
        self.printed = {}       # scene: what an undisturbed run prints
        self.known = {}         # (scene, state of a site): what was wrong with a clean run from there

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    def site(self):
        """This thread's site folder; it may hold anything."""
        if not hasattr(self.mine, 'site'):
            with self.lock:
                self.count += 1
                self.mine.site = self.work / f'at{self.count}' / 'site'
            self.mine.site.parent.mkdir()
        return self.mine.site

    def fresh(self, scene):
        """This thread's site, as the scene starts.  What is never updated in place may be a hard link."""
        site = self.site()
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(self.work / SCENES[scene][0], site, symlinks=True, copy_function=link_or_copy)
        return site

    def program(self, scene):
        return f'{BUILD}/bin/{SCENES[scene][1]}'

    def command(self, scene, site, when=None):
        _, _, now, what = SCENES[scene]
        return [self.program(scene), '-c', f'{self.work}/config/zhoubao.ini', '-s', str(site),
                '-t', when or now, '-j1', *what.split()]

    def run(self, scene, site, before=(), env=None, seconds=600):
        done = subprocess.run([*before, *self.command(scene, site)], env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds)
        return Run(done)

    def reference(self, scene):
        """(tree before, tree after, exit code) of an undisturbed run."""
        if scene not in self.undisturbed:
            site = self.fresh(scene)
            before = tree(site)
            run = self.run(scene, site)
            if run.code not in (0, 1) or run.said:
                raise SystemExit(f'{scene}: the undisturbed run ended with {run.code}: {run.said}')
            self.undisturbed[scene] = (before, tree(site), run.code)
            self.printed[scene] = run.printed
        return self.undisturbed[scene]

    def drafts(self, scene):
        """
        What a run a second before the seal leaves in snapshots/: the draft that a week stays while nobody can say
        whether files lie in a drop for it.
        """
        if scene not in DRAFTING:
            return {}
        if scene not in self.drafted:
            site = self.fresh(scene)
            subprocess.run(self.command(scene, site, DRAFTING[scene]), env=self.env, stdin=subprocess.DEVNULL,
                           capture_output=True, check=True)
            self.drafted[scene] = {n: e for n, e in tree(site).items() if n.startswith('snapshots/')}
        return self.drafted[scene]

    def deliver(self, scene, site):
        """What waits for a closed outbox (work/UNIT.post) is the collector's to deliver, in the same night."""
        if glob.glob(f'{site}/work/*.post'):
            subprocess.run([f'{BUILD}/bin/collector', '-c', f'{self.work}/config/zhoubao.ini', '-s', str(site), '-t',
                SCENES[scene][2], 'run'], env=self.env, stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def again(self, scene, site):
        """
        The clean run after a disturbed one: what is wrong with it, or nothing.  Nothing but what the site holds
        goes into a run, so two points that leave the same site need one clean run between them.
        """
        state = (scene, state_of(site))
        if state not in self.known:
            run = self.run(scene, site)
            self.deliver(scene, site)
            want = self.reference(scene)[1]
            wrong = []
            if run.code not in (0, 1) or run.said:
                wrong.append(f'the next run ended with {run.code}: {" | ".join(run.said)}')
            self.known[state] = wrong + difference(want, tree(site))
        return self.known[state]

    def unharmed(self, scene):
        """The start site is what it was: nothing went through a hard link into it."""
        return difference(self.reference(scene)[0], tree(self.work / SCENES[scene][0]))


def link_or_copy(source, to):
    # Two sites at once must not share a lock, nor a dropped file its time of change.
    if f'{os.sep}drop{os.sep}' in source or os.path.islink(source) or os.path.basename(source) == 'lock':
        shutil.copy2(source, to, follow_symlinks=False)
    else:
        os.link(source, to)


seen_before = {}        # (inode, size, time of change): digest


def digest_of_file(path, st):
    key = (st.st_ino, st.st_size, st.st_mtime_ns)
    if key not in seen_before:
        with open(path, 'rb') as f:
            seen_before[key] = hashlib.sha256(f.read()).hexdigest()
    return seen_before[key]


def tree(site):
    """Every name below SITE but the lock: mode, and the digest of what it holds."""
    found = {}
    for folder, folders, files in os.walk(site):
        for name in folders + files:
            path = os.path.join(folder, name)
            inside = os.path.relpath(path, site)
            if inside == 'lock':
                continue
            st = os.lstat(path)
            if stat.S_ISLNK(st.st_mode):
                what = 'link ' + os.readlink(path)
            elif stat.S_ISDIR(st.st_mode):
                what = 'folder'
            else:
                what = digest_of_file(path, st)
            found[inside] = (oct(st.st_mode & 0o7777), what)
    return found


def identity(path):
    """How work/UNIT names a dropped file."""
    st = os.lstat(path)
    return f' {st.st_dev} {st.st_ino} {st.st_ctime_ns // 10**9} {st.st_ctime_ns % 10**9} {st.st_size} '


def identities(site):
    """{path below the site: how work/UNIT names it} of each dropped file."""
    found = {}
    for folder, folders, files in os.walk(os.path.join(site, 'exchange')):
        for name in folders + files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, site)] = identity(path)
    return found


def state_of(site):
    """All of a site that a run can see; dropped files in work/UNIT by name, since a copy has another inode."""
    found = tree(site)
    work = pathlib.Path(site, 'work')
    files = [f for f in work.iterdir() if f.is_file()] if work.is_dir() else []
    names = identities(site) if files else {}
    for file in files:
        text = file.read_text('utf-8', 'surrogateescape')
        for path, its in names.items():
            text = text.replace(its, f' <{path}> ')
        inside = f'work/{file.name}'
        found[inside] = (found[inside][0], text)
    return hashlib.sha256(repr(sorted(found.items())).encode('utf-8', 'surrogateescape')).hexdigest()


def injector():
    """The program that disturbs a call, built once; None where only strace can."""
    if platform.machine() != 'x86_64':
        return None
    program = BUILD / 'inject'
    compile_if_older(program, HERE / 'inject.c', (), ('-lseccomp',))
    return str(program)


def compile_if_older(to, source, flags, libraries=()):
    """Under a name of its own first: two sweeps may begin at once."""
    if to.exists() and to.stat().st_mtime >= source.stat().st_mtime:
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    made = f'{to}.{os.getpid()}'
    subprocess.run([os.environ.get('CC', 'gcc'), '-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra',
        *flags,
                    '-o', made, source, *libraries], check=True)
    os.rename(made, to)


def difference(want, got):
    """At most five lines that say how two trees differ."""
    lines = []
    for name in sorted(want.keys() | got.keys()):
        if want.get(name) != got.get(name):
            lines.append(f'{name}: {show(got.get(name))}, wanted {show(want.get(name))}')
    return lines[:5]


def show(entry):
    return 'absent' if entry is None else f'{entry[0]} {entry[1][:12]}'


def every(items, step):
    """Each STEP-th, the first and the last among them."""
    items = list(items)
    if step <= 1 or len(items) <= 2:
        return items
    return items[::step] + ([items[-1]] if (len(items) - 1) % step else [])


def in_order(jobs, work, items):
    """WORK over ITEMS; results in the order of the items."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(work, items))


def in_threads(jobs, work, items):
    """WORK over ITEMS; results as they come."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(work, item) for item in items]
        try:
            for one in concurrent.futures.as_completed(waiting):
                yield one.result()
        except BaseException:
            for one in waiting:
                one.cancel()
            raise
