select (row(1, 'a'::text)).*
select (row(1, 2)).f1, (row(1, 2)).f2 + 1
select (row(1, 2)).f3
select (1).*
select (1).a
select (t.a).* from (select 1 a) t
select (t).* from (select 1 a, 2 b) t
select (t).*, t.a from (select 1 a, 2 b) t where (t).b = 2
select (json_each('{"a":1,"b":2}')).*
select (json_each('{"a":1,"b":2}')).*, 5 as x, (jsonb_each('{"c":[3]}')).*
select json_each('{"a":1,"b":"x y"}')
select (json_each('{"a":1,"b":2}')).key as k, (json_each('{"a":1,"b":2}')).value
select (json_each('{"a":1,"b":2}')).nosuch
select (x).a from (select t x from (select 1 a, 2 b) t) s
select (x).* from (select t x from (select 1 a, 2 b) t) s
select (x).* from (select json_each('{"a":1}') x) s
select (x).f1 from (select row(1, 2) x) s
select (x).key, count(*) from (select json_each('{"a":1,"b":1}') x) s group by (x).key order by (x).key desc
with w as (select row(1, 'q'::text) r) select (r).*, (r).f1 + 1 from w
select (r).f2 from (values (row(1, 'v'::text)), (null)) v(r)
select g, (select (x).value from (select json_each(j) x) s where (x).key = g::text) from generate_series(1, 2) g, (select '{"1":"one","2":"two"}'::json j) j
select row(t.*, 3) from (select 1 a, 2 b) t
select * from unnest(array[1, 2], array['a', 'b', 'c'])
select * from unnest(array[1, 2], array['a', 'b', 'c']) with ordinality as u(n, t, o)
select u.* from unnest(array[1, 2], array[3]) u
select n, t from unnest(array[1, 2], array['a']) as u(n, t) order by n desc
select * from unnest(array[1], 2)
select * from rows from (unnest(array[1, 2], array[3]), generate_series(7, 9)) r
select * from generate_series(1, 2) g, unnest(array[g], array[g, g + 1]) u(a, b)
select unnest(array[1], array[2])
select * from pg_catalog.unnest(array[1], array[2])
select a.*, b.* from unnest(array[1, 2]) a, unnest(array['x']) b
