// Checks of node-postgres: node node_pg.mjs MODULES types.tsv [check…]. The connection comes from PG* variables.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { createRequire } from 'node:module';

const [modules, typesFile, ...only] = process.argv.slice(2);
const load = createRequire(modules + '/x.js');
const pg = load('pg');
const Cursor = load('pg-cursor');
const base = { host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, database: process.env.PGDATABASE,
               connectionTimeoutMillis: 10000, application_name: undefined };
const password = process.env.TEST_PASSWORD;
const socketDir = process.env.TEST_SOCKET_DIR;
const rootCertificate = process.env.TEST_ROOT_CERTIFICATE;
const types = fs.readFileSync(typesFile, 'utf8').split('\n').filter(Boolean).map((line) => line.split('\t'));

const checks = [];
const check = (name, body) => checks.push([name, body]);
async function open(options = {}) {
  const client = new pg.Client({ ...base, ...options });
  client.on('error', () => {});
  await client.connect();
  return client;
}
// A check with a connection of its own.
const session = (name, body, options) => check(name, async () => {
  const client = await open(options);
  try { await body(client); } finally { await client.end(); }
});
async function fails(promise, code) {
  try { await promise; } catch (e) { assert.equal(e.code, code, e.message); return e; }
  throw new Error('no error raised');
}
const value = async (client, ...query) => Object.values((await client.query(...query)).rows[0])[0];

session('select_1', async (c) => {
  const r = await c.query("SELECT 1 AS one, 'two' AS two, NULL AS three");
  assert.deepEqual(r.rows, [{ one: 1, two: 'two', three: null }]);
  assert.deepEqual([r.command, r.rowCount], ['SELECT', 1]);
  assert.deepEqual(r.fields.map((f) => [f.name, f.dataTypeID]), [['one', 23], ['two', 25], ['three', 25]]);
  assert.equal(await value(c, 'SELECT pg_backend_pid()'), c.processID);
});
session('start_up_parameters', async (c) => {
  assert.equal(await value(c, 'SHOW application_name'), 'from node');
  assert.equal(await value(c, 'SHOW statement_timeout'), '4s');
  assert.equal(await value(c, 'SHOW idle_in_transaction_session_timeout'), '5s');
  assert.equal(await value(c, 'SHOW search_path'), 'pg_catalog, public');
  assert.equal(await value(c, 'SHOW work_mem'), '9MB');
}, { application_name: 'from node', statement_timeout: 4000, idle_in_transaction_session_timeout: 5000,
     options: '-c search_path=pg_catalog,\\ public -c work_mem=9MB' });
session('several_statements_give_several_results', async (c) => {
  const r = await c.query('SELECT 1 AS a; SET application_name = \'x\'; SELECT g FROM generate_series(1, 3) g');
  assert.deepEqual(r.map((x) => [x.command, x.rowCount]), [['SELECT', 1], ['SET', null], ['SELECT', 3]]);
});
session('empty_queries', async (c) => {
  for (const q of ['', '-- nothing', ';']) assert.deepEqual((await c.query(q)).rows, []);
  assert.deepEqual((await c.query({ text: '', values: [] })).rows, []);
  assert.equal(await value(c, 'SELECT 1'), 1);
});
session('parameters_are_inferred', async (c) => {
  assert.equal(await value(c, 'SELECT $1::int + 1', [41]), 42);
  assert.equal(await value(c, 'SELECT $1 + 1', ['41']), 42);
  assert.equal(await value(c, 'SELECT $1', ['text by default']), 'text by default');
  assert.equal(await value(c, "SELECT $1 || '!'", ['hi']), 'hi!');
  assert.equal((await c.query('SELECT g FROM generate_series(1, 10) g WHERE g > $1 ORDER BY g LIMIT $2', [4, 2])).rows.length, 2);
  assert.equal(await value(c, 'SELECT 3 = ANY($1)', [[1, 2, 3]]), true);
  assert.deepEqual(await value(c, 'SELECT $1::jsonb', [{ k: [1, 'č'] }]), { k: [1, 'č'] });
  assert.deepEqual(await value(c, 'SELECT $1::timestamptz', [new Date('2024-02-29T12:00:00.123Z')]), new Date('2024-02-29T12:00:00.123Z'));
  assert.deepEqual(await value(c, 'SELECT $1::text[]', [['a', 'b "c"', null, '\\', ' ']]), ['a', 'b "c"', null, '\\', ' ']);
});
session('wrong_parameters', async (c) => {
  await fails(c.query('SELECT $1::int', ['x']), '22P02');
  await fails(c.query('SELECT $2::int', [1, 2]), '42P18');
  await fails(c.query('SELECT $1::int, $2::int', [1]), '08P01');
  await fails(c.query('SELECT 1; SELECT $1::int', [1]), '42601');
  await fails(c.query('SELECT $1 + $2', [1, 2]), '42725');
  assert.equal(await value(c, 'SELECT 5'), 5);
});
session('every_type_in_text', async (c) => {
  for (const [kind, oid, literal, wanted] of types) {
    const r = await c.query({ text: `SELECT $1::${kind} AS v`, values: [literal], types: { getTypeParser: () => (v) => v } });
    assert.deepEqual([r.rows[0].v, r.fields[0].dataTypeID], [wanted, Number(oid)], `${kind} ${literal}`);
  }
}, { options: '-c TimeZone=UTC' });
session('results_in_binary', async (c) => {
  // pg turns each field into UTF-8 text on its way, so only values whose bytes survive that can be looked at
  const query = { text: "SELECT 1::int2 AS a, 5::int4 AS b, 2::float8 AS c, true AS d, $1::text AS e, NULL::int4 AS f, 7::int8 AS g, "
                        + "'\\x0102'::bytea AS h, 2::float4 AS i", values: ['ž'], binary: true };
  // Up to 8.8 the driver says that there will be one result format, and then does not say which.
  if (/^8\.[0-8]\./.test(load('pg/package.json').version)) return void await fails(c.query(query), '08P01');
  const r = await c.query(query);
  assert.deepEqual(r.fields.map((f) => f.format), Array(9).fill('binary'));
  const { a, b, d, e, f, g, h, i } = r.rows[0];
  assert.deepEqual([a, b, r.rows[0].c, d, e.toString(), f, Number(g), i], [1, 5, 2, true, 'ž', null, 7, 2]);
  assert.deepEqual(Buffer.from(h), Buffer.from([1, 2]));
});
session('values_become_javascript', async (c) => {
  const r = (await c.query(`SELECT 1::int2 a, 2::int4 b, 3::int8 c, 1.5::float4 d, 2.5::float8 e, 1.10::numeric f, true g, '\\xdead'::bytea h,
      '2024-02-29 01:02:03+00'::timestamptz i, '1 day 02:03:04'::interval j, '{{1,2},{3,4}}'::int[] k, '{"a":1}'::json l, 'NaN'::float8 m,
      '-infinity'::float8 n, '{t,f}'::bool[] o`)).rows[0];
  assert.deepEqual([r.a, r.b, r.c, r.d, r.e, r.f, r.g], [1, 2, '3', 1.5, 2.5, '1.10', true]);
  assert.deepEqual(r.h, Buffer.from('dead', 'hex'));
  assert.deepEqual(r.i, new Date('2024-02-29T01:02:03Z'));
  assert.deepEqual([r.j.days, r.j.hours, r.j.minutes, r.j.seconds], [1, 2, 3, 4]);
  assert.deepEqual([r.k, r.l, r.n, r.o], [[[1, 2], [3, 4]], { a: 1 }, -Infinity, [true, false]]);
  assert.ok(Number.isNaN(r.m));
});
session('buffers_travel_in_binary', async (c) => {
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 255));
  assert.deepEqual(await value(c, 'SELECT $1::bytea', [bytes]), bytes);
});
session('named_statements', async (c) => {
  for (let i = 0; i < 12; i++) assert.equal(await value(c, { name: 'add', text: 'SELECT $1::int + 1', values: [i] }), i + 1);
  const listed = await c.query("SELECT name, statement, parameter_types::text AS types, from_sql FROM pg_prepared_statements");
  assert.deepEqual(listed.rows, [{ name: 'add', statement: 'SELECT $1::int + 1', types: '{integer}', from_sql: false }]);
  await fails(c.query({ name: 'bad', text: 'SELECT nosuch', values: [] }), '42703');
  await fails(c.query({ name: 'bad', text: 'SELECT nosuch', values: [] }), '42703');
});
session('queued_queries_keep_their_order', async (c) => {
  const r = await Promise.all(Array.from({ length: 100 }, (_, i) => c.query('SELECT $1::int AS i', [i])));
  assert.deepEqual(r.map((x) => x.rows[0].i), Array.from({ length: 100 }, (_, i) => i));
});
session('errors_have_fields', async (c) => {
  let e = await fails(c.query('SELECT nosuch'), '42703');
  assert.deepEqual([e.severity, e.position, e.message], ['ERROR', '8', 'column "nosuch" does not exist']);
  assert.ok(e.file && e.line && e.routine);
  e = await fails(c.query('SELECT nosuch($1)', ['x']), '42883');
  assert.match(e.hint, /explicit type casts/);
  for (let i = 0; i < 20; i++) {
    await fails(c.query('SELECT $1::int / 0', [i]), '22012');
    await fails(c.query('SELECT 1/0'), '22012');
    assert.equal(await value(c, 'SELECT $1::int', [i]), i);
  }
});
session('transactions', async (c) => {
  await c.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
  assert.equal(await value(c, 'SHOW transaction_isolation'), 'serializable');
  await fails(c.query('SELECT 1/0'), '22012');
  await fails(c.query('SELECT 1'), '25P02');
  assert.equal((await c.query('COMMIT')).command, 'ROLLBACK');
  assert.equal(await value(c, 'SELECT 1'), 1);
});
session('notices', async (c) => {
  const seen = [];
  c.on('notice', (n) => seen.push([n.severity, n.code, n.message]));
  await c.query('COMMIT');
  assert.deepEqual(seen, [['WARNING', '25P01', 'there is no transaction in progress']]);
});
session('portal_read_in_pieces', async (c) => {
  const cursor = c.query(new Cursor('SELECT g FROM generate_series(1, $1::int) g', [25]));
  const sizes = [];
  for (let rows = await cursor.read(10); rows.length; rows = await cursor.read(10)) sizes.push(rows.length);
  assert.deepEqual(sizes, [10, 10, 5]);
  await cursor.close();
  const endless = c.query(new Cursor('SELECT g FROM generate_series(1, 100000000) g'));
  assert.deepEqual((await endless.read(3)).map((r) => r.g), [1, 2, 3]);
  await endless.close();
  const failing = c.query(new Cursor('SELECT 10 / (5 - g) AS x FROM generate_series(1, 10) g'));
  assert.equal((await failing.read(3)).length, 3);
  await fails(failing.read(10), '22012');
  assert.equal(await value(c, 'SELECT 1'), 1);
});
check('cancel', async () => {
  const c = await open();
  const sleeping = assert.rejects(c.query('SELECT pg_sleep(60)'), (e) => e.code === '57014' && /user request/.test(e.message));
  const other = await open();
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0); packet.writeInt32BE(80877102, 4); packet.writeInt32BE(c.processID, 8); packet.writeInt32BE(c.secretKey, 12);
  // the server may not have begun the statement when the request comes: ask again until it has
  const timer = setInterval(() => net.connect(base.port, base.host).on('error', () => {}).end(packet), 100);
  try { await sleeping; } finally { clearInterval(timer); }
  assert.equal(await value(c, 'SELECT 1').catch(() => value(c, 'SELECT 1')), 1);
  await other.end(); await c.end();
});
session('statement_timeout', async (c) => {
  const e = await fails(c.query('SELECT pg_sleep(60)'), '57014');
  assert.match(e.message, /statement timeout/);
  assert.equal(await value(c, 'SELECT 1'), 1);
}, { statement_timeout: 100 });
check('idle_in_transaction_timeout', async () => {
  const c = await open({ idle_in_transaction_session_timeout: 100 });
  const ended = new Promise((resolve) => c.on('error', resolve));
  await c.query('BEGIN');
  assert.equal((await ended).code, '25P03');
});
check('administrators_command', async () => {
  const a = await open(), b = await open();
  const ended = new Promise((resolve) => a.on('error', resolve));
  assert.equal(await value(b, 'SELECT pg_terminate_backend($1)', [a.processID]), true);
  assert.equal((await ended).code, '57P01');
  await b.end();
});
check('pool', async () => {
  const pool = new pg.Pool({ ...base, max: 5 });
  const r = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.query('SELECT $1::int AS i, pg_backend_pid() AS pid', [i])));
  assert.deepEqual(r.map((x) => x.rows[0].i), Array.from({ length: 50 }, (_, i) => i));
  assert.ok(new Set(r.map((x) => x.rows[0].pid)).size <= 5);
  await pool.end();
});
check('logins', async () => {
  for (const host of [base.host, socketDir]) {
    const c = await open({ user: 'alice', password, host });
    assert.equal(await value(c, 'SELECT current_user'), 'alice');
    await c.end();
  }
  for (const user of ['alice', 'no_password', 'nobody_knows']) {
    const e = await fails(open({ user, password: 'wrong' }), '28P01');
    assert.equal(e.message, `password authentication failed for user "${user}"`);
  }
  const plain = await open({ user: 'plain', password });
  await plain.end();
  await fails(open({ user: 'plain', password: 'wrong' }), '28P01');
  await fails(open({ user: 'rejected', password }), '28000');
  await fails(open({ database: 'nosuch' }), '3D000');
});
check('tls', async () => {
  const ssl = { ca: fs.readFileSync(rootCertificate, 'utf8') };
  const c = await open({ ssl, user: 'only_tls', password });
  assert.equal(await value(c, 'SELECT current_user'), 'only_tls');
  assert.ok(c.connection.stream.encrypted && c.connection.stream.authorized);
  assert.equal((await value(c, "SELECT repeat('x', 3000000)")).length, 3000000);
  await c.end();
});
session('big_values', async (c) => {
  const big = 'žx'.repeat(1000000);
  assert.equal(await value(c, 'SELECT $1::text', [big]), big);
  assert.equal((await c.query('SELECT g FROM generate_series(1, 50000) g')).rows.length, 50000);
});
session('notifications', async (c) => {
  const heard = [];
  c.on('notification', (n) => heard.push([n.processId, n.channel, n.payload]));
  try { await c.query('LISTEN c'); } catch (e) { if (e.code === '0A000') return; throw e; }  // the server says so itself
  const other = await open();
  await other.query("SELECT pg_notify('c', $1)", ['it\'s \\ "x" €']);
  await other.query('NOTIFY c');
  while (heard.length < 2) await new Promise((resolve) => c.once('notification', resolve));
  assert.deepEqual(heard, [[other.processID, 'c', 'it\'s \\ "x" €'], [other.processID, 'c', '']]);
  await c.query("BEGIN");
  await other.query("NOTIFY c, 'later'");
  await c.query('SELECT 1');
  assert.equal(heard.length, 2);
  await c.query('COMMIT');
  assert.equal(heard.length, 3);
  await other.end();
});
session('many_parameters', async (c) => {
  const n = 5000;
  const r = await c.query('SELECT ' + Array.from({ length: 1000 }, (_, i) => `$${i + 1}::int`).join(' + ') + ' AS s', Array.from({ length: 1000 }, (_, i) => i));
  assert.equal(r.rows[0].s, 499500);
  const list = await c.query('SELECT count(*)::int AS n FROM (VALUES ' + Array.from({ length: n }, (_, i) => `($${i + 1}::int)`).join(',') + ') v(a)',
                             Array.from({ length: n }, (_, i) => i));
  assert.equal(list.rows[0].n, n);
});

for (const [name, body] of checks.filter(([n]) => !only.length || only.some((o) => n.startsWith(o)))) {
  let timer;
  try {
    await Promise.race([body(), new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('not done after 30 s')), 30000); })]);
    console.log(`ok ${name}`);
  } catch (e) {
    console.log(`not ok ${name} - ${String(e.stack || e).replace(/\s+/g, ' ').slice(0, 600)}`);
  } finally { clearTimeout(timer); }
}
console.log('done');
process.exit(0);
