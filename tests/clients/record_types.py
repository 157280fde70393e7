#!/usr/bin/python3
"""Asks a real PostgreSQL how values look in text and in binary, and writes types.tsv, which the clients' checks read.

    record_types.py            rewrites types.tsv
    record_types.py --check    fails if the file is not what PostgreSQL says

Columns: type, its oid, what a user writes, what the server prints, the binary form in hexadecimal.
Settings: TimeZone=UTC, DateStyle=ISO, IntervalStyle=postgres, bytea_output=hex, extra_float_digits=1.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'protocol'))
import harness
import wire

# A tab or a line break inside a value is written as an escape of the type or of JSON, never raw: the file is a table.
VALUES = {
    'bool': ['true', 'off', 'y', '0'],
    'int2': ['0', '-1', '32767', '-32768', ' 12 '],
    'int4': ['0', '-1', '2147483647', '-2147483648', '+7'],
    'int8': ['0', '-1', '9223372036854775807', '-9223372036854775808'],
    'float4': ['0', '-0', '1.5', '0.1', '3.4028235e+38', '1.1754944e-38', '1e-45', '1e10', '123456.79', 'NaN', 'Infinity',
               '-infinity'],
    'float8': ['0', '-0', '1.5', '0.1', '1.7976931348623157e+308', '2.2250738585072014e-308', '5e-324', '1e15', '1e16',
               '123456789012345.68', '1e-4', '1e-5', 'NaN', 'inf', '-Infinity'],
    'numeric': ['0', '0.00', '-1', '1.10', '10000', '9999', '0.0001', '0.00012345', '12345678901234567890.0123', '1e20', '-1e-20',
                '1' + '0' * 60, '0.' + '0' * 40 + '1', '100000000', '-99999999.9999', 'NaN', 'Infinity', '-inf'],
    'numeric(10,2)': ['3.14159', '-0.005', '99999999.99'],
    'text': ['', 'plain', "quote ' and \" and \\ and %", 'žluťoučký kůň €', '\U0001F600 beyond the BMP', ' spaces ', 'NULL'],
    'varchar': ['', 'some text'],
    'varchar(5)': ['abc', 'žluťá', 'abc     '],
    'bpchar': ['abc  '],
    'char(5)': ['abc', 'ž'],
    'name': ['pg_class', 'with space'],
    'bytea': ['\\x', '\\x00ff5c27', '\\xDEADBEEF', '\\\\\\000a'],
    'oid': ['0', '26', '4294967295'],
    'date': ['2000-01-01', '1999-12-31', '2024-02-29', '0001-01-01', '4713-01-01 BC', '5874897-12-31', 'infinity', '-infinity',
             'Feb 3, 2021', '20240229'],
    'time': ['00:00:00', '13:14:15.123456', '24:00:00', '23:59:59.999999', '04:05 PM'],
    'timestamp': ['2000-01-01 00:00:00', '1999-12-31 23:59:59.999999', '2024-02-29 13:14:15.5', '4713-01-01 00:00:00 BC',
                  '294276-12-31 23:59:59.999999', 'infinity', '-infinity', '2024-02-29T13:14:15', 'epoch'],
    'timestamptz': ['2000-01-01 00:00:00+00', '2024-02-29 13:14:15.000001+05:30', '2024-07-01 12:00:00 Europe/Prague', 'infinity',
                    '-infinity', '1969-07-20 20:17:40Z', '4713-01-01 00:00:00+00 BC'],
    'interval': ['0', '1 day', '-1 day', '1 year 2 mons 3 days 04:05:06.789', '-00:00:01.5', '1 mon -1 day', '100 hours',
                 'P1Y2M3DT4H5M6S', '178000000 years', '@ 1 hour ago'],
    'uuid': ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}',
             '00000000-0000-0000-0000-000000000000', 'ffffffffffffffffffffffffffffffff'],
    'json': ['{"a": [1, 2.50, null, true], "č": "\\u017e"}', '[]', '"text"', ' 12 ', 'null'],
    'jsonb': ['{"b":1, "a": [1, 2.50, null, true], "č": "\\u017e", "a": 7}', '[]', '"text"', '1e3', 'null', '{}',
              '{"nested": {"x": [[], {}]}}'],
    'bool[]': ['{t,f,NULL}'],
    'int2[]': ['{1,-2}'],
    'int4[]': ['{}', '{1,2,3}', '{{1,2},{3,4}}', '{1,NULL}', '[0:1]={5,6}', '[2:2][3:4]={{1,2}}'],
    'int8[]': ['{9223372036854775807}'],
    'float4[]': ['{1.5,NaN}'],
    'float8[]': ['{0.1,-Infinity}'],
    'numeric[]': ['{1.10,NaN,-5e3}'],
    'text[]': ['{}', '{a,"b c","d\\"e","f\\\\g",NULL,"NULL","",ž,"{,}"}', '{{x,y},{z,w}}'],
    'varchar[]': ['{a,"b,c"}'],
    'bpchar[]': ['{a,"b  "}'],
    'name[]': ['{pg_class,x}'],
    'bytea[]': ['{"\\\\x00ff",NULL}'],
    'oid[]': ['{1,4294967295}'],
    'date[]': ['{2024-02-29,infinity}'],
    'time[]': ['{13:14:15}'],
    'timestamp[]': ['{"2024-02-29 13:14:15"}'],
    'timestamptz[]': ['{"2024-02-29 13:14:15+02"}'],
    'interval[]': ['{"1 day",NULL}'],
    'uuid[]': ['{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'],
    'json[]': ['{"{\\"a\\": 1}"}'],
    'jsonb[]': ['{"{\\"a\\":1}",NULL}'],
}


def table(server):
    lines = []
    with wire.session(server, TimeZone='UTC', client_encoding='UTF8') as c:
        for type_name, literals in VALUES.items():
            for literal in literals:
                row = [type_name]
                for result_format in (0, 1):
                    c.send(wire.parse(f'select $1::{type_name}'), wire.bind([literal], results=[result_format]), wire.describe(),
                           wire.execute(), wire.sync())
                    answer = c.ready()
                    problem = [wire.show(k, b) for k, b in answer if k == 'E']
                    if problem:
                        raise SystemExit(f'{type_name} {literal!r}: {problem[0]}')
                    value = [wire.data_row(b)[0] for k, b in answer if k == 'D'][0]
                    oid = [wire.columns(b)[0][3] for k, b in answer if k == 'T'][0]
                    if result_format == 0:
                        row += [str(oid), literal, value.decode()]
                    else:
                        row.append(value.hex())
                assert not any('\t' in x or '\n' in x for x in row), row
                lines.append('\t'.join(row))
    return '\n'.join(lines) + '\n'


def main():
    path = os.path.join(harness.HERE, 'types.tsv')
    with harness.PostgreSQL(harness.postgres_bin_dir(15)) as server:
        now = table(server)
    if '--check' in sys.argv:
        with open(path) as f:
            if f.read() != now:
                sys.exit('types.tsv differs from what PostgreSQL says; run record_types.py')
    else:
        with open(path, 'w') as f:
            f.write(now)
    print(f'{now.count(chr(10))} values')


main()
