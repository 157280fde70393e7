"""The place where one session runs: a folder, a free port, a shell, clients, and the certainty that all of it ends."""

import ctypes
import os
import secrets
import select
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
STOP_SECONDS = 10  # how long a server may take to stop when asked
libc = ctypes.CDLL(None, use_errno=True)


class TooLate(Exception):
    """The session's time is over."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A program that reads commands from a pipe and answers into one: the shell, or a client."""

    def __init__(self, lab, arguments, say):
        """`say`: what makes this program print a word, for instance "echo"."""
        self.lab = lab
        self.say = say
        self.owed = []  # the words that it has been asked to print behind an answer, and not yet printed
        self.answer = b""
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
            env=lab.environment, cwd=lab.folder, start_new_session=True,
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        os.set_blocking(self.process.stdout.fileno(), False)

    def send(self, text):
        """Hands it a command and, behind it, the request for a word that will mark the end of the answer."""
        word = secrets.token_hex(16)
        self.owed.append(word.encode() + b"\n")
        try:
            self.process.stdin.write(f"{text}\n{self.say} {word}\n".encode())
        except BrokenPipeError:
            pass  # it has ended: receive() says so

    def receive(self):
        """All that it printed until the last word owed, or until its end."""
        taken = b""
        while self.owed:
            before, found, after = self.answer.partition(self.owed[0])
            if found:
                taken, self.answer = taken + before, after
                self.owed.pop(0)
            elif not self.read():
                taken, self.answer, self.owed = taken + self.answer, b"", []
        text = taken.decode(errors="backslashreplace")
        if self.process.poll() is not None:
            text += ("" if not text or text.endswith("\n") else "\n") + f"(ended with status {self.process.returncode})\n"
        return text

    def read(self):
        """Waits for more output. False when there will be none."""
        while True:
            self.lab.reap()
            ready, _, _ = select.select([self.process.stdout], [], [], 0.05)
            if ready:
                chunk = self.process.stdout.read(65536)
                self.answer += chunk or b""
                if not chunk:
                    self.process.wait()
                return bool(chunk)
            if time.monotonic() > self.lab.deadline:
                raise TooLate

    def so_far(self):
        """What it has printed of an answer that did not end."""
        return self.answer.decode(errors="backslashreplace")

    def close(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()


class Lab:
    """Use as a context; at its end every process that the session started has ended, and its folder is gone."""

    def __init__(self, server, server_arguments, timeout, postgres=None):
        self.deadline = time.monotonic() + timeout
        self.server = str(Path(server).resolve()) if server else ""
        self.programs = {}
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
        # A socket's path has room for 107 bytes.
        temporary = tempfile.gettempdir()
        self.folder = Path(tempfile.mkdtemp(prefix="forklore-", dir=temporary if len(temporary) < 60 else "/tmp"))
        self.folder.chmod(0o755)
        self.data, self.sockets, home = self.folder / "data", self.folder / "sockets", self.folder / "home"
        for folder in (self.data, self.sockets, home):
            folder.mkdir(mode=0o700)
        self.port = free_port()
        kept = {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        path = os.environ.get("PATH", os.defpath)
        self.environment = kept | {
            "PATH": f"{Path(self.server).parent}:{path}" if self.server else path,
            "PGHOST": str(self.sockets), "PGPORT": str(self.port), "PGUSER": "postgres", "PGDATABASE": "postgres",
            "PGDATA": str(self.data), "FORKLORE_DATA": str(self.data), "SERVER": self.server, "LAB": str(self.folder),
            "POSTGRES": postgres or "", "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb",
            "PSQLRC": "/dev/null", "PAGER": "cat"}
        (self.folder / "log").touch()
        self.shell = Program(self, ["bash", "--noprofile", "--norc"], "echo")
        self.programs["$"] = self.shell
        self.shell.send(f"server_arguments=({shlex.join(server_arguments)})\n"
                        f". {shlex.quote(str(Path(__file__).with_name('lab.bash')))}")
        self.shell.receive()

    def places(self):
        """What this run has of its own, and what stands for it in a session file."""
        places = {str(self.data): "<data>", str(self.sockets): "<sockets>", str(self.folder): "<lab>",
                  str(self.port): "<port>"}
        return places | ({self.server: "server"} if self.server else {})

    def run(self, command):
        """Runs a command in the shell, which keeps its variables, and returns what it printed."""
        step = self.folder / "step"
        step.write_text(command + "\n")
        self.shell.send(f". {step} </dev/null")
        return self.shell.receive().replace(f"{step}: line ", "bash: line ")

    def program(self, name):
        """The shell ("$"), or a client, which is started when first asked for."""
        if name not in self.programs:
            # Standard output by the line, so that it keeps its order with the errors.
            self.programs[name] = Program(self, ["stdbuf", "-oL", "psql"], "\\echo")
        return self.programs[name]

    def log(self):
        return (self.folder / "log").read_text(errors="backslashreplace")

    # ---- the end ----------------------------------------------------------------------------------------------------

    def finish(self):
        """Lets the clients go and stops the server, as a person would. Returns what is wrong with how it went."""
        for name, program in self.programs.items():
            if name != "$":
                program.close()
        self.deadline = time.monotonic() + STOP_SECONDS
        try:
            # A session may have left its shell in any state, or no shell.
            if self.shell.process.poll() is None:
                self.run("server_runs && server_down fast")
            while left := [pid for pid in descendants() if self.is_server(pid)]:
                if time.monotonic() > self.deadline:
                    return f"left behind by the server: {', '.join(describe(pid) for pid in left)}"
                self.reap()
                time.sleep(0.01)
        except TooLate:
            return f"the server did not stop within {STOP_SECONDS} seconds"
        return None

    def is_server(self, pid):
        try:
            return bool(self.server) and os.readlink(f"/proc/{pid}/exe") == self.server
        except OSError:
            return False

    def reap(self):
        """Takes in what ended: orphans of the session come to this process, and would stay as zombies in its `ps`."""
        own = {program.process.pid: program.process for program in self.programs.values()}
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            if ended.si_pid in own:
                own[ended.si_pid].poll()
            else:
                os.waitpid(ended.si_pid, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while pids := descendants():
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.reap()
            time.sleep(0.005)
        for program in self.programs.values():
            program.close()
            program.process.stdout.close()
        shutil.rmtree(self.folder)


def descendants():
    """The ids of all processes that descend from this one, zombies aside."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                state, parent = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                children.setdefault(int(parent), []).append(int(entry))
    found, ask = [], [os.getpid()]
    while ask:
        below = children.get(ask.pop(), [])
        found += below
        ask += below
    return found


def describe(pid):
    try:
        return f"{pid} ({Path(f'/proc/{pid}/cmdline').read_text().replace(chr(0), ' ').strip()})"
    except OSError:
        return str(pid)
