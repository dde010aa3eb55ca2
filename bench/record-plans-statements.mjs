/** 2,000 customers with 10 orders each, events by month, a file and the tables themselves through postgres_fdw. */
export const schema = ({ port, password }) => `
  create table customers (id bigint primary key, name text not null, country text not null);
  create table orders (id bigint primary key, customer_id bigint not null references customers, status text not null, total numeric not null, note text);
  create table settings (key text primary key, value text);
  insert into customers select n, 'customer ' || n, case when n % 50 = 0 then 'fr' else 'us' end from generate_series(1, 2000) n;
  insert into orders select n, 1 + n % 2000, case when n <= 50 then 'refunded' when n % 3 = 0 then 'paid' else 'new' end, n % 997, repeat('x', 60)
    from generate_series(1, 20000) n;
  insert into settings select 'key ' || n, 'value' from generate_series(1, 200) n;
  create index orders_customer_id_idx on orders (customer_id);
  create index orders_total_idx on orders (total);
  create table places (id int, spot point);
  insert into places select n, point(n % 100, n / 100) from generate_series(1, 5000) n;
  create index places_spot_idx on places using gist (spot);
  create table events (at date not null, kind int) partition by range (at);
  create table events_2026_01 partition of events for values from ('2026-01-01') to ('2026-02-01');
  create table events_2026_02 partition of events for values from ('2026-02-01') to ('2026-03-01');
  create table events_2026_03 partition of events for values from ('2026-03-01') to ('2026-04-01');
  create index on events (at);
  insert into events select date '2026-01-01' + n % 90, n % 7 from generate_series(1, 3000) n;
  create schema "Weird";
  create table "Weird"."My ""Table""" ("a b" int primary key, "C" text);
  insert into "Weird"."My ""Table""" select n, 'x' from generate_series(1, 100) n;

  create extension file_fdw;
  create server files foreign data wrapper file_fdw;
  create foreign table version_file (line text) server files options (filename 'PG_VERSION');
  create extension postgres_fdw;
  create server loopback foreign data wrapper postgres_fdw options (host '127.0.0.1', port '${port}', dbname 'postgres', async_capable 'true');
  create server loopback_too foreign data wrapper postgres_fdw options (host '127.0.0.1', port '${port}', dbname 'postgres', async_capable 'true');
  create user mapping for postgres server loopback options (user 'postgres', password '${password}');
  create user mapping for postgres server loopback_too options (user 'postgres', password '${password}');
  create foreign table far_orders (id bigint, customer_id bigint, total numeric) server loopback options (table_name 'orders');
  create foreign table far_customers (id bigint, name text) server loopback options (table_name 'customers');
  create table spread (id bigint, total numeric) partition by hash (id);
  create foreign table spread_0 partition of spread for values with (modulus 2, remainder 0) server loopback options (table_name 'orders');
  create foreign table spread_1 partition of spread for values with (modulus 2, remainder 1) server loopback_too options (table_name 'orders');

  create function plan_of_new() returns trigger language plpgsql as $$
    declare line text;
    begin
      for line in execute 'explain (analyze, buffers) select count(*) from fresh where value <> ''b''' loop raise notice 'PLAN %', line; end loop;
      return null;
    end $$;
  create trigger settings_new after insert on settings referencing new table as fresh for each statement execute function plan_of_new();
  create view paid as select * from orders where status = 'paid';`;

const shared = {
  max_parallel_workers_per_gather: "2",
  parallel_setup_cost: "0",
  parallel_tuple_cost: "0",
  min_parallel_table_scan_size: "0",
  min_parallel_index_scan_size: "0",
};
const little = { work_mem: "64kB", track_io_timing: "on" };
const noHash = { enable_hashjoin: "off" };
const onlyLoops = { enable_hashjoin: "off", enable_mergejoin: "off" };

const joined = "select * from orders o join customers c on c.id = o.customer_id";
const verbose = "analyze, verbose, buffers";

/** Of every node of `ExplainNode` in src/backend/commands/explain.c that a server without further extensions makes. */
export const statements = [
  { name: "Result", sql: "select 1" },
  { name: "Result with a filter that is false", sql: "select * from orders where (select false) and total > 3" },
  { name: "Result that reads nothing", sql: "select * from orders where false" },
  { name: "ProjectSet", sql: "select generate_series(1, id) from customers where id < 20" },
  { name: "Seq Scan", sql: "select * from orders where note <> 'y' and total + 1 = 5" },
  { name: "Seq Scan planned only", sql: "select * from orders where total + 1 = 5", options: "verbose" },
  { name: "Seq Scan without timing", sql: "select * from orders where total + 1 = 5", options: "analyze, buffers, timing off" },
  {
    name: "Seq Scan with settings",
    sql: joined,
    options: "analyze, buffers, settings",
    settings: { ...noHash, random_page_cost: "1.1", search_path: `"$user", public` },
  },
  { name: "Seq Scan of a quoted name", sql: `select "C" from "Weird"."My ""Table""" "t (1)" where "C" <> 'it''s: (x)'`, options: verbose },
  {
    name: "Seq Scan with a constant over lines",
    sql: "select * from orders where note <> E'a\\n  ->  Seq Scan on b  (cost=1.00..2.00 rows=1 width=1)\\n  Filter: c'",
  },
  { name: "Index Scan", sql: "select * from orders where customer_id = 7 and total > 3", settings: { enable_bitmapscan: "off" } },
  { name: "Index Scan backward", sql: "select * from orders order by id desc limit 3" },
  { name: "Index Scan by distance", sql: "select * from places order by spot <-> point '(3,4)' limit 5" },
  {
    name: "Index Scan of a quoted name",
    sql: `select "C" from "Weird"."My ""Table""" where "a b" = 3`,
    settings: { enable_seqscan: "off", enable_bitmapscan: "off" },
  },
  { name: "Index Only Scan", sql: "select id from orders where id < 100", settings: { enable_bitmapscan: "off" } },
  { name: "Bitmap Heap Scan", sql: "select * from orders where customer_id = 7 or total = 5", settings: { enable_seqscan: "off" } },
  {
    name: "BitmapAnd",
    sql: "select * from orders where customer_id between 1 and 300 and total between 1 and 40",
    settings: { enable_seqscan: "off", enable_indexscan: "off" },
  },
  {
    name: "Bitmap Heap Scan with lossy blocks",
    sql: "select * from orders where total < 700 and note is not null",
    settings: { ...little, enable_seqscan: "off", enable_indexscan: "off" },
  },
  {
    name: "Bitmap Heap Scan by workers",
    sql: "select count(*) from orders where total < 700",
    settings: { ...shared, enable_seqscan: "off", enable_indexscan: "off", enable_indexonlyscan: "off" },
  },
  { name: "Tid Scan", sql: "select * from customers where ctid = '(0,1)' or ctid = '(0,2)'" },
  { name: "Tid Range Scan", sql: "select * from customers where ctid > '(0,1)' and ctid < '(3,0)'" },
  { name: "Sample Scan", sql: "select * from customers tablesample bernoulli (10) repeatable (3) where id > 5" },
  { name: "Function Scan", sql: "select * from generate_series(1, 1000) n where n > 3", options: verbose },
  {
    name: "Function Scan of several",
    sql: "select * from rows from (generate_series(1, 3), generate_series(1, 5)) as t (a, b)",
    options: verbose,
  },
  {
    name: "Table Function Scan",
    sql: "select * from xmltable('/a/b' passing '<a><b>1</b></a>' columns c text path '.') where c <> ''",
    options: verbose,
  },
  {
    name: "Table Function Scan of JSON",
    sql: `select * from json_table('[1, 2]', '$[*]' columns (n int path '$'))`,
    options: verbose,
    from: 17,
  },
  { name: "Values Scan", sql: "select * from (values (1, 'a'), (2, 'b')) v (n, t) where n > 1 order by t" },
  {
    name: "CTE Scan",
    sql: "with few as materialized (select * from orders where total < 5) select count(*) from few a join few b using (id) where a.total < (select avg(total) from orders)",
  },
  { name: "CTE Scan that stops early", sql: "with w as materialized (select * from orders) select * from w limit 3", options: verbose },
  { name: "CTE that writes", sql: "with gone as (delete from settings where key < 'key 2' returning *) select count(*) from gone" },
  {
    name: "Recursive Union",
    sql: "with recursive t (n) as (select 1 union all select n + 1 from t where n < 50) select sum(n) from t where n > 2",
  },
  { name: "Subquery Scan", sql: "select * from (select id, random() as r from customers offset 0) s where r > 0.5" },
  {
    name: "Named Tuplestore Scan",
    sql: "-- of a trigger's transition table\ninsert into settings select 'new ' || n, 'a' from generate_series(1, 50) n",
  },
  { name: "Append", sql: "select id from customers union all select id from orders" },
  {
    name: "Append of partitions",
    sql: "select count(*) from events where at > '2026-01-15'",
    settings: { enable_partitionwise_aggregate: "on" },
  },
  { name: "Append with partitions pruned at the start", sql: "select * from events where at = (select date '2026-02-05')" },
  {
    name: "Append with partitions removed",
    sql: "execute by_day('2026-02-05')",
    setup: [
      "deallocate all",
      "set local plan_cache_mode = force_generic_plan",
      "prepare by_day (date) as select * from events where at = $1",
    ],
  },
  { name: "Append by workers", sql: "select count(*) from (select id from customers union all select id from orders) x", settings: shared },
  {
    name: "Merge Append",
    sql: "(select id from customers order by id) union all (select id from orders order by id) order by id limit 20",
  },
  { name: "Nested Loop", sql: "select * from settings s join customers c on c.name > s.key where c.id < 20" },
  {
    name: "Nested Loop with an index",
    sql: `${joined} where o.id < 100`,
    settings: { ...onlyLoops, enable_memoize: "off" },
    options: verbose,
  },
  {
    name: "Nested Loop with a lateral subquery",
    sql: "select * from customers c cross join lateral (select * from orders o where o.customer_id = c.id order by total limit 2) l where c.id < 30",
  },
  {
    name: "Nested Loop anti join",
    sql: "select * from customers c where not exists (select from orders o where o.customer_id = c.id and o.total > 990)",
    settings: onlyLoops,
  },
  {
    name: "Materialize",
    sql: "select * from settings s left join customers c on c.name > s.key and c.country = 'fr'",
    settings: { enable_material: "on" },
  },
  { name: "Memoize", sql: `${joined} where o.id < 8000`, settings: onlyLoops },
  { name: "Memoize with evictions", sql: `${joined} where o.id < 8000`, settings: { ...onlyLoops, ...little } },
  { name: "Memoize by workers", sql: joined.replace("join", "left join"), settings: { ...onlyLoops, ...shared } },
  { name: "Hash Join", sql: `${joined} where c.country = 'fr'` },
  { name: "Hash Join in batches", sql: joined, settings: { ...little, enable_mergejoin: "off", enable_nestloop: "off" } },
  {
    name: "Hash Join with more batches than planned",
    sql: "select * from customers c join orders o on o.customer_id = c.id and o.note || 'y' like '%x%' and o.total + 1 > 0",
    settings: { ...little, enable_mergejoin: "off", enable_nestloop: "off" },
  },
  {
    name: "Hash right join",
    sql: "select * from customers c left join orders o on c.id = o.customer_id and o.total < 5",
    options: verbose,
  },
  { name: "Hash full join", sql: "select * from customers c full join orders o on c.id = o.customer_id where c.id is null or o.id > 5" },
  { name: "Hash semi join", sql: "select * from customers c where id in (select customer_id from orders where total < 20)" },
  {
    name: "Hash anti join",
    sql: "select * from customers c where not exists (select from orders o where o.customer_id = c.id and o.total < 500)",
  },
  {
    name: "Parallel Hash Join",
    sql: `select count(*) from (${joined}) x`.replace("*) from (select *", "*) from (select o.*"),
    settings: { ...shared, enable_mergejoin: "off", enable_nestloop: "off" },
  },
  {
    name: "Merge Join",
    sql: "select * from orders o join customers c on c.id = o.id and c.name <> o.note",
    settings: { ...noHash, enable_nestloop: "off" },
  },
  {
    name: "Merge left join",
    sql: "select * from orders o left join customers c on c.id = o.customer_id",
    settings: { ...noHash, enable_nestloop: "off" },
  },
  { name: "Sort", sql: "select * from customers order by name, id desc nulls last" },
  { name: "Sort on disk", sql: "select * from orders order by note, total desc", settings: little },
  { name: "Sort of the first rows", sql: "select * from orders order by total, id limit 5" },
  { name: "Sort with a collation", sql: `select * from customers order by name collate "POSIX" desc nulls last`, options: verbose },
  { name: "Incremental Sort", sql: "select * from orders order by customer_id, note limit 300" },
  { name: "Incremental Sort of all", sql: "select * from orders order by customer_id, note, total", settings: { enable_sort: "off" } },
  {
    name: "Incremental Sort by workers",
    sql: "select * from orders order by customer_id, note, total",
    settings: { ...shared, enable_sort: "off", enable_seqscan: "off" },
  },
  { name: "Group", sql: "select country from customers group by country order by country", settings: { enable_hashagg: "off" } },
  {
    name: "Group of expressions",
    sql: "select lower(country) from customers group by lower(country), id % 2 having lower(country) <> 'x'",
    settings: { enable_hashagg: "off" },
  },
  { name: "Aggregate", sql: "select count(*), max(total) filter (where status = 'paid') from orders" },
  { name: "HashAggregate", sql: "select status, count(*) from orders group by status having count(*) > 60" },
  { name: "HashAggregate on disk", sql: "select id, customer_id, count(*) from orders group by id, customer_id, note", settings: little },
  { name: "HashAggregate by workers", sql: "select customer_id, count(*) from orders group by customer_id", settings: shared },
  { name: "GroupAggregate", sql: "select customer_id, count(distinct total) from orders group by customer_id having count(*) > 3" },
  {
    name: "MixedAggregate",
    sql: "select country, name, count(*) from customers group by grouping sets ((country), (name), (country, name), ())",
  },
  {
    name: "GroupAggregate of grouping sets",
    sql: "select country, name, count(*) from customers group by grouping sets (rollup (country, name), (name))",
    settings: { enable_hashagg: "off" },
  },
  {
    name: "GroupAggregate of a rollup",
    sql: "select status, total, count(*) from orders group by rollup (status, total)",
    options: verbose,
  },
  { name: "WindowAgg", sql: "select rank() over (partition by country order by name rows 3 preceding), sum(id) over () from customers" },
  {
    name: "WindowAgg that stops",
    sql: "select * from (select id, row_number() over (order by id) n from orders) x where n <= 5",
    from: 15,
  },
  { name: "Unique", sql: "select distinct on (country) * from customers order by country, id" },
  {
    name: "Unique by workers",
    sql: "select distinct country, name from customers",
    settings: { ...shared, enable_hashagg: "off" },
    options: verbose,
  },
  { name: "SetOp", sql: "select id from customers intersect all select id from orders" },
  { name: "SetOp by sorting", sql: "select id from customers except select id from orders", settings: { enable_hashagg: "off" } },
  { name: "HashSetOp", sql: "select country from customers except select status from orders" },
  { name: "LockRows", sql: "select * from settings where key < 'key 2' for update" },
  { name: "Limit", sql: "select * from orders limit 20 offset 100" },
  {
    name: "Gather",
    sql: "select * from orders where total = 5",
    settings: { ...shared, enable_indexscan: "off", enable_bitmapscan: "off" },
  },
  {
    name: "Gather, each worker told",
    sql: "select count(*) from orders where note is not null",
    settings: shared,
    options: "analyze, verbose, buffers, settings, wal",
  },
  {
    name: "Gather with one copy",
    sql: "select count(*) from orders",
    settings: { debug_parallel_query: "on" },
    from: 16,
  },
  { name: "Gather Merge", sql: "select id, note from orders order by note, total", settings: shared },
  { name: "Gather Merge, each worker told", sql: "select id, note from orders order by note, total", settings: shared, options: verbose },
  {
    name: "Parallel Index Scan",
    sql: "select count(*) from orders where id < 15000",
    settings: { ...shared, enable_seqscan: "off", enable_bitmapscan: "off" },
    options: verbose,
  },
  { name: "a join under Gather", sql: `${joined} where o.total < 50`, settings: { ...shared, enable_mergejoin: "off" }, options: verbose },
  {
    name: "an InitPlan and a SubPlan",
    sql: "select (select max(total) from orders o where o.customer_id = c.id), (select count(*) from settings) from customers c where id < 50",
  },
  {
    name: "a hashed SubPlan",
    sql: "select * from customers where id not in (select customer_id from orders where total < 3) and name <> 'x'",
  },
  {
    name: "alternatives of a SubPlan",
    sql: "select id, exists (select from orders o where o.customer_id = c.id and total < 3) from customers c",
  },
  {
    name: "an InitPlan below workers",
    sql: "select count(*) from orders where total > (select avg(total) from orders)",
    settings: shared,
    options: verbose,
  },
  {
    name: "never executed",
    sql: "select * from customers c join orders o on o.customer_id = c.id where c.country = 'nowhere'",
    settings: onlyLoops,
  },
  {
    name: "Insert",
    sql: "insert into orders select n, 1, 'new', 1, null from generate_series(30001, 30100) n",
    options: "analyze, buffers, wal, verbose",
  },
  {
    name: "Insert with a trigger of a foreign key",
    sql: "insert into orders select n, 1, 'new', 1, null from generate_series(30001, 30100) n",
  },
  {
    name: "Insert on conflict",
    sql: "insert into customers values (1, 'a', 'b'), (9999, 'c', 'd') on conflict (id) do update set name = excluded.name where customers.country <> 'us'",
  },
  { name: "Insert on conflict do nothing", sql: "insert into customers select 1, 'a', 'b' on conflict do nothing" },
  { name: "Update", sql: "update customers set name = name || '!' where id < 50 returning *", options: "analyze, buffers, wal, verbose" },
  { name: "Update of partitions", sql: "update events set kind = kind + 1 where at < '2026-02-03'" },
  { name: "Delete", sql: "delete from customers using settings where id > 5000 and name = key" },
  {
    name: "Merge",
    sql: "merge into customers c using (select id + 1990 as id from customers where id < 30) n on c.id = n.id when matched and c.id < 1995 then delete when matched and c.id < 1998 then do nothing when matched then update set name = 'x' when not matched then insert values (n.id, 'n', 'us')",
    setup: ["delete from orders where customer_id > 1900"],
    from: 15,
  },
  { name: "Foreign Scan", sql: "select * from version_file where line <> ''" },
  {
    name: "Foreign Scan of a join",
    sql: "select * from far_orders o join far_customers c on c.id = o.customer_id where o.total < 3",
    options: verbose,
  },
  { name: "Foreign Update", sql: "update far_orders set total = total + 1 where id < 5", options: verbose },
  {
    name: "Foreign Insert",
    sql: "insert into far_orders select n, 1, 1 from generate_series(40001, 40003) n",
    options: verbose,
    setup: [
      "alter foreign table far_orders add column status text",
      "alter foreign table far_orders alter column status set default 'new'",
    ],
  },
  { name: "Async Foreign Scan", sql: "select count(*) from spread where total < 2", settings: { enable_async_append: "on" } },
  {
    name: "a view",
    sql: "select p.total, c.name from paid p join customers c on c.id = p.customer_id where p.total between 10 and 12",
    options: "analyze, verbose, buffers, settings",
  },
];

export const schemaOfLogs = `
  create table orders (id bigint primary key, customer_id bigint not null, status text);
  insert into orders select n, n % 100, case when n % 3 = 0 then 'paid' else 'new' end from generate_series(1, 5000) n;
  create index orders_customer_id_idx on orders (customer_id);
  analyze orders;`;

/** What a log holds: the same query with other constants, one over lines with a comment, parameters, and errors between. */
export const logged = [
  { sql: "select * from orders where customer_id = 7 order by id limit 3" },
  {
    sql: "select count(*)\n  from orders o -- don't count the new ones\n  join orders p on p.id = o.id\n where o.status <> 'new' and o.status <> 'it''s: \"new\"'",
  },
  { sql: "select * from orders where customer_id = 99 order by id limit 5" },
  { sql: "select * from nowhere" },
  { sql: "select * from orders where id in (1, 2, 3)" },
  { sql: "select * from orders where id in (4, 5)" },
  { sql: "select * from orders where customer_id = $1 and status = $2", values: [3, 'it\'s, "paid"\nor not'] },
  { sql: "update orders set status = 'x' where id = 1" },
];
