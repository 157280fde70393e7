select has_table_privilege('pg_type', 'select, insert'), has_table_privilege('pg_settings', ' Select ')
select has_table_privilege('pg_settings', 'foo')
select has_table_privilege('pg_type', ' Select , ')
select has_table_privilege('nosuch', 'select')
select has_table_privilege('a.b', 'select')
select has_table_privilege('pg_catalog.pg_type', 'select'), has_table_privilege('"pg_type"', 'delete')
select has_table_privilege('nosuch', 'pg_type', 'select')
select has_table_privilege(99999::oid, 'select'), has_table_privilege('public', 'pg_settings', 'insert'), has_table_privilege('public', 'pg_type', 'select')
select has_table_privilege('pg_type', 'select with grant option'), has_table_privilege('public', 'pg_type', 'select with grant option')
select has_table_privilege(1247::oid, 'select'), has_table_privilege(10::oid, 1247::oid, 'update'), has_table_privilege(null, 'select')
select has_table_privilege('pg_type', 1)
select has_database_privilege('nosuch', 'connect')
select has_database_privilege(current_database(), 'connect, temp, temporary, create'), has_database_privilege('public', current_database(), 'create')
select has_schema_privilege('nosuch', 'usage')
select has_schema_privilege('public', 'usage, create'), has_schema_privilege('public', 'public', 'create'), has_schema_privilege('public', 'public', 'usage'), has_schema_privilege('public', 'pg_catalog', 'create')
select has_schema_privilege(11::oid, 'usage'), has_schema_privilege(12345::oid, 'usage')
select has_function_privilege('now()', 'execute'), has_function_privilege('abs(int)', 'execute'), has_function_privilege('pg_catalog.substr(text, integer)', 'execute')
select has_function_privilege('nosuch()', 'execute')
select has_function_privilege('now', 'execute')
select has_type_privilege('int4', 'usage'), has_type_privilege('varchar(5)', 'usage'), has_type_privilege('public', 'timestamp with time zone[]', 'usage')
select has_type_privilege('nosuch', 'usage')
select has_column_privilege('pg_type', 'typname', 'select'), has_column_privilege('pg_type', 1::int2, 'select')
select has_column_privilege('pg_type', 'nosuch', 'select')
select has_any_column_privilege('pg_type', 'select, references')
select pg_has_role(current_user, 'member'), pg_has_role(current_user, 'usage')
select pg_has_role('nosuch', 'usage')
select pg_has_role(current_user, 'foo')
select pg_has_role(current_user, current_user, 'MEMBER WITH ADMIN OPTION'), pg_has_role(10::oid, 'usage')
select has_tablespace_privilege('pg_default', 'create')
select has_tablespace_privilege('nosuch', 'create')
select has_parameter_privilege('work_mem', 'set'), has_language_privilege('sql', 'usage')
select has_language_privilege('cobol', 'usage')
select has_sequence_privilege('pg_type', 'usage')
select '127.0.0.1'::inet, '10.1.2.3/8'::inet, '::1'::inet, 'fe80::1/64'::inet, '192.168.0.1/32'::inet, '::ffff:1.2.3.4'::inet
select '1.2.3'::inet
select '1.2.3.4/33'::inet
select '1.2.3.4/'::inet
select ''::inet
select host('10.1.2.3/8'::inet), text('10.1.2.3'::inet), abbrev('10.1.2.3/32'::inet), masklen('::1/64'::inet), family('::1'::inet), '1.2.3.4'::inet::text
select '1.2.3.4'::inet < '1.2.3.5', '1.2.3.4/8'::inet < '1.2.3.4/16', '1.2.3.4'::inet = '1.2.3.4/32', '::1'::inet > '255.255.255.255', '2.0.0.0/8'::inet > '1.255.0.0/16'
select x from unnest('{10.0.0.1,::1,10.0.0.0/8,9.1.1.1/16,10.0.0.1/24}'::inet[]) x order by x
select inet_client_addr(), inet_client_port(), inet_server_addr(), inet_server_port()
select pg_typeof(inet_client_addr()), pg_typeof(inet_server_port())
select * from pg_timezone_abbrevs order by abbrev limit 20
select count(*) from pg_timezone_abbrevs
select * from pg_timezone_abbrevs where abbrev in ('MSK', 'ART', 'ZULU', 'EST', 'VET', 'AMST')
select name, abbrev, utc_offset from pg_timezone_names where name in ('UTC', 'Asia/Tokyo', 'Japan', 'Asia/Kolkata', 'America/Bogota') order by 1
select count(*) > 300, bool_and(abbrev <> '') from pg_timezone_names
