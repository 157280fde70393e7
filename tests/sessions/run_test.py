#!/usr/bin/env python3
"""The session runner: what is true passes, what is no longer true fails, and nothing is left behind.

usage: run_test.py FAKE_SERVER
"""

import contextlib
import glob
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import lab
import run
from normal import Normal
from transcript import Malformed, parse

FAKE = None
POSTGRES = max(glob.glob("/usr/lib/postgresql/*/bin"), default=None)


class Transcript(unittest.TestCase):
    TEXT = ("#: server -c a=b --listen 127.0.0.1\n#: timeout 5\n#: replace /x+/<x>/\n#: needs true\n\n[run]\n"
            "$ cat <<END\n> one\n> END\none\n\n$ true\nA: select 1;\nrow\n\nrow\nA& select 2;\nA:\n[run]\n")

    def test_parts(self):
        session = parse(self.TEXT)
        self.assertEqual([(s.prompt, s.text, s.output, s.waits) for s in session.steps()], [
            ("$", "cat <<END\none\nEND", ["one"], True), ("$", "true", [], True),
            ("A", "select 1;", ["row", "", "row"], True), ("A", "select 2;", [], False), ("A", "", [], True)])
        self.assertEqual(session.server, ["-c", "a=b", "--listen", "127.0.0.1"])
        self.assertEqual((session.timeout, session.needs), (5, ["true"]))

    def test_printed_again_it_is_the_same(self):
        self.assertEqual(parse(self.TEXT).text(), self.TEXT)

    def test_output_that_looks_like_something_else_is_escaped(self):
        session = parse("$ x\n$ y\n")
        text = session.text([["$ no", "A: no", "[tag]", "> no", "\\no", "plain", "ERROR:  no"], []])
        self.assertEqual(text, "$ x\n\\$ no\n\\A: no\n\\[tag]\n\\> no\n\\\\no\nplain\nERROR:  no\n$ y\n")
        self.assertEqual(parse(text).steps()[0].output[:2], ["$ no", "A: no"])
        self.assertEqual(parse(text).text(), text)

    def test_malformed(self):
        for text in ("", "prose\n$ x\n", "#: color red\n$ x\n", "#: replace /x/\n$ x\n", "#: timeout soon\n$ x\n"):
            with self.assertRaises(Malformed, msg=text):
                parse(text)


class Normalised(unittest.TestCase):
    def test_what_varies(self):
        normal = Normal({"/tmp/q": "<lab>", "/tmp/q/data": "<data>", "50123": "<port>"})
        for came, kept in (
                ("2024-05-06 07:08:09.012 UTC [77] LOG:  x", "<time> [<pid>] LOG:  x"),
                ("server process (PID 42) exited", "server process (PID <pid>) exited"),
                ('users:(("server",pid=9,fd=3))', 'users:(("server",pid=<pid>,fd=3))'),
                ("   42 postgres: idle", "<pid> postgres: idle"),
                ("Time: 0.321 ms", "Time: <ms> ms"),
                ("duration: 12.500 ms  statement: x", "duration: <ms> ms  statement: x"),
                ("/tmp/q/data/.s.PGSQL.50123", "<data>/.s.PGSQL.<port>"),
                ("/tmp/q/step   ", "<lab>/step")):
            self.assertEqual(normal.line(came), kept)

    def test_what_does_not_vary(self):
        normal = Normal({"50123": "<port>"})
        for line in (" 2024-05-06 07:08:09", "501234", "(42 rows)", " 42 | 7", "rapid 42", "{42}"):
            self.assertEqual(normal.line(line), line)


class Session(unittest.TestCase):
    def play(self, text, rewrite=False, server=None, postgres=None):
        """Replays a file with this text: did it come true, what was said, and the file afterwards."""
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
            path = Path(folder, "a.session")
            path.write_text(text)
            good = run.replay(path, server, rewrite, postgres)
            after = path.read_text()
        self.assertEqual(lab.descendants(), [])
        return good, said.getvalue(), after

    def true(self, text, **how):
        good, said, _ = self.play(text, **how)
        self.assertTrue(good, said)

    def false(self, text, *parts, **how):
        good, said, after = self.play(text, **how)
        self.assertFalse(good, said)
        self.assertEqual(after, text)
        for part in parts:
            self.assertIn(part, said)


class Shell(Session):
    def test_one_shell_for_all_commands(self):
        self.true("#: server none\n$ x=5; cd /\n$ echo $x; pwd\n5\n/\n$ printf 'no newline'\nno newline\n$ cat\n"
                  "$ echo out; echo err >&2; nosuch\nout\nerr\nbash: line 1: nosuch: command not found\n")

    def test_no_longer_true(self):
        self.false("#: server none\n$ echo 1\n1\n$ echo 2\n3\n$ echo 4\n4\n", "-3\n+2\n", "(recorded)")
        self.false("#: server none\n$ echo 1\n", "+1\n")
        self.false("#: server none\n$ true\n1\n", "-1\n")
        self.false("#: server none\n$ exit 3\n$ echo 1\n1\n", "(ended with status 3)", "-1\n")

    def test_rewrite(self):
        good, _, after = self.play("#: server none\n\n[a]\n$ echo 1\nold\n\n[a]\n$ echo '$ 2'; echo\n", rewrite=True)
        self.assertTrue(good)
        self.assertEqual(after, "#: server none\n\n[a]\n$ echo 1\n1\n\n[a]\n$ echo '$ 2'; echo\n\\$ 2\n")
        self.true(after)

    def test_time_out(self):
        self.false("#: server none\n#: timeout 0.5\n$ echo 1\n1\n$ echo 2; sleep 60\n$ echo 3\n3\n",
                   "line 5: no answer within 0.5 seconds: $ echo 2; sleep 60", "+2\n", "-3\n+(not run)\n")

    def test_nothing_stays(self):
        # Session.play looks for processes that stayed.
        self.true("#: server none\n$ sleep 1000 &\n$ (setsid sleep 1000 &)\n$ nohup setsid sleep 1000 >/dev/null 2>&1 &\n")

    def test_rules_of_its_own(self):
        self.true("#: server none\n#: replace /[0-9a-f]{8}/<word>/\n$ echo deadbeef\n<word>\n")

    def test_needs(self):
        with self.assertRaises(run.Skipped):
            self.play("#: server none\n#: needs false\n$ echo 1\n")

    def test_the_dead_are_taken_in(self):
        self.true("#: server none\n$ (sleep 0.01 & exec sleep 0.02)\n$ await '^$' pgrep -x -r Z sleep\n\n")


class Server(Session):
    def test_started_and_stopped(self):
        self.true("$ server log\nLOG:  listening on port <port>\nLOG:  ready to accept connections\n"
                  "$ server status\nfake status\n$ server down\n$ server await 'shutting down'\n$ server log\n"
                  "LOG:  shutting down\n$ server down\nno server runs\n$ server up\n$ server up\nthe server runs already\n",
                  server=FAKE)

    def test_not_started(self):
        self.true("#: server none\n$ server pid\n\n$ server up -c x=y; server await nothing & kill -INT $(server pid); wait\n"
                  "the server ended without saying: nothing\n", server=FAKE)
        self.false("#: server -c fail=on\n$ true\n", "the server did not start", "FATAL:  cannot start", server=FAKE)

    def test_killed(self):
        self.true("$ it=$(server pid); kill -KILL $it; while kill -0 $it 2>/dev/null; do sleep 0.02; done\n$ server up\n", server=FAKE)

    def test_it_must_stop_and_leave_nothing(self):
        patience, lab.STOP_SECONDS = lab.STOP_SECONDS, 0.5
        try:
            self.false("#: server -c deaf=on\n$ true\n", "did not stop", server=FAKE)
            self.false("#: server -c leave=on\n$ true\n", "left behind by the server", server=FAKE)
        finally:
            lab.STOP_SECONDS = patience


@unittest.skipUnless(POSTGRES, "PostgreSQL is not installed")
class Clients(Session):
    TEXT = """$ psql -Atc 'show port'
<port>
A: begin;
BEGIN
A: select 1 as one;
 one
-----
   1
(1 row)

B: selec;
ERROR:  syntax error at or near "selec"
LINE 1: selec;
        ^
A: create table t (i int); insert into t values (1);
CREATE TABLE
INSERT 0 1
A: commit;
COMMIT
A: begin; lock table t;
BEGIN
LOCK TABLE
B& select i from t;
$ await '^1$' psql -Atc 'select count(*) from pg_locks where not granted'
1
A: rollback;
ROLLBACK
B:
 i
---
 1
(1 row)

A& select pg_sleep(1000);
$ await '^1$' psql -Atc "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
1
B: select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep';
 pg_cancel_backend
-------------------
 t
(1 row)

A:
ERROR:  canceling statement due to user request
A: \\q
(ended with status 0)
B& select pg_sleep(1000);
"""

    def test_concurrent_clients(self):
        self.true(self.TEXT, postgres=POSTGRES)
        self.false(self.TEXT.replace("\n 1\n(1 row)", "\n 2\n(1 row)"), "- 2\n+ 1\n", postgres=POSTGRES)


if __name__ == "__main__":
    FAKE = os.path.abspath(sys.argv.pop(1))
    unittest.main()
