select (select sum(g)) from generate_series(1, 3) g
select (select sum(g) + count(*) from generate_series(1, 2) h) from generate_series(1, 3) g
select (select max(g) + max(h) from generate_series(1, 2) h) from generate_series(1, 3) g
select g % 2, (select sum(g)), (select count(g) + g % 2) from generate_series(1, 5) g group by g % 2 order by 1
select g % 2 as k from generate_series(1, 5) g group by g % 2 having (select sum(g) > 6) order by 1
select (select string_agg(g::text, '-' order by g desc) from (values (1)) v) from generate_series(1, 3) g
select (select (select avg(g))) from generate_series(1, 3) g
select (select sum(g) filter (where g > 1)), sum(g) from generate_series(1, 3) g
select (select sum(g + h) from generate_series(1, 2) h) from generate_series(1, 2) g
select exists(select 1 where sum(g) > 5), 6 in (select sum(g)) from generate_series(1, 3) g
select (select sum(g) where sum(g) > 5) from generate_series(1, 3) g
select g, (select sum(g)) from generate_series(1, 3) g
select 1 from (values (1)) v(g) where (select sum(g)) > 1
select (select count(g) from generate_series(1, 2) h group by h) from generate_series(1, 3) g
select (select sum(sum(g))) from generate_series(1, 3) g
select array(select sum(g) + h from generate_series(1, 2) h) from generate_series(1, 3) g
select sum((select g)), (select sum(g)) from generate_series(1, 3) g
select g % 2, array(select count(distinct g) * h from generate_series(1, 2) h order by count(g), h desc) from generate_series(1, 5) g group by 1 order by 1
select (select min(a.x) from (select 1) b) from (values (3), (2)) a(x)
