#!/usr/bin/python3
"""The server as a family of processes: its files, titles, limits, log, signals, and its end; each check starts its own.

    processes.py --server PROGRAM | --postgres  [--part PART]  [beginnings of checks…]

A part is one of the files in family/.
"""
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../clients'), HERE, os.path.join(HERE, 'family')]
import common
import harness

PARTS = ['starting', 'ending', 'reloading', 'limits', 'cancelling', 'visible', 'sharing']


def main():
    common.options = options = harness.arguments(lambda parser: parser.add_argument('--part', choices=PARTS, help='only these checks'))
    for name in PARTS:
        if options.part in (None, name):
            importlib.import_module(name)
    report = harness.Report('processes', options.server)
    for one in harness.CHECKS:
        if not options.checks or any(one.__name__.startswith(w) for w in options.checks):
            try:
                harness.run_check(report, one, None, options.limit * 2)
            except harness.Missing as missing:
                report.add(one.__name__, str(missing))
    report.summary('processes')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
