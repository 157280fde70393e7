#!/usr/bin/python3
"""Records what real clients send to a real PostgreSQL: one file of corpus/ for each connection, the client's bytes and nothing else.

    record.py --libpq-client PROGRAM      (tests/libpq_client, as built)
"""
import argparse
import glob
import os
import selectors
import socket
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = os.path.join(HERE, '../clients')
sys.path[:0] = [CLIENTS, os.path.join(HERE, '../protocol')]
import harness

LONGEST = 6000      # bytes of a session that are kept: enough for every kind of message


class Recorder:
    """A proxy that keeps what clients say."""
    def __init__(self, server):
        self.server = server
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.sessions = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            kept = bytearray()
            self.sessions.append(kept)
            threading.Thread(target=self._forward, args=(client, kept), daemon=True).start()

    def _forward(self, client, kept):
        upstream = socket.create_connection((self.server.host, self.server.port))
        with selectors.DefaultSelector() as wait:
            wait.register(client, selectors.EVENT_READ, upstream)
            wait.register(upstream, selectors.EVENT_READ, client)
            while True:
                for key, _ in wait.select():
                    try:
                        data = key.fileobj.recv(65536)
                        key.data.sendall(data)
                    except OSError:
                        data = b''
                    if key.fileobj is client:
                        kept += data
                    if not data:
                        client.close()
                        upstream.close()
                        return

    def take(self, name):
        """Writes what came since the last time."""
        for i, kept in enumerate(s for s in self.sessions if s):
            with open(os.path.join(HERE, 'corpus', f'{name}-{i + 1}.bin' if i else f'{name}.bin'), 'wb') as f:
                f.write(kept[:LONGEST])
        self.sessions.clear()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--libpq-client', required=True)
    options = parser.parse_args()
    for old in glob.glob(os.path.join(HERE, 'corpus/*.bin')):
        os.remove(old)
    with harness.PostgreSQL(tls=True) as server:
        recorder = Recorder(server)

        def run(name, *command, script='', **env):
            done = subprocess.run(command, env=server.environment(PGPORT=recorder.port, **env), input=script,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            print(f'{name}: status {done.returncode}, {len(recorder.sessions)} connections')
            recorder.take(name)

        psql = ['psql', '-X']
        run('psql', *psql, script="select 1, 'two', 3.0, null;\nselect * from generate_series(1, 5) g where g > 2;\nbegin;\nselect 1/0;\nrollback;\n"
            "prepare p(int) as select $1 + 1;\nexecute p(41);\nset work_mem = '1MB';\nshow work_mem;\nselect 1 \\; select 2 \\; selec;\n"
            "select name from pg_settings limit 3;\nselect 'x'::varchar(7) as a \\gdesc\nexplain select 1;\nselect count(*), sum(g) from generate_series(1, 100) g group by g % 3;\n")
        run('psql-values', *psql, '-c',
            "select '2024-02-29 12:00+02'::timestamptz, '{1,2}'::int[], '{\"a\":[1]}'::jsonb, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '1 day'::interval, '\\x00ff'::bytea, 1e20::numeric")
        run('psql-scram', *psql, '-c', 'select current_user', PGUSER='alice', PGPASSWORD=harness.PASSWORD)
        run('psql-password', *psql, '-c', 'select 1', PGUSER='plain', PGPASSWORD=harness.PASSWORD)
        run('psql-options', *psql, '-c', 'show search_path', PGOPTIONS='-c search_path=a,\\ b --work-mem=9MB', PGAPPNAME='a name')
        run('psql-tls', *psql, '-c', 'select 1', PGSSLMODE='require')
        script = os.path.join(server.root, 'script.sql')
        with open(script, 'w') as f:
            f.write('\\set a random(1, 100)\nselect :a + 1;\n\\startpipeline\nbegin;\nselect 1;\nselect :a;\nend;\n\\endpipeline\n')
        for mode in ('extended', 'prepared'):
            run(f'pgbench-{mode}', 'pgbench', '-n', '-f', script, '-M', mode, '-t', '3')
        types = os.path.join(CLIENTS, 'types.tsv')
        for check in ('binary_in_both_out', 'malformed_binary', 'prepare_describe', 'pipeline_mode', 'pipeline_error',
                      'cancel_over'):
            run('libpq-' + check.replace('_', '-'), os.path.abspath(options.libpq_client), types, check)
        node = next(p for p in (*os.environ.get('NODE_PATH', '').split(':'), os.path.join(HERE, '../../build/node/node_modules'),
                                '/usr/share/nodejs') if os.path.isdir(p + '/pg-cursor'))
        for check in ('named_statements', 'portal_read', 'buffers_travel'):
            run('node-' + check.replace('_', '-'), 'node', os.path.join(CLIENTS, 'node_pg.mjs'), node, types, check)
        subprocess.run(['javac', '-cp', '/usr/share/java/postgresql.jar', '-d', server.root,
                        os.path.join(CLIENTS, 'JdbcClient.java')], check=True)
        for check in ('typed_values', 'portal_in_pieces'):
            run('jdbc-' + check.replace('_', '-'), 'java', '-cp', f'{server.root}:/usr/share/java/postgresql.jar', 'JdbcClient',
                types, check)


main()
