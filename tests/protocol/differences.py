"""Where our answers differ from PostgreSQL 15's on purpose, and why. run.py changes what it expects of ours accordingly.

Keep this short: PostgreSQL's behaviour is the default, and each line here is one that a reader of the book can ask about.
"""
import re

# Lines that ours may say where PostgreSQL says nothing: the connection ends either way.
SAID_BEFORE_CLOSING = [
    # PostgreSQL writes it to its log only; a client that is told can tell its user
    'B ErrorResponse S=FATAL V=FATAL C=08P01 M=invalid message length',
]

# Conversation → (what PostgreSQL answers, what ours answers, why); each stands for one line, in their order.
LINES = {
    'startup.minor_version_is_negotiated': [
        ('B NegotiateProtocolVersion 196608 ', 'B NegotiateProtocolVersion 196608 ', 'asked for 3.1, which nobody speaks'),
        ('B NegotiateProtocolVersion 196608 ', 'B NegotiateProtocolVersion 196610 ',
         'ours speaks 3.2 too, whose cancel keys are long'),
        ('B NegotiateProtocolVersion 196608 ', 'B NegotiateProtocolVersion 196610 ', 'the same'),
    ],
    'errors.syntax': [
        ("B ErrorResponse S=ERROR V=ERROR C=42601 M=invalid Unicode escape H=Unicode escapes must be \\XXXX or \\+XXXXXX. P=11",
         'B ErrorResponse S=ERROR V=ERROR C=22025 M=invalid Unicode escape P=11', 'the parser library gives neither code nor hint'),
        ("B ErrorResponse S=ERROR V=ERROR C=22025 M=invalid Unicode escape H=Unicode escapes must be \\uXXXX or \\UXXXXXXXX. P=10",
         'B ErrorResponse S=ERROR V=ERROR C=22025 M=invalid Unicode escape P=10', 'the same'),
    ],
    'simple.invalid_strings': [
        ('B ErrorResponse S=ERROR V=ERROR C=42601 M=invalid Unicode surrogate pair P=16',
         'B ErrorResponse S=ERROR V=ERROR C=22025 M=invalid Unicode surrogate pair P=16', 'the same'),
    ],
    'errors.settings': [
        ('B ErrorResponse S=ERROR V=ERROR C=22023 M=invalid value for parameter "intervalstyle": "x" '
         'H=Available values: postgres, postgres_verbose, sql_standard, iso_8601.',
         'B ErrorResponse S=ERROR V=ERROR C=22023 M=invalid value for parameter "IntervalStyle": "x" '
         'H=Available values: postgres, postgres_verbose, sql_standard, iso_8601.', 'ours spells the name as pg_settings does'),
    ],
    'extended.parameter_types_are_told': [
        ('B ErrorResponse S=ERROR V=ERROR C=XX000 M=cache lookup failed for type 99999',
         'B ErrorResponse S=ERROR V=ERROR C=42704 M=type with OID 99999 does not exist', "it is the client's mistake, not ours"),
    ],
    'startup.wrong_settings_in_the_packet': [
        (f'B ErrorResponse S=FATAL V=FATAL C=42601 M=invalid command-line argument for server process: {word} '
         'H=Try "postgres --help" for more information.',
         f'B ErrorResponse S=FATAL V=FATAL C=42601 M=invalid command-line argument for server process: {word}',
         'ours has no program of that name, and its own help says nothing of options in a packet') for word in ('-c', '-Z', 'junk')
    ],
    'startup.protocol_extensions_are_negotiated': [
        ('B NegotiateProtocolVersion 196608 _pq_.foo _pq_.bar', 'B NegotiateProtocolVersion 196610 _pq_.foo _pq_.bar',
         'the same'),
    ],
}


def expected_of_ours(conversation, lines):
    """PostgreSQL's recorded lines with our differences put in."""
    # Ours speaks 3.2 too, and says so whoever asks for something else.
    lines = [line.replace('server supports 3.0 to 3.0', 'server supports 3.0 to 3.2') for line in lines]
    at = 0
    for theirs, ours, _ in LINES.get(conversation, []):
        at = lines.index(theirs, at)
        lines[at:at + 1] = [ours] if ours is not None else []
        at += 1
    return lines


def without_last_words(lines):
    """Our lines without what PostgreSQL would not have said before it closed."""
    kept = []
    for n, line in enumerate(lines):
        following = lines[n + 1] if n + 1 < len(lines) else ''
        if line in SAID_BEFORE_CLOSING and re.match(r'B \(closed\)', following):
            continue
        kept.append(line)
    return kept
