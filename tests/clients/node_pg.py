#!/usr/bin/python3
"""node-postgres (pg), its own implementation of the protocol in JavaScript; the checks are in node_pg.mjs."""
import os
import sys

from harness import HERE, Missing, main, program

# Debian's node-pg lies in /usr/share/nodejs; where Node.js is not Debian's, npm installs pg and pg-cursor into build/node.
PLACES = [*os.environ.get('NODE_PATH', '').split(':'), os.path.join(HERE, '../../build/node/node_modules'), '/usr/share/nodejs']
MODULES = None


def find_client():
    global MODULES
    program('node', 'nodejs')
    MODULES = next((p for p in PLACES if p and os.path.isdir(p + '/pg') and os.path.isdir(p + '/pg-cursor')), None)
    if MODULES is None:
        raise Missing('no modules pg and pg-cursor for Node.js: install node-pg, or run: npm install --prefix build/node pg pg-cursor')


def programs(_):
    return [['node', os.path.join(HERE, 'node_pg.mjs'), MODULES, os.path.join(HERE, 'types.tsv')]]


if __name__ == '__main__':
    sys.exit(main('node-pg', programs, find_client))
