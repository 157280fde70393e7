"""TLS at the start of a connection."""
import socket
import ssl
import struct

import wire
from talk import conversation

SERVER = {'tls': True}


def encrypt(c, **kw):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options &= ~getattr(ssl, 'OP_IGNORE_UNEXPECTED_EOF', 0)
    for name, value in kw.items():
        setattr(context, name, value)
    try:
        c.socket = context.wrap_socket(c.socket)
        c.note('  (encrypted)')
        return True
    except (ssl.SSLError, ConnectionResetError) as e:
        c.note(f'  ({getattr(e, "reason", None) or type(e).__name__})')
        return False


def begin(t, **kw):
    c = t.line()
    c.say(wire.request(wire.SSL))
    c.hear_byte()
    encrypt(c, **kw)
    return c


@conversation
def a_session(t):
    c = begin(t)
    c.say(wire.startup(TimeZone='UTC'))
    c.hear()
    c.query('select 1', "select repeat('x', 100000)")
    c.say(wire.parse('select $1::int'), wire.bind(['5']), wire.execute(), wire.sync())
    c.hear()
    c.finish()


@conversation
def the_end_is_announced(t):
    # otherwise a client cannot tell it from one that somebody in between has made
    for parameters in ({}, {'idle_session_timeout': '1'}, {'database': 'nosuch'}):
        c = begin(t)
        c.socket.suppress_ragged_eofs = False
        c.say(wire.startup(TimeZone='UTC', **parameters))
        c.hear('ZE')
        if not parameters:
            c.say(wire.terminate())
        try:
            c.hear_all()
        except ssl.SSLEOFError:
            c.note('  (without a word)')


@conversation
def without_asking(t):
    c = t.line()
    c.say(wire.startup(TimeZone='UTC'))
    c.hear()
    c.finish()


@conversation
def not_on_a_unix_socket(t):
    c = t.line(by_socket=True)
    c.say(wire.request(wire.SSL))
    c.hear_byte()
    c.say(wire.startup(TimeZone='UTC'))
    c.hear('K')


@conversation
def encryption_within_encryption(t):
    c = begin(t)
    c.say(wire.request(wire.SSL))
    c.hear_all()


@conversation
def cancel_within_encryption(t):
    c = begin(t)
    c.say(wire.cancel(1, 1))
    c.hear_all()


@conversation
def old_versions_are_refused(t):
    begin(t, maximum_version=ssl.TLSVersion.TLSv1_1, minimum_version=ssl.TLSVersion.TLSv1)


@conversation
def garbage_instead_of_a_handshake(t):
    for garbage in (b'GET / HTTP/1.1\r\n\r\n', bytes(100), wire.startup()):
        c = t.line()
        c.say(wire.request(wire.SSL))
        c.hear_byte()
        c.say(garbage)
        try:
            while c.socket.recv(1000):      # perhaps a TLS alert
                pass
            c.note('B (closed)')
        except ConnectionResetError:
            c.note('B (closed)')


@conversation
def hanging_up_in_the_handshake(t):
    c = t.line()
    c.say(wire.request(wire.SSL))
    c.hear_byte()
    c.socket.shutdown(socket.SHUT_WR)
    while c.socket.recv(1000):
        pass
    c.note('B (closed)')


@conversation
def scram_offers_channel_binding(t):
    c = begin(t)
    c.say(wire.startup(user='alice'))
    c.hear('RE')


@conversation
def rules_that_ask_for_encryption(t):
    c = t.line()
    c.say(wire.startup(user='only_tls'))
    c.hear('RE')
    c = begin(t)
    c.say(wire.startup(user='only_tls'))
    c.hear('RE')


@conversation
def packet_lengths_within_encryption(t):
    for length in (0, 7, 10005, 0xffffffff):
        c = begin(t)
        c.say(struct.pack('!I', length) + bytes(20))
        c.hear_all()
