#!/usr/bin/python3
"""The explorer as its reader finds it: the page in a headless browser, on a living server.

    explorer_page.py --server PROGRAM [--shots FOLDER] [first words of a check…]

Skipped where there is no Chromium.
"""
import base64
import contextlib
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../../book/tests'))
import browser
import explorer_client    # finds the harness
import harness
from explorer_client import ask, connect, settings, wait_for_explorer, worker
from harness import check, contains, equal, title, wait_until

PORT = harness.free_port()
page = None
options = None

# What the tree shows: [pid, title, state, what it waits for] of each process below the postmaster.
TREE = '''[...document.querySelectorAll('#tree [aria-level="2"] > .row')].map(row => [...row.children].slice(0, 4).map(x => x.textContent))'''
ROOT = '''[...document.querySelector('#tree > li > .row').children].slice(0, 2).map(x => x.textContent)'''


def open_page(server, **how):
    wait_for_explorer(PORT)
    page.open(f'http://127.0.0.1:{PORT}/', **how)
    assert page.wait("document.getElementById('link').dataset.link === 'live'"), 'the page has no link to the server'


def shot(name, width):
    """A picture of the page, for whoever wants to look at it."""
    if not options.shots:
        return
    height = page.run('document.documentElement.scrollHeight')
    data = page.call('Page.captureScreenshot', format='png', captureBeyondViewport=True,
                     clip={'x': 0, 'y': 0, 'width': width, 'height': min(height, 4000), 'scale': 1})['data']
    with open(os.path.join(options.shots, name + '.png'), 'wb') as f:
        f.write(base64.b64decode(data))


def ps_titles(server):
    """pid → title of all the postmaster's children."""
    out = subprocess.run(['ps', '--no-headers', '-o', 'pid=,args=', '--ppid', str(server.pid)], stdout=subprocess.PIPE, text=True).stdout
    return {int(pid): args.strip() for pid, _, args in (line.strip().partition(' ') for line in out.splitlines())}


def clients(stack, server, count, **more):
    return [stack.enter_context(contextlib.closing(connect(server, **more))) for _ in range(count)]


def agree(server, observer):
    """Waits until the page shows what pg_stat_activity and ps tell. Two processes change by being asked: they are only to be there."""
    restless = {ask(observer, 'select pg_backend_pid()')[0][0], worker(server)}
    differences = []

    def same():
        rows = ask(observer, "select pid, coalesce(state, ''), coalesce(wait_event, '') from pg_stat_activity")
        seen = {int(pid): rest for pid, *rest in page.run(TREE)}
        titles = ps_titles(server)
        wanted = {pid: [titles.get(pid), state, wait] for pid, state, wait in rows}
        differences[:] = [(pid, wanted.get(pid), seen.get(pid)) for pid in wanted.keys() | seen.keys() | titles.keys()
                          if (pid in wanted, pid in titles) != (pid in seen, pid in seen) or
                          pid not in restless and wanted[pid] != seen[pid]]
        return not differences
    try:
        wait_until(same, 20, 'agreement')
    except AssertionError:
        raise AssertionError(f'pid, pg_stat_activity and ps, the page: {differences[:5]}') from None
    equal(page.run(ROOT), [str(server.pid), title(server.pid)], 'the root')


@check
def the_tree_is_the_servers(server):
    with contextlib.ExitStack() as stack:
        observer, busy, torn, *_ = clients(stack, server, 8)
        ask(busy, 'begin; select 1')
        with contextlib.suppress(Exception):
            ask(torn, 'begin; select 1/0')
        open_page(server)
        agree(server, observer)
        contains([row[2] for row in page.run(TREE)], 'idle in transaction')
        contains([row[2] for row in page.run(TREE)], 'idle in transaction (aborted)')
        shot('eight', 1440)


@check
def the_tree_follows(server):
    open_page(server)
    page.complaints()
    at_hand = '''document.querySelector('#tree [data-pid="{}"]') !== null'''
    observer = connect(server)
    for _ in range(3):
        c = connect(server)
        pid = ask(c, 'select pg_backend_pid()')[0][0]
        assert page.wait(at_hand.format(pid)), 'a new client does not appear'
        c.close()
        assert page.wait('!(' + at_hand.format(pid) + ')'), 'a client that has gone does not disappear'
    agree(server, observer)
    observer.close()
    equal(page.complaints(), [], 'complaints and further requests')


@check
def fifty_processes(server):
    with contextlib.ExitStack() as stack:
        observer = clients(stack, server, 50, application_name='a program with a name that is not short at all')[0]
        for width, dark in ((1280, False), (1280, True), (360, False), (360, True)):
            open_page(server, width=width, dark=dark)
            agree(server, observer)
            equal(page.run('document.documentElement.scrollWidth'), width, 'the width that the page takes')
            shot(f'fifty-{width}-{"dark" if dark else "light"}', width)
        equal([x for x in page.complaints() if 'asked for http://127.0.0.1' not in x], [])


@check
def under_load(server):
    # Eight sessions that never rest.
    program = harness.program('pgbench', 'postgresql')
    scripts = []
    for name, text in (('work', 'select count(*) from generate_series(1, 20000000)'), ('tell', "select pg_notify('load', 'x')")):
        with open(os.path.join(server.root, name + '.sql'), 'w') as f:
            f.write(text + ';\n')
        scripts += ['-f', f.name]
    with contextlib.ExitStack() as stack:
        listener, = clients(stack, server, 1)
        ask(listener, 'listen load')
        load = subprocess.Popen([program, '-n', '-c', '8', '-T', '60', *scripts], env=server.environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(load.wait)
        stack.callback(load.kill)
        open_page(server, width=1280)
        assert page.wait("document.querySelectorAll('#tree .state[data-state=active]').length > 4"), page.run(TREE)
        assert page.wait("Number([...document.querySelectorAll('#channels tr')].find(r => r.cells[0].textContent === 'load')"
                         "?.cells[4].textContent.replaceAll(',', '') ?? 0) > 0"), 'nothing flows'
        shot('load', 1280)


@check
def keys_are_enough(server):
    with contextlib.ExitStack() as stack:
        clients(stack, server, 3)
        open_page(server)
        assert page.wait('document.querySelectorAll(\'#tree [aria-level="2"]\').length > 3')
        where = "document.activeElement.id || document.activeElement.getAttribute('role') || document.activeElement.tagName"
        stops = []
        while 'treeitem' not in stops:
            page.key('Tab')
            stops.append(page.run(where))
            assert len(stops) < 8, stops
        contains(stops, 'pause')
        level = "Number(document.activeElement.getAttribute('aria-level'))"
        opened = "document.activeElement.getAttribute('aria-expanded')"
        equal((page.run(level), page.run(opened)), (1, 'true'), 'where Tab leads')
        page.key('ArrowDown')
        equal((page.run(level), page.run(opened)), (2, 'false'))
        ring = page.run("getComputedStyle(document.activeElement.firstElementChild).outlineStyle")
        equal(ring, 'solid', 'what shows the focus')
        page.key('ArrowRight')
        equal((page.run(level), page.run(opened)), (2, 'true'))
        page.key('ArrowRight')
        equal(page.run(level), 3)
        page.key('ArrowLeft')
        page.key('ArrowLeft')
        equal((page.run(level), page.run(opened)), (2, 'false'))
        page.key('Enter')
        equal(page.run(opened), 'true')
        page.key('End')
        equal(page.run("document.activeElement === [...document.querySelectorAll('#tree [role=treeitem]')].filter(x => !x.closest('[hidden]')).at(-1)"), True)
        page.key('Home')
        before = page.run(TREE)
        page.key('ArrowLeft')
        equal((page.run(level), page.run(opened)), (1, 'false'))
        page.key('ArrowRight')
        equal([row[:1] for row in page.run(TREE)], [row[:1] for row in before], 'the tree, closed and opened')
        equal(page.run("document.querySelectorAll('#tree [tabindex=\"0\"]').length"), 1, 'stops of Tab in the tree')
        # the rest of the page
        page.key('Tab')
        equal(page.run(where), 'lines')


@check
def the_focus_survives_its_process(server):
    keeper, c = connect(server), connect(server)
    pid = ask(c, 'select pg_backend_pid()')[0][0]
    open_page(server)
    at = f'document.querySelector(\'#tree [data-pid="{pid}"]\')'
    assert page.wait(at + ' !== null')
    page.run(at + '.querySelector(".row").click()')
    equal(page.run('document.activeElement.dataset.pid'), str(pid))
    c.close()
    assert page.wait(at + ' === null')
    equal(page.run("document.activeElement.getAttribute('role')"), 'treeitem')
    keeper.close()


@check
def everything_has_a_name(server):
    open_page(server)
    nodes = page.call('Accessibility.getFullAXTree')['nodes']
    for node in nodes:
        role = node.get('role', {}).get('value')
        if role in ('treeitem', 'tree', 'button', 'region', 'meter', 'link', 'heading', 'table'):
            assert node.get('ignored') or role == 'table' or node.get('name', {}).get('value'), node
    roles = [node['role']['value'] for node in nodes if 'role' in node]
    equal(roles.count('tree'), 1)
    assert roles.count('treeitem') >= 2, roles


@check
def motion_can_be_reduced(server):
    open_page(server)
    page.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-reduced-motion', 'value': 'reduce'}])
    c = connect(server)
    pid = ask(c, 'select pg_backend_pid()')[0][0]
    row = f'document.querySelector(\'#tree [data-pid="{pid}"] > .row\')'
    assert page.wait(row + ' !== null')
    equal(page.run(f'getComputedStyle({row}).animationName'), 'none')
    c.close()


@check
def last_words_are_shown(server):
    c = connect(server)
    pid = ask(c, 'select pg_backend_pid()')[0][0]
    with contextlib.suppress(Exception):
        ask(c, "select '<b>bold</b>'::int")
    open_page(server)
    assert page.wait("document.getElementById('lines').textContent.includes('invalid input syntax for type integer: \"<b>bold</b>\"')")
    at = f'document.querySelector(\'#tree [data-pid="{pid}"]\')'
    assert page.wait(at + ' !== null')
    page.run(at + '.querySelector(".row").click()')
    facts = page.run(at + '.textContent')
    contains(facts, 'ERROR:  invalid input syntax')
    contains(facts, 'tester in postgres')
    c.close()


@check
def memory_and_locks_are_shown(server):
    c = connect(server)
    open_page(server)
    wanted = [name for name, in ask(c, "select name from pg_shmem_allocations where off is not null order by off")]
    equal(page.run("[...document.querySelectorAll('#structures tr')].map(r => r.cells[0].textContent)"), wanted + ['the directory of names', 'free'])
    equal(page.run("document.querySelectorAll('#map span').length"), len(wanted) + 2, 'pieces of the map')
    contains(page.run("[...document.querySelectorAll('#tranches tr')].map(r => r.cells[0].textContent)"), 'NotifyQueue')
    equal(page.run("document.getElementById('locks-off').hidden"), True)
    c.close()


@check
def nobody_looks_while_it_is_paused(server):
    open_page(server)
    idle = lambda: 'ExplorerMain' == ask(c, f'select wait_event from pg_stat_activity where pid = {worker(server)}')[0][0]
    c = connect(server)
    page.run("document.getElementById('pause').click()")
    equal(page.run("document.getElementById('link').textContent"), 'paused')
    new = connect(server)
    pid = ask(new, 'select pg_backend_pid()')[0][0]
    wait_until(idle, 60, 'an explorer at rest')
    equal(page.run(f'document.querySelector(\'#tree [data-pid="{pid}"]\') === null'), True)
    page.run("document.getElementById('pause').click()")
    assert page.wait(f'document.querySelector(\'#tree [data-pid="{pid}"]\') !== null'), 'it does not go on'
    new.close()
    c.close()


@check
def comes_back_with_the_explorer(server):
    open_page(server)
    first = worker(server)
    os.kill(first, signal.SIGKILL)
    shown = "document.querySelector('#tree [data-pid=\"{}\"]') !== null && document.getElementById('link').dataset.link === 'live'"
    second = wait_until(lambda: (pid := worker(server)) != first and pid, 20, 'another explorer')
    assert any(page.wait(shown.format(second)) for _ in range(10)), 'the page has not come back'


@check
def ends_with_the_server(server):
    open_page(server)
    children = server.children()
    equal(server.stop(), 0)
    assert not any(harness.alive(pid) for pid in children)
    assert page.wait("document.getElementById('link').dataset.link === 'waiting'")
    server.start()
    assert any(page.wait("document.getElementById('link').dataset.link === 'live'") for _ in range(10)), 'the page has not come back'


if __name__ == '__main__':
    options = harness.arguments(lambda parser: parser.add_argument('--shots', help='where to leave pictures of the page'))
    options.limit = max(options.limit, 90)
    if browser.find() is None:
        print('there is no Chromium')
        sys.exit(harness.SKIPPED)
    with browser.Browser() as page:
        sys.exit(harness.main('explorer-page', options=options, tls=False, settings=settings(PORT)))
