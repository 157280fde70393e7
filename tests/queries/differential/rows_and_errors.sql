select 10 / (3 - g) from generate_series(1, 5) g
select 10 / (3 - g) from generate_series(1, 5) g limit 2
select g from generate_series(1, 5) g where 10 / (3 - g) > 0 limit 2
select g from generate_series(1, 5) g where 10 / (3 - g) > 0
select exists(select 10 / (3 - g) from generate_series(1, 5) g)
select (select 10 / (3 - g) from generate_series(1, 5) g)
select 1 in (select 10 / (3 - g) from generate_series(1, 5) g)
select 5 in (select 10 / (3 - g) from generate_series(1, 5) g)
select sum(10 / (3 - g)) from generate_series(1, 5) g
select * from (select 10 / (3 - g) x from generate_series(1, 5) g) s where x > 5 limit 1
select a, b from generate_series(1, 3) a, generate_series(1, 3) b where 1 / (5 - a - b) = 0 limit 2
select a, b from generate_series(1, 5) a join generate_series(1, 5) b on 6 / (4 - a) = b limit 2
select a, b from generate_series(1, 5) a left join generate_series(1, 5) b on a = b and 6 / (4 - b) > 1 limit 3
select (array[1, 2, 3])[g], ('{1,2,x}'::text[])[g]::int from generate_series(1, 4) g limit 2
select case when g = 4 then 1 / (g - 4) else g end from generate_series(1, 5) g limit 3
select setseed(0.5)
select random() < 0.5, random() < 0.3 from generate_series(1, 5)
select g, random() > 0.4 from generate_series(1, 20) g where random() < 0.5
select set_config('a.n', g::text, false), current_setting('a.n') from generate_series(1, 3) g
select set_config('a.n', g::text, false), 10 / (3 - g) from generate_series(1, 5) g limit 2
select current_setting('a.n')
select set_config('a.n', '0', false)
select count(*) from generate_series(1, 5) g where set_config('a.n', g::text, false) = current_setting('a.n')
select set_config('a.n', (current_setting('a.n')::int + 1)::text, false) from generate_series(1, 3)
select set_config('a.n', 'x', false) is null and current_setting('a.n') = 'x', current_setting('a.n') from generate_series(1, 2)
select sum(set_config('a.n', g::text, false)::int), max(current_setting('a.n')::int), string_agg(current_setting('a.n'), ',') from generate_series(1, 3) g
select x from (values (set_config('a.n', '1', false)), (current_setting('a.n')), (set_config('a.n', '2', false))) v(x)
select * from (values (1 / (2 - 1)), (length('abc') / (current_setting('a.n')::int - 2))) v(x) limit 1
select g, (select set_config('a.n', g::text, false)), current_setting('a.n') from generate_series(1, 3) g
