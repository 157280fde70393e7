"""Drawings made from a few lines of text: who sends what to whom (.seq), and what stands in which byte (.bytes).

A sequence names its actors, then one thing a line, from top to bottom:

    actors: psql, postmaster, backend
    psql -> postmaster: connect
    postmaster => backend: fork                  an arrow that stands out
    backend: reads the start-up packet           something that an actor does by itself
    --- the session is open                      a line across

A row of bytes is one field a line, its bytes and what they mean:

    Q            | type
    00 00 00 0d  | length, itself included
    s e l e c t _ 1 00 | the text and a NUL      (_ is a blank)
"""
import html
import re

CHARACTER = 6.6                                    # width of a character of the small type, in the drawing's units
ARROWS = ('<defs>{}</defs>'.format("".join(
    f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    f'<path class="{kind}" d="M0 0 L8 4 L0 8 z"/></marker>' for name, kind in (("arrow", "head"), ("accent", "head accent")))))


class Malformed(Exception):
    """The text is no such drawing."""


def svg(width, height, said, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'aria-label="{html.escape(said)}">{ARROWS}{body}</svg>')


def text(x, y, words, kind="small halo", anchor="middle"):
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def label(x, a, b, y, words):
    """The words of an arrow: between two neighbouring actors where they fit, as near to the sender as may be; else in the middle,
    where the lines of the actors in between make room."""
    wide, way = len(words) * CHARACTER, 1 if b > a else -1
    for i in range(a, b, way):
        if abs(x[i + way] - x[i]) >= wide + 16:
            return text((x[i] + x[i + way]) / 2, y, words)
    middle = (x[a] + x[b]) / 2
    return f'<rect class="blank" x="{middle - wide / 2 - 5:.0f}" y="{y - 13}" width="{wide + 10:.0f}" height="17"/>' + text(middle, y, words)


def sequence(source):
    """An SVG of a .seq text."""
    actors, steps = [], []
    for number, line in enumerate(source.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if match := re.fullmatch(r"actors:\s*(.+)", line):
            actors = [a.strip() for a in match.group(1).split(",")]
        elif match := re.fullmatch(r"---\s*(.*)", line):
            steps.append(("line", match.group(1), None, None))
        elif match := re.fullmatch(r"(.+?)\s*(->|=>)\s*(.+?):\s*(.+)", line):
            sender, arrow, receiver, words = match.groups()
            if sender not in actors or receiver not in actors or sender == receiver:
                raise Malformed(f"line {number}: {sender} and {receiver} must be two of the actors")
            steps.append((arrow, words, actors.index(sender), actors.index(receiver)))
        elif (match := re.fullmatch(r"(.+?):\s*(.+)", line)) and match.group(1) in actors:
            steps.append(("does", match.group(2), actors.index(match.group(1)), None))
        else:
            raise Malformed(f"line {number}: neither an arrow, an actor's doing nor a line: {line}")
    if len(actors) < 2 or not steps:
        raise Malformed("a sequence has at least two actors and one step")

    # As far apart as the longest label between two neighbours needs.
    gap = [max(96.0, (len(a) + len(b)) * 4 + 40) for a, b in zip(actors, actors[1:])]
    for kind, words, a, b in steps:
        if kind in ("->", "=>"):
            low, high = min(a, b), max(a, b)
            need = (len(words) * CHARACTER + 30) / (high - low)
            for i in range(low, high):
                gap[i] = max(gap[i], need)
        elif kind == "does":
            side = a if a < len(gap) else a - 1
            gap[side] = max(gap[side], len(words) * CHARACTER + 34 if a < len(gap) else 0)
    left = max(60.0, len(actors[0]) * 4 + 24)
    x = [left]
    for g in gap:
        x.append(x[-1] + g)
    last_words = max((len(w) for k, w, a, _ in steps if k == "does" and a == len(actors) - 1), default=0)
    width = x[-1] + max(60.0, len(actors[-1]) * 4 + 24, last_words * CHARACTER + 30)
    y, body, said = 64, [], []
    for kind, words, a, b in steps:
        if kind == "line":
            body.append(f'<path class="line dashed" d="M12 {y - 6} H{width - 12:.0f}"/>')
            if words:
                body.append(f'<rect class="blank" x="{width / 2 - len(words) * CHARACTER / 2 - 8:.0f}" y="{y - 16}" '
                            f'width="{len(words) * CHARACTER + 16:.0f}" height="20"/>' + text(width / 2, y - 2, words))
            said.append(words)
            y += 30
        elif kind == "does":
            body.append(f'<circle class="dot" cx="{x[a]:.0f}" cy="{y - 4}" r="3.5"/>' + text(x[a] + 11, y, words, anchor="start"))
            said.append(f"{actors[a]}: {words}")
            y += 28
        else:
            accent = " accent" if kind == "=>" else ""
            step = 5 if b > a else -5
            body.append(label(x, a, b, y, words)
                        + f'<path class="line{accent}" d="M{x[a] + step:.0f} {y + 6} H{x[b] - step:.0f}" '
                        f'marker-end="url(#{"accent" if accent else "arrow"})"/>')
            said.append(f"{actors[a]} to {actors[b]}: {words}")
            y += 34
    lanes = "".join(f'<path class="line dashed" d="M{at:.0f} 40 V{y}"/>'
                    f'<rect class="box" x="{at - len(name) * 4 - 14:.0f}" y="10" width="{len(name) * 8 + 28}" height="30" rx="5"/>'
                    + text(at, 30, name, "") for at, name in zip(x, actors))
    return svg(width, y + 10, "In order: " + "; ".join(s for s in said if s) + ".", lanes + "".join(body))


def bytes_(source):
    """An SVG of a .bytes text."""
    fields = []
    for number, line in enumerate(source.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells, bar, meaning = line.rpartition(" | ")
        if not bar or not cells.split() or not meaning.strip():
            raise Malformed(f"line {number}: bytes, a bar and their meaning are wanted: {line}")
        fields.append((cells.split(), meaning.strip()))
    if not fields:
        raise Malformed("no byte in it")
    cell, limit, y, x, row, body, widest = 28, 640, 14, 12, [], [], 0
    for cells, meaning in fields:
        width = max(len(cells) * cell, len(meaning) * CHARACTER + 6)
        if row and x + width > limit:
            y, x, row = y + 84, 12, []
        row.append(meaning)
        at = x + (width - len(cells) * cell) / 2
        for i, byte in enumerate(cells):
            known = re.fullmatch(r"[0-9a-f]{2}", byte)
            body.append(f'<rect class="box{"" if known else " accent"}" x="{at + i * cell:.1f}" y="{y}" width="{cell}" height="32"/>'
                        + text(at + i * cell + cell / 2, y + 21, "" if byte == "_" else byte, "mono"))
        end = at + len(cells) * cell
        body.append(f'<path class="line" d="M{at + 1:.1f} {y + 38} V{y + 43} H{end - 1:.1f} V{y + 38}"/>'
                    + text(x + width / 2, y + 59, meaning))
        x += width + 14
        widest = max(widest, x)
    said = "; ".join(f"{meaning}: {' '.join(cells)}" for cells, meaning in fields)
    return svg(max(widest, 300), y + 74, f"Bytes in order. {said}.", "".join(body))


MAKERS = {".seq": sequence, ".bytes": bytes_}
