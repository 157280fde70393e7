"""The first packets of a connection, well-formed and not, to a server without TLS."""
import struct

import wire
from talk import conversation


def packet(*parts, version=wire.PROTOCOL_3):
    return wire.packet(struct.pack('!i', version) + b''.join(parts))


USER = wire.text('user') + wire.text('tester')
DATABASE = wire.text('database') + wire.text('postgres')


@conversation
def answers_in_order(t):
    c = t.line()
    c.say(wire.startup(TimeZone='UTC', application_name='somebody', client_encoding='UTF8'))
    c.hear()
    c.finish()


@conversation
def by_unix_socket(t):
    c = t.line(by_socket=True)
    c.say(wire.startup(TimeZone='UTC'))
    c.hear()
    c.finish()


@conversation
def no_encryption_offered(t):
    # on a Unix socket, where PostgreSQL offers neither, however it was built
    for first, second in ((wire.SSL, wire.GSSENC), (wire.GSSENC, wire.SSL)):
        c = t.line(by_socket=True)
        c.say(wire.request(first))
        c.hear_byte()
        c.say(wire.request(second))
        c.hear_byte()
        c.say(wire.startup(TimeZone='UTC'))
        c.hear()
        c.finish()


@conversation
def encryption_asked_for_twice(t):
    for code in (wire.SSL, wire.GSSENC):
        c = t.line(by_socket=True)
        c.say(wire.request(code))
        c.hear_byte()
        c.say(wire.request(code))
        c.hear_all()


@conversation
def more_bytes_behind_an_encryption_request(t):
    for code in (wire.SSL, wire.GSSENC):
        for more in (wire.startup(), b'garbage'):
            c = t.line(by_socket=True)
            c.say(wire.request(code) + more)
            c.hear_byte()
            c.hear_all()


@conversation
def minor_version_is_negotiated(t):
    for version in (0x30001, 0x30005, 0x3ffff):
        c = t.line()
        c.say(wire.startup(TimeZone='UTC', version=version))
        c.hear('vRE')
        c.hear()
        c.finish()


@conversation
def protocol_extensions_are_negotiated(t):
    c = t.line()
    c.say(packet(USER, DATABASE, wire.text('_pq_.foo'), wire.text('1'), wire.text('TimeZone'), wire.text('UTC'),
                 wire.text('_pq_.bar'),
                 wire.text(''), b'\0', version=0x30005))
    c.hear('vRE')
    c.hear()
    c.finish()
    c = t.line()
    c.say(packet(USER, DATABASE, wire.text('_pq_.only'), wire.text('x'), b'\0'))
    c.hear('vRE')
    c.finish()


@conversation
def major_versions_we_do_not_speak(t):
    for version in (0x40000, 0, 0x7fff0000, 1234 << 16 | 5):
        c = t.line()
        c.say(wire.startup(version=version))
        c.hear_all()
    for version in (0x20000, 0x10000):      # PostgreSQL answers these in the form of their own time, a bare text
        c = t.line()
        c.say(wire.startup(version=version))
        words = c.hear_raw()
        t.note('told so' if b'unsupported frontend protocol ' in words and b': server supports 3.0 to 3.' in words else 'not told')


@conversation
def packet_lengths(t):
    for length in (0, 3, 4, 7, 10005, 0x7fffffff, 0x80000000, 0xffffffff):
        c = t.line()
        c.say(struct.pack('!I', length) + struct.pack('!i', wire.PROTOCOL_3) + USER + b'\0')
        c.hear_all()


@conversation
def longest_packet(t):
    # 10000 bytes behind the length are the limit; any dotted name is taken as a setting, so that one can fill them
    empty = len(packet(USER, DATABASE, wire.text('a.b'), wire.text(''), b'\0'))
    for size in (10004, 10005):
        c = t.line()
        c.say(packet(USER, DATABASE, wire.text('a.b'), wire.text('x' * (size - empty)), b'\0'))
        if c.hear('RE'):
            c.hear()


@conversation
def layout_of_the_packet(t):
    for body in (b'', b'\0', USER, USER[:-1], USER + DATABASE, USER + b'\0' + b'junk', USER + b'\0\0',
                 USER + wire.text('database') + b'\0',
                 wire.text('user') + b'\0\0', DATABASE + b'\0', b'user',
                 USER + wire.text('database') + wire.text('postgres') + wire.text('x')):
        c = t.line()
        c.say(packet(body))
        c.hear('KE')
        c.close()


@conversation
def database_is_the_users_name_by_default(t):
    c = t.line()
    c.say(wire.startup(database=None))
    c.hear_all()
    c = t.line()
    c.say(wire.startup(database=''))
    c.hear_all()


@conversation
def unknown_names(t):
    for user, database in (('missing_role', 'postgres'), ('tester', 'nosuch'), ('missing_role', 'nosuch')):
        c = t.line()
        c.say(wire.startup(user=user, database=database))
        c.hear_all()


@conversation
def name_longer_than_63_bytes(t):
    c = t.line()
    c.say(wire.startup(database='d' * 100))
    c.hear_all()


@conversation
def settings_in_the_packet(t):
    c = t.line()
    c.say(wire.startup(TimeZone='UTC', work_mem='9MB', DateStyle='German',
                       options='-c statement_timeout=3s --search_path=a,\\ b'))
    c.hear()
    c.query('show work_mem', 'show statement_timeout', 'show search_path', 'show datestyle', 'reset work_mem', 'show work_mem')


@conversation
def last_setting_wins(t):
    c = t.line()
    c.say(packet(USER, DATABASE, wire.text('work_mem'), wire.text('1MB'), wire.text('work_mem'), wire.text('2MB'), b'\0'))
    c.hear()
    c.query('show work_mem')


@conversation
def wrong_settings_in_the_packet(t):
    for name, value in (('nosuch', '1'), ('work_mem', 'much'), ('work_mem', '-5'), ('max_connections', '5'), ('port', '1'),
                        ('client_encoding', 'nosuch'),
                        ('server_version', '1'), ('application_name', 'é\t\x01'), ('options', '-c nosuch=1'), ('options', '-c'),
                        ('options', '-Z'),
                        ('options', 'junk'), ('options', '--work-mem=3MB'), ('options', '-c work_mem'),
                        ('TimeZone', 'Nowhere/Land'), ('DateStyle', 'x'),
                        ('log_connections', 'on'), ('is_superuser', 'on')):
        c = t.line()
        c.say(wire.startup(**{name: value}))
        c.hear('KE')
        c.close()


@conversation
def client_encodings_in_the_packet(t):
    for encoding in ('LATIN1', 'sql_ascii', 'utf-8'):
        c = t.line()
        c.say(wire.startup(TimeZone='UTC', client_encoding=encoding))
        c.hear()
        c.query('show client_encoding')


@conversation
def byte_by_byte(t):
    c = t.line()
    for message in (wire.startup(TimeZone='UTC'), wire.query('select 1'),
                    wire.parse('select $1::int') + wire.bind(['5']) + wire.execute() + wire.sync()):
        c.note('F ' + repr(message)[2:40] + '… byte by byte')
        for i in range(len(message)):
            c.send(message[i:i + 1])
        c.hear()
    c.finish()


@conversation
def everything_in_one_piece(t):
    c = t.line()
    c.say(wire.startup(TimeZone='UTC') + wire.query('select 1') + wire.query('select 2') + wire.terminate())
    c.hear_all()


@conversation
def queries_behind_terminate_are_not_run(t):
    c = t.session()
    c.say(wire.query('select 1') + wire.terminate() + wire.query('select 2'))
    c.hear_all()


@conversation
def cancel_requests_get_no_answer(t):
    for request in (wire.cancel(1, 1), wire.cancel(0, 0), wire.cancel(-1, -1), wire.cancel(2**31 - 1, 5),
                    wire.request(wire.CANCEL),
                    wire.packet(struct.pack('!iii', wire.CANCEL, 1, 1) + b'more'),
                    wire.packet(struct.pack('!ii', wire.CANCEL, 1))):
        c = t.line()
        c.say(request)
        c.hear_all()


@conversation
def cancel_behind_a_refused_encryption(t):
    for code in (wire.SSL, wire.GSSENC):
        c = t.line(by_socket=True)
        c.say(wire.request(code))
        c.hear_byte()
        c.say(wire.cancel(1, 1))
        c.hear_all()


@conversation
def hanging_up_at_once(t):
    for part in (b'', b'\0', struct.pack('!i', 20), wire.startup()[:-3]):
        c = t.line()
        if part:
            c.say(part)
        c.socket.shutdown(1)    # the server sees the end of the stream
        c.hear_all()


@conversation
def not_a_postgresql_client(t):
    for greeting in (b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(100),
                     b'SSH-2.0-OpenSSH_9\r\n',
                     b'\xff' * 64, bytes(64)):
        c = t.line()
        c.say(greeting)
        c.hear_all()


@conversation
def replication_or_not(t):
    for value in ('false', 'of', '0', 'x', '', 'Database', '2'):
        c = t.line()
        c.say(wire.startup(replication=value))
        c.hear('ZE')
