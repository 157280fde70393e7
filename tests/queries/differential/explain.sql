explain select 1
explain (costs off) select 1
explain (verbose) select 1, 'a', -1, 1.5, null, true, 5::bigint
explain (verbose, costs off) select g from generate_series(1, 3) g
explain (costs off) select g from generate_series(1, 3) g where g > 1 and g < 10 or not g = 2
explain (costs off) select g from generate_series(1, 3) g order by g desc nulls last, g + 1, g nulls first limit 2
explain (costs off) select sum(g), count(*) from generate_series(1, 3) g having sum(g) > 1
explain (costs off) select 1 where false
explain (costs off, verbose) values (1), (2)
explain (costs off, verbose) select a, a::text, case when a = 1 then 2 end from generate_series(1, 2) a where a is not null and coalesce(a, 1) > 1 and not a is distinct from 3 and abs(a) between 1 and 2
explain (costs off) select generate_series(1, 2)
explain (costs off) select 1 union all select 2
explain (costs off, analyze, timing off, summary off) select g from generate_series(1, 5) g where g > 2
explain (format json) select 1
explain (format json, costs off) select g from generate_series(1, 2) g where g > 1
explain (format json, verbose, costs off) select g, g + 1 from generate_series(1, 2) g
explain (format json, costs off, analyze, timing off, summary off) select g from generate_series(1, 2) g where g > 1
explain (format yaml) select 1
explain (format yaml, verbose, costs off) select g, g + 1 from generate_series(1, 2) g order by 1
explain (format yaml, costs off, analyze, timing off, summary off) select 1 union all select 2
explain (format xml) select 1
explain (format xml, verbose, costs off) select g, g < 1, 'a&b' from generate_series(1, 2) g
explain (format xml, costs off, analyze, timing off, summary off) select sum(g) from generate_series(1, 2) g
explain (costs off) select a, b from generate_series(1, 2) a join generate_series(1, 3) b on a + b > 2
explain (foo) select 1
explain (format foo) select 1
explain (analyze foo) select 1
explain (analyze 2) select 1
explain (analyze 1, costs 0, timing 0, summary 0) select 1
explain (timing) select 1
explain (wal) select 1
explain (buffers) select 1
explain (settings, buffers off) select 1
explain (format) select 1
explain (costs, costs off) select 1
explain (verbose maybe) select 1
explain execute nosuch
prepare explained as select $1::int + g from generate_series(1, 2) g
explain (costs off) execute explained(1)
explain execute explained
explain execute explained('x')
deallocate explained
explain (costs off) select nosuch
explain (costs off) select 1/0
explain (analyze) select 1 / (g - 1) from generate_series(1, 2) g
