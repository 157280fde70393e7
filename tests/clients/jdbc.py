#!/usr/bin/python3
"""The JDBC driver, its own implementation of the protocol in Java; the checks are in JdbcClient.java."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

from harness import HERE, Missing, main, program

JARS = ['/usr/share/java/postgresql.jar', os.environ.get('FORKLORE_JDBC_JAR', '')]
CLASSES = None


def find_client():
    """Compiles the checks: javac takes no longer than letting `java` do it, and says what is wrong."""
    global CLASSES
    program('java', 'default-jre-headless')
    program('javac', 'default-jdk-headless')
    jars = [j for p in JARS for j in glob.glob(p)]
    if not jars:
        raise Missing('no JDBC driver: install libpostgresql-jdbc-java')
    CLASSES = tempfile.mkdtemp(prefix='forklore-jdbc-')
    done = subprocess.run(['javac', '-encoding', 'UTF-8', '-Xlint:all', '-cp', jars[0], '-d', CLASSES, os.path.join(HERE, 'JdbcClient.java')],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    CLASSES += ':' + jars[0]


def programs(_):
    return [['java', '-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', CLASSES, 'JdbcClient',
             os.path.join(HERE, 'types.tsv')]]


if __name__ == '__main__':
    try:
        status = main('jdbc', programs, find_client)
    finally:
        if CLASSES:
            shutil.rmtree(CLASSES.split(':')[0], ignore_errors=True)
    sys.exit(status)
