"""Draws the ratios of a measurement as an SVG that follows the colour scheme of the page it stands in."""
import math
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 270, 70, 34, 46
LOWEST, HIGHEST = 1 / 4, 32      # of the logarithmic axis

STYLE = '''
  svg { color: #1f2328; font: 13px system-ui, sans-serif; }
  .bar { fill: #2f6f9f; } .slow { fill: #b35c1e; } .grid { stroke: currentColor; stroke-opacity: .15; } .one { stroke: currentColor; stroke-opacity: .6; }
  .goal { stroke: #2c8a4b; stroke-width: 3; } .limit { fill: none; stroke: currentColor; stroke-width: 1.5; } text { fill: currentColor; } .small { font-size: 11px; opacity: .75; }
  @media (prefers-color-scheme: dark) { svg { color: #dde3ea; } .bar { fill: #6cb2e0; } .slow { fill: #e0975c; } .goal { stroke: #6fce8d; } }
'''


def x_of(ratio):
    """Where a ratio stands on the axis; what is off the axis stands at its end."""
    share = math.log(min(max(ratio, LOWEST), HIGHEST) / LOWEST) / math.log(HIGHEST / LOWEST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def speed_up(measure, ours, theirs):
    """How many times better: above 1 is good, whatever the measure counts."""
    return ours / theirs if measure[3] == 'more' else theirs / ours


def goal_of(measure, theirs):
    goal = measure[4]
    if goal is None:
        return None
    kind, bound = goal
    return theirs / bound if kind == 'value' else bound if kind == 'rate' or bound > 1 else 1 / bound


def ratios(measures, figures):
    """The drawing: for each measure how many times better than PostgreSQL, its goal, and the bare responder's limit."""
    rows = [(m, figures['forklore'][m[0]], figures['postgresql'][m[0]], figures.get('bare', {}).get(m[0]))
            for m in measures if m[0] in figures.get('forklore', {}) and figures.get('postgresql', {}).get(m[0])]
    height = TOP + ROW * len(rows) + 40
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="How many times better than PostgreSQL">',
           f'<style>{STYLE}</style>', f'<text x="{LEFT}" y="16">times better than PostgreSQL</text>']
    tick = LOWEST
    while tick <= HIGHEST:
        x = x_of(tick)
        label = f'{tick:g}' if tick >= 1 else f'1/{1 / tick:g}'
        out.append(f'<line class="{"one" if tick == 1 else "grid"}" x1="{x:.1f}" y1="{TOP - 10}" x2="{x:.1f}" y2="{height - 34}"/>')
        out.append(f'<text class="small" x="{x:.1f}" y="{TOP - 14}" text-anchor="middle">{label}</text>')
        tick *= 2
    for n, (measure, ours, theirs, bare) in enumerate(rows):
        y = TOP + ROW * n
        better = speed_up(measure, ours, theirs)
        start, end = sorted((x_of(1), x_of(better)))
        out.append(f'<text x="{LEFT - 10}" y="{y + 19}" text-anchor="end">{escape(measure[1])}</text>')
        out.append(f'<rect class="bar{"" if better >= 1 else " slow"}" x="{start:.1f}" y="{y + 6}" width="{max(end - start, 1):.1f}" height="{ROW - 14}" rx="2"/>')
        out.append(f'<text x="{WIDTH - RIGHT + 14}" y="{y + 19}">{better:.2f} ×</text>')
        goal = goal_of(measure, theirs)
        if goal:
            out.append(f'<line class="goal" x1="{x_of(goal):.1f}" y1="{y + 2}" x2="{x_of(goal):.1f}" y2="{y + ROW - 4}"/>')
        if bare:
            x, middle = x_of(speed_up(measure, bare, theirs)), y + ROW / 2 - 1
            out.append(f'<path class="limit" d="M{x:.1f} {middle - 6}l6 6l-6 6l-6 -6z"/>')
    out.append(f'<text class="small" x="{LEFT}" y="{height - 10}">green line: the goal; diamond: a bare forking responder, the limit</text>')
    return '\n'.join(out) + '\n</svg>\n'
