"""Bytes that no driver sends: each gets an error and a clean end, or an error and the next chance."""
import struct

import wire
from talk import conversation

HUGE = (0x40000000, 0x7fffffff, 0x80000000, 0xffffffff)


@conversation
def unknown_types(t):
    for kind in (b'y', b'\0', b'\xff', b'1', b'q', b'p', b'R', b'Z', b'\x80', b'\n', b' '):
        c = t.session()
        c.say(kind + struct.pack('!i', 4))
        c.hear_all()


@conversation
def unknown_type_within_a_pipeline(t):
    c = t.session()
    c.say(wire.parse('select 1') + wire.bind() + wire.execute() + b'?' + struct.pack('!i', 4) + wire.sync())
    c.hear_all()
    c = t.session()
    c.say(wire.parse('selec') + b'?' + struct.pack('!i', 4) + wire.sync())
    c.hear_all()


@conversation
def lengths_below_four(t):
    for kind in 'QPBDECHSXdcf':
        for length in (0, 3):
            c = t.session()
            c.say(kind.encode() + struct.pack('!i', length) + b'abc')
            c.hear_all()


@conversation
def lengths_without_end(t):
    for kind in 'QPBDECHSXdcf':
        for length in HUGE:
            c = t.session()
            c.say(kind.encode() + struct.pack('!I', length))
            c.socket.shutdown(1)
            c.hear_all()


@conversation
def lengths_beyond_a_small_message(t):
    for kind in 'DECHSXcf':
        c = t.session()
        c.say(kind.encode() + struct.pack('!i', 10001) + bytes(9997))
        c.hear_all()
        c = t.session()
        c.say(kind.encode() + struct.pack('!i', 10000) + bytes(9996))
        c.settle()


@conversation
def bodies_that_are_too_short_or_long(t):
    for kind, bodies in {'Q': (b'', b'select 1', b'select 1\0more'),
                         'P': (b'', b'a', b'\0select 1', b'\0select 1\0', b'\0select 1\0\0', b'\0select 1\0\0\1',
                               b'\0select 1\0\xff\xff', b'\0select 1\0\0\0more'),
                         'B': (b'', b'\0', b'\0\0', b'\0\0\0\0', b'\0\0\0\0\0\0', b'\0\0\0\0\0\0\0\1', b'\0\0\0\0\0\0\0\0more',
                               b'\0\0\0\1\0\0\0\0\0\0', b'\0\0\xff\xff\0\0\0\0', b'\0\0\0\0\0\0\xff\xff'),
                         'D': (b'', b'S', b'Sabc', b'X\0', b'P\0more', b'\0\0'),
                         'E': (b'', b'\0', b'\0\0\0', b'abc', b'\0\0\0\0\0more'), 'C': (b'', b'P', b'X\0', b'Pabc', b'S\0more'),
                         'H': (b'x',), 'S': (b'x',), 'X': (b'x',)}.items():
        for body in bodies:
            c = t.session()
            c.send(wire.parse('select 1'), wire.sync())
            c.ready()
            c.say(wire.message(kind, body))
            c.settle()


@conversation
def copy_messages_outside_of_copy(t):
    c = t.session()
    c.exchange(wire.message('d', b'data'), wire.message('c'), wire.message('f', b'why\0'), wire.query('select 1'))


@conversation
def half_a_message_then_the_end(t):
    for part in (b'Q', b'Q\0\0', b'Q\0\0\0\x20select', wire.parse('select 1')[:-1], wire.query('select 1')[:-1]):
        c = t.session()
        c.say(part)
        c.socket.shutdown(1)
        c.hear_all()


@conversation
def end_of_stream_within_a_transaction(t):
    c = t.session()
    c.query('begin')
    c.socket.shutdown(1)
    c.hear_all()


@conversation
def invalid_text_in_every_message(t):
    for message in (wire.query(b"select '\xff'"), wire.parse(b"select '\xff'"), wire.parse('select 1', b'\xff'),
                    wire.bind(statement=b'\xff'), wire.bind(portal=b'\xff'), wire.describe('S', b'\xff'), wire.execute(b'\xff'),
                    wire.close('S', b'\xff'), wire.parse('select $1::text') + wire.bind([b'\xff'])):
        c = t.session()
        c.say(message)
        c.settle()


@conversation
def query_of_ten_megabytes(t):
    c = t.session()
    c.query("select length('" + 'é' * 5_000_000 + "')")
    c.exchange(wire.parse('select length($1)'), wire.bind(['x' * 10_000_000]), wire.execute(), wire.sync())
    c.query('select 1' + ' ' * 10_000_000 + ', nosuch')


@conversation
def nesting_of_ten_thousand(t):
    c = t.session()
    c.query('select ' + '(' * 10_000 + '1' + ')' * 10_000, 'select 1')


@conversation
def statement_of_many_statements(t):
    c = t.session()
    c.note('F 3000 statements in one Query')
    c.send(wire.query('select 1;' * 3000))
    kinds = [k for k, _ in c.ready()]
    t.note(f'{kinds.count("T")} descriptions, {kinds.count("D")} rows, {kinds.count("C")} complete, {kinds.count("Z")} ready')


@conversation
def a_start_up_packet_where_a_message_should_be(t):
    for again in (wire.startup(), wire.request(wire.SSL), wire.cancel(1, 1)):
        c = t.session()
        c.say(again)
        c.hear_all()


@conversation
def numbers_of_things_that_lie(t):
    c = t.session()
    c.exchange(wire.message('P', b'\0select 1\0' + struct.pack('!h', 32767)), wire.sync())
    c.exchange(wire.message('B', b'\0\0\0\0' + struct.pack('!H', 65535) + b'\0\0'), wire.sync())
    c.exchange(wire.message('B', b'\0\0' + struct.pack('!H', 65535) + b'\0\0\0\0'), wire.sync())
    c.exchange(wire.message('B', b'\0\0\0\0\0\1' + struct.pack('!i', 0x7fffffff) + b'x\0\0'), wire.sync())
    c.exchange(wire.query('select 1'))
