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
    'startup.protocol_extensions_are_negotiated': [
        ('B NegotiateProtocolVersion 196608 _pq_.foo _pq_.bar', 'B NegotiateProtocolVersion 196610 _pq_.foo _pq_.bar',
         'the same'),
    ],
}


def expected_of_ours(conversation, lines):
    """PostgreSQL's recorded lines with our differences put in."""
    lines = list(lines)
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
