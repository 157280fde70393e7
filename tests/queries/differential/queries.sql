select * from generate_series(1, 3)
select i, i * 2 as d from generate_series(1, 3) as g(i) where i > 1
select * from generate_series(1, 2) with ordinality as t(v, n)
select * from (values (1, 'a'), (2, 'b')) t(x, y) join (values (2, 'c'), (3, 'd')) u(x, z) on t.x = u.x
select * from (values (1, 'a'), (2, 'b')) t(x, y) join (values (2, 'c'), (3, 'd')) u(x, z) using (x)
select * from (values (1, 'a'), (2, 'b')) t(x, y) natural join (values (2, 'c'), (3, 'd')) u(x, z)
select * from (values (1), (2)) t(x) left join (values (2), (3)) u(y) on x = y order by 1
select * from (values (1), (2)) t(x) right join (values (2), (3)) u(y) on x = y order by 2
select * from (values (1), (2)) t(x) full join (values (2), (3)) u(y) on x = y order by 1, 2
select * from (values (1), (2)) t(x) full join (values (2), (3)) u(x) using (x) order by 1
select * from (values (1), (2)) t(x) cross join (values (3), (4)) u(y) order by 1, 2
select * from (values (1), (2)) t(x) left join (values (2), (3)) u(y) on x < y and y < 3 order by 1, 2
select * from (values (1), (2)) t(x) left join (values (1), (2)) u(y) on x = y where y is null
select * from (values (1), (null)) t(x) join (values (1), (null)) u(y) on x = y
select a, b from generate_series(1, 3) a, generate_series(1, a) b order by 1, 2
select a, b from generate_series(1, 2) a, lateral (select a * 10 as b) s order by 1
select a, b from generate_series(1, 2) a left join lateral (select a as b where a > 1) s on true order by 1
select count(*), count(x), sum(x), min(x), max(x), avg(x) from (values (1), (2), (null)) t(x)
select count(*), sum(x) from (values (1)) t(x) where false
select x % 2 as m, count(*), sum(x) from generate_series(1, 10) x group by m order by m
select x % 2, count(*) from generate_series(1, 10) x group by 1 having count(*) > 100
select x % 3 as m, array_agg(x order by x desc) from generate_series(1, 7) x group by 1 order by 1
select string_agg(x::text, ',' order by x), count(distinct x % 2), sum(x) filter (where x > 2) from generate_series(1, 4) x
select x from generate_series(1, 5) x order by x desc limit 2 offset 1
select x from (values (2), (null), (1)) t(x) order by x
select x from (values (2), (null), (1)) t(x) order by x desc
select x from (values (2), (null), (1)) t(x) order by x nulls first
select x from (values (2), (1), (1)) t(x) order by x fetch first 1 rows with ties
select distinct x % 2 from generate_series(1, 6) x order by 1
select distinct on (x % 2) x % 2, x from generate_series(1, 6) x order by 1, 2 desc
select 1 union select 1 union select 2 order by 1
select 1 union all select 1
select x from generate_series(1, 4) x intersect select x from generate_series(3, 6) x order by 1
select x from generate_series(1, 4) x except select x from generate_series(3, 6) x order by 1
select 1 as a union select 2.5 order by a
with t as (select 1 as x) select * from t, t u
with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select sum(n), count(*) from t
with recursive t(n) as (select 1 union select n % 3 + 1 from t) select n from t order by n
select x, (select count(*) from generate_series(1, x)) from generate_series(1, 3) x
select x from generate_series(1, 5) x where exists (select 1 from generate_series(2, 3) y where y = x) order by 1
select x from generate_series(1, 5) x where x not in (select y from generate_series(2, 3) y) order by 1
select x in (select y from (values (1), (null)) t(y)) from generate_series(1, 2) x
select x > all (select y from generate_series(1, 2) y) from generate_series(2, 3) x
select generate_series(1, 3), generate_series(1, 2)
select generate_series(1, 2) + 10 as v order by v desc
select unnest(array[1, 2]), unnest(array['a', 'b', 'c'])
select unnest from unnest(array[3, 1, 2])
select t from (values (1, 'x')) t(a, b)
select (select x from (select 1 as x) s), (select max(x) from (values (1), (2)) t(x) where x < y) from (values (2), (3)) u(y)
select * from (select 1 as a, 2 as b) t where a = 1 and b = 3
values (1, 'a'), (2, null) order by 1 desc
