"""What the three sweeps share: start sites, a run of a program, the tree a run leaves."""
import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get('BUILD', TOP / 'build'))
if not BUILD.is_absolute():
    BUILD = TOP / BUILD

# start site: program, the instant of the run
SCENES = {
    'collector-first': ('collector', '2022-03-24T12:00'),
    'collector': ('collector', '2022-03-31T12:00'),
    'aggregator': ('aggregator', '2022-04-01T08:05'),
    'reporter': ('reporter', '2022-04-01T08:05'),
}


class Run:
    """A finished program: exit code (negative: a signal), its complaints, its event lines."""

    def __init__(self, done):
        self.code = done.returncode
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
            sys.stderr.buffer.write(made.stderr)
            raise SystemExit('start-sites failed')
        self.undisturbed = {}

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
        """This thread's site, as the scene starts."""
        site = self.site()
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(self.work / scene, site, symlinks=True)
        return site

    def command(self, scene, site):
        program, when = SCENES[scene]
        return [f'{BUILD}/bin/{program}', '-c', f'{self.work}/config/zhoubao.ini', '-s', str(site),
                '-t', when, '-j1', 'run']

    def run(self, scene, site, before=(), env=None):
        done = subprocess.run([*before, *self.command(scene, site)], env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
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
        return self.undisturbed[scene]

    def again(self, scene, site):
        """The clean run after a disturbed one: what is wrong with it, or nothing."""
        run = self.run(scene, site)
        want = self.reference(scene)[1]
        wrong = []
        if run.code not in (0, 1) or run.said:
            wrong.append(f'the next run ended with {run.code}: {" | ".join(run.said)}')
        wrong += difference(want, tree(site))
        return wrong


def tree(site):
    """Every name below SITE but the lock: kind, mode, and the digest of what it holds."""
    found = {}
    for folder, folders, files in os.walk(site):
        for name in folders + files:
            path = os.path.join(folder, name)
            inside = os.path.relpath(path, site)
            if inside == 'lock':
                continue
            mode = os.lstat(path).st_mode
            if os.path.islink(path):
                what = 'link ' + os.readlink(path)
            elif os.path.isdir(path):
                what = 'folder'
            else:
                with open(path, 'rb') as f:
                    what = hashlib.sha256(f.read()).hexdigest()
            found[inside] = (oct(mode & 0o7777), what)
    return found


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
