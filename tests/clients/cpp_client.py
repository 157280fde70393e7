#!/usr/bin/python3
"""The clients in C++, libpq and libpqxx: their checks are in …_client.cpp, which the build makes where the library is installed."""
import os
import sys

from harness import HERE, Missing, arguments, main


def options_of_clients(parser):
    parser.add_argument('--client', required=True, choices=('libpq', 'libpqxx'))
    parser.add_argument('--program', required=True, help='the program of checks, as built')


if __name__ == '__main__':
    options = arguments(options_of_clients)

    def find_client():
        if not os.access(options.program, os.X_OK):
            raise Missing(f'{options.program} is not built: install {options.client}-dev, configure and build again')

    def programs(_):
        return [[os.path.abspath(options.program), os.path.join(HERE, 'types.tsv')]]

    sys.exit(main(options.client, programs, find_client, options))
