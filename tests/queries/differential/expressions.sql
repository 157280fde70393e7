select 1, 'a', null, true, 1.5, 1e3, -7
select 1 as a, 'x'::text as b, length('abc'), 1+1, 'a'||'b'
select case when true then 1 else 1/0 end
select case 2 when 1 then 'a' when 2 then 'b' end
select case when false then 1 end
select coalesce(null, null, 3), coalesce(null, 'x'), nullif(1, 1), nullif(1, 2)
select greatest(1, 3, 2), least('b', 'a'), greatest(1, null, 2.5)
select 1 in (1, 2), 3 in (1, null), 3 not in (1, 2), null in (1)
select 5 between 1 and 10, 5 not between 1 and 3, 5 between symmetric 10 and 1
select true and null, false and null, true or null, not null
select null is null, 1 is not null, null is true, false is not true, null is unknown
select 1 is distinct from 1, null is distinct from 1, null is not distinct from null
select array[1,2,3], (array[1,2,3])[2], (array[1,2,3])[2:3], array[[1,2],[3,4]]
select 2 = any(array[1,2]), 2 = all(array[2,2]), 2 <> all(array[1,3]), 1 = any('{1,2}')
select array[1,2]::text[], '{1,2}'::int[], array[]::int[]
select (1,2) = (1,2), (1,2) < (1,3), (1,2) <> (1,2), row(1,2) = row(1,null)
select row(1, 'a b', null)
select '12'::int + 1, cast('1.50' as numeric), int '7', 7::text, text(5), 'abc'::varchar(2)
select 1 + 1.5, 2 ^ 3, 7 / 2, -7 / 2, 7 % 3, 1.0 / 3
select 'abc' like 'a%', 'abc' not like 'b%', 'ABC' ilike 'a%'
select (select 1), exists(select 1), exists(select 1 where false), array(select 1)
select 1/0
select 1 + 'a'
select 1 + true
select foo
select foo.bar
select f(1)
select f(1, 'x')
select 'a' + 'b'
select -'a'::text
select 1::nosuchtype
select cast(1 as date)
select 1::int(4)
select case when 1 then 2 end
select case when true then 1 else 'a' end
select case when true then 1 else true end
select coalesce(1, 'x')
select coalesce(1, true)
select array[1, true]
select array[]
select 1 where 1
select 1 limit 'x'
select 1 limit -1
select 1 offset -1
select * 
select t.* from (select 1) x
select sum(1), count(*) where false
select sum(x) from (values (1)) t(x) where sum(x) > 0
select sum(sum(x)) from (values (1)) t(x)
select x, y from (values (1, 2)) t(x, y) group by x
select count() from (values (1)) t(x)
select length(*) from (values (1)) t(x)
select length(distinct 'x')
select x from (values (1)) t(x), (values (2)) u(x)
select * from (values (1)) t, (values (2)) t
select * from nosuch
select * from nosuch.tab
select (select 1, 2)
select (select 1 union all select 2)
select 1 in (select 1, 2)
select 1 = any(1)
select $1
select 1 order by 2
select 1 as a, 2 as a order by a
select distinct 1 as a order by 2 + 1
select distinct on (y) x from (values (1,2)) t(x,y) order by x
select 1 union select 'a'
select 1 union select 1, 2
select 1 union select 2 order by 1 + 1
values (1, 2), (3)
select * from (values (1)) t(a, b)
select 1 from (select 1)
selec 1
select 'ä' as ö, ö
select generate_series(1, 2) where generate_series(1, 2) = 1
select case when true then generate_series(1, 2) end
select '1' = 1, '1' || 1, 1 || 'x'
select (1).x
select 'abc' collate "C"
select 'abc' collate nosuch
select 1 collate "C"
select lower('ABC'), pg_typeof('x'), pg_typeof(1), pg_typeof(1.5), pg_typeof(null), pg_typeof(array[1])
select format_type(23, -1), format_type(1043, 14), format_type(1007, null)
select current_schema, current_schemas(true)
