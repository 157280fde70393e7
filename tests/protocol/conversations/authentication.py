"""Passwords and SCRAM, right and wrong, and the rules of who may try."""
import base64
import struct

import harness
import wire
from talk import conversation


def start(t, user='alice'):
    c = t.line()
    c.say(wire.startup(user=user, TimeZone='UTC'))
    c.hear('RE')
    return c


def sasl_first(mechanism, data):
    return wire.message('p', wire.text(mechanism) + (struct.pack('!i', -1) if data is None else struct.pack('!i', len(data)) + data))


def server_first(c):
    """Hears AuthenticationSASLContinue and returns its text, or None."""
    kind, body = c.read()
    c.note('B ' + wire.show(kind, body))
    return body[4:].decode() if kind == 'R' else None


@conversation
def clear_text(t):
    for secret in (harness.PASSWORD, 'wrong', ''):
        c = start(t, 'plain')
        c.say(wire.password(secret))
        c.hear('KE')
        if secret == harness.PASSWORD:
            c.hear()


@conversation
def clear_text_message_malformed(t):
    for message in (wire.message('p', b'no end'), wire.message('p', b'two\0ends\0'), wire.message('p'), wire.query('select 1'),
                    wire.message('X'),
                    b'p' + struct.pack('!i', 3), b'p' + struct.pack('!i', 70000) + bytes(10),
                    b'p' + struct.pack('!I', 0xffffffff)):
        c = start(t, 'plain')
        c.say(message)
        c.hear_all()


@conversation
def scram(t):
    c = start(t)
    scram = wire.Scram(harness.PASSWORD)
    c.send(scram.first())
    c.send(scram.final(server_first(c)))
    kind, body = c.read()
    c.note('B ' + wire.show(kind, body) + (' with the right signature' if body[4:] == b'v=' + scram.server_signature.encode() else ' with another signature'))
    c.hear()
    c.finish()


@conversation
def scram_wrong(t):
    for user in ('alice', 'no_password', 'nobody_knows'):
        for secret, spoil in (('wrong', False), (harness.PASSWORD, True)):
            c = start(t, user)
            scram = wire.Scram(secret)
            c.send(scram.first())
            c.send(scram.final(server_first(c), spoil))
            c.hear_all()


@conversation
def scram_salt_of_an_unknown_role_is_stable(t):
    salts = {}
    for user in ('alice', 'alice', 'no_password', 'no_password', 'nobody_knows', 'nobody_knows', 'nobody_else'):
        c = t.line()
        c.send(wire.startup(user=user))
        c.read()
        c.send(wire.Scram('x').first())
        parts = dict(p.split('=', 1) for p in server_first(c).split(','))
        t.note(f'{user}: salt of {len(base64.b64decode(parts["s"]))} bytes, {parts["i"]} rounds, '
               f'{"as before" if salts.get(user) == parts["s"] else "new"}')
        salts[user] = parts['s']
    t.note(f'{len(set(salts.values()))} different salts for {len(salts)} roles')


@conversation
def scram_first_message_malformed(t):
    for mechanism, data in (('SCRAM-SHA-1', b'n,,n=,r=abc'), ('', b''),
                            ('SCRAM-SHA-256-PLUS', b'p=tls-server-end-point,,n=,r=abc'), ('SCRAM-SHA-256', b''),
                            ('SCRAM-SHA-256', b'n'), ('SCRAM-SHA-256', b'x,,n=,r=abc'), ('SCRAM-SHA-256', b'n,a=other,n=,r=abc'),
                            ('SCRAM-SHA-256', b'n,,r=abc'),
                            ('SCRAM-SHA-256', b'n,,m=ext,n=,r=abc'), ('SCRAM-SHA-256', b'n,,n=,r='),
                            ('SCRAM-SHA-256', b'n,,n=,x=1'), ('SCRAM-SHA-256', b'n,,n=,r=a\x01b'),
                            ('SCRAM-SHA-256', b'n,,n=,r=abc\0def'), ('SCRAM-SHA-256', b'p=tls-server-end-point,,n=,r=abc'),
                            ('SCRAM-SHA-256', b'\xff\xfe'),
                            ('SCRAM-SHA-256', b'n,,n=' + b'x' * 20000 + b',r=abc'), ('SCRAM-SHA-256', b'n,,n=,r=' + b'y' * 2000)):
        c = start(t)
        c.say(sasl_first(mechanism, data))
        c.hear('RE')
        c.close()


@conversation
def scram_first_message_accepted(t):
    for data in (b'n,,n=ignored,r=abc', b'y,,n=,r=abc', b'n,,n=,r=abc,e=1'):
        c = start(t)
        c.say(sasl_first('SCRAM-SHA-256', data))
        c.hear('RE')
        c.close()


@conversation
def scram_first_message_empty_then_sent(t):
    c = start(t)
    c.say(sasl_first('SCRAM-SHA-256', None))
    c.hear('RE')
    scram = wire.Scram(harness.PASSWORD)
    c.send(wire.message('p', ('n,,' + scram.first_bare).encode()))
    first = server_first(c)
    if first:
        c.send(scram.final(first))
        c.hear()


@conversation
def scram_final_message_malformed(t):
    def change(scram, first):
        good = scram.final(first)[5:].decode()
        binding, nonce, proof = good.split(',', 2)
        return [b'', b'junk', f'c=eSws,{nonce},{proof}'.encode(), f'c=biwsbiws,{nonce},{proof}'.encode(),
                f'c=!,{nonce},{proof}'.encode(),
                f'{binding},r=other,{proof}'.encode(), f'{binding},{nonce}x,{proof}'.encode(), f'{binding},{nonce}'.encode(),
                f'{binding},{nonce},p='.encode(),
                f'{binding},{nonce},p=abcd'.encode(), f'{binding},{nonce},p=!!!!'.encode(), f'{good},more=1'.encode(),
                good.encode() + b'\0more']
    for i in range(13):
        c = start(t)
        scram = wire.Scram(harness.PASSWORD)
        c.send(scram.first())
        message = change(scram, server_first(c))[i]
        t.note(f'final message {i}')
        c.send(wire.message('p', message))
        c.hear('RE')
        c.close()


@conversation
def scram_interrupted(t):
    for message in (wire.query('select 1'), wire.terminate()):
        c = start(t)
        c.say(message)
        c.hear_all()
    c = start(t)
    scram = wire.Scram(harness.PASSWORD)
    c.send(scram.first())
    server_first(c)
    c.say(wire.sync())
    c.hear_all()


@conversation
def rules(t):
    c = start(t, 'rejected')
    c = t.line(source=('127.0.0.2', 0))
    c.say(wire.startup())
    c.hear_all()
    c = t.line(by_socket=True)
    c.say(wire.startup(user='missing_role'))
    c.hear('RE')


@conversation
def trust_asks_nothing(t):
    c = start(t, 'trusted')
    c.hear()
    c.query('select current_user, session_user', "show is_superuser")


@conversation
def order_of_checks(t):
    c = start(t, 'nobody_knows')
    scram = wire.Scram('x')
    c.send(scram.first())
    c.send(scram.final(server_first(c)))
    c.hear('RE')
    # database is looked at only behind the password
    c = t.line()
    c.say(wire.startup(user='alice', database='nosuch'))
    c.hear('RE')
    scram = wire.Scram(harness.PASSWORD)
    c.send(scram.first())
    c.send(scram.final(server_first(c)))
    c.hear_all()
