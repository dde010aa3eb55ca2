/** Two thousand words in no order, the first of them far more often than the last. */
const words = `
create function words(count int, seed int) returns text language sql immutable as $$
  select string_agg('w' || left(md5(floor(pow((hashint4(seed * 1000 + k)::bigint + 2147483648) / 4294967296.0, 3) * 2000)::text), 6), ' ')
    from generate_series(1, count) k
$$;
select setseed(0.42);`;

/** What makes B-trees over the same rows large or small: skew, nulls, duplicates, columns that go together, text of all lengths. */
export const sortedTables = (rows: number) => `${words}
create table orders (
  id bigint primary key, customer_id int not null, status text not null, kind varchar(10), total numeric(10,2), created_at timestamptz not null, shipped_on date,
  note text, country char(2), city text, email text, token uuid, flag boolean, level smallint, amount float8, deleted_at timestamptz, parent_id int, bucket int,
  nickname name, attributes jsonb, period tstzrange, ip inet);
insert into orders
select i, random() * ${rows / 8}, (array['open', 'paid', 'paid', 'paid', 'shipped', 'shipped', 'shipped', 'shipped', 'shipped', 'cancelled'])[1 + floor(random() * 10)::int],
       'kind ' || floor(random() * 20), round((random() * random() * 1000)::numeric, 2), timestamptz '2025-01-01Z' + i * interval '97 seconds', date '2025-01-01' + i / 900,
       case when random() < 0.3 then repeat(md5(random()::text), 1 + floor(random() * 3)::int) end, (array['FR', 'DE', 'US', 'GB', 'IT'])[1 + c % 5], 'city ' || c,
       'user' || floor(random() * ${rows}) || '@example' || i % 7 || '.com', md5(i::text)::uuid, random() < 0.1, random() * 8, random() * 1000,
       case when random() > 0.95 then timestamptz '2025-06-01Z' + random() * interval '90 days' end, random() * ${rows / 3}, i / 5, 'n' || floor(random() * 5000),
       jsonb_build_object('lang', (array['en', 'fr', 'de'])[1 + floor(random() * 3)::int], 'ref', md5(i::text)),
       tstzrange(timestamptz '2025-01-01Z' + i * interval '97 seconds', timestamptz '2025-01-01Z' + i * interval '97 seconds' + random() * interval '5 days'),
       ('10.' || floor(random() * 255) || '.' || floor(random() * 255) || '.' || floor(random() * 255))::inet
  from (select i, floor(pow(random(), 2) * 300)::int as c from generate_series(1, ${rows}) i) s;
create table parts (
  sku text primary key, maker int, maker_name text, price money, weight real, hex text, path text, seen timestamp, net cidr, mac macaddr, bits bit(16), took interval,
  rank int, opt int, tiny text, wide text, big numeric, at time);
insert into parts
select 'SKU-' || lpad((i * 7919 % 1000003)::text, 7, '0'), m, 'maker number ' || m, (random() * 500)::numeric::money, random() * 10, md5(i::text),
       '/' || i % 50 || '/' || i % 1000 || '/' || md5((i / 3)::text), timestamp '2024-01-01' + random() * interval '365 days',
       ('10.' || floor(random() * 255) || '.' || floor(random() * 50) || '.0/24')::cidr, ('08:00:2b:01:' || lpad(to_hex((random() * 255)::int), 2, '0') || ':' || lpad(to_hex((random() * 255)::int), 2, '0'))::macaddr,
       (random() * 65535)::int::bit(16), random() * interval '3 days', random() * random() * random() * ${rows / 4}, case when i % 10 > 6 then random() * ${rows / 3} end,
       chr(97 + (random() * 25)::int), repeat(md5(random()::text), 4 + floor(random() * 6)::int), (random() * 1e15)::numeric, time '00:00' + random() * interval '24 hours'
  from (select i, floor(random() * random() * ${rows / 40})::int as m from generate_series(1, ${rows}) i) s;
create table events (tenant int, user_id int, kind text, ms int, ok boolean, session uuid, title text);
insert into events
select t, t * 100 + random() * 100, (array['view', 'click', 'buy', 'login', 'logout'])[1 + floor(pow(random(), 2) * 5)::int], exp(random() * 8), random() < 0.98, md5((i / 20)::text)::uuid, initcap(words(4, i))
  from (select i, floor(pow(random(), 3) * 200)::int as t from generate_series(1, ${rows}) i) s;
create statistics together (ndistinct) on tenant, user_id from events;
analyze;`;

export const sortedIndexes: readonly string[] = [
  ...[
    "id",
    "customer_id",
    "status",
    "kind",
    "total",
    "created_at",
    "shipped_on",
    "note",
    "country",
    "city",
    "email",
    "token",
    "flag",
    "level",
    "amount",
  ],
  ...[
    "deleted_at",
    "parent_id",
    "bucket",
    "nickname",
    "attributes",
    "period",
    "ip",
    "country, city",
    "status, created_at",
    "customer_id, status",
  ],
  ...[
    "customer_id, kind",
    "customer_id, created_at",
    "kind, city",
    "level, note",
    "customer_id desc nulls first, level",
    "email text_pattern_ops",
  ],
].map((keys) => `btree on orders (${keys})`);

export const sortedVariants: readonly string[] = [
  "btree on orders (customer_id) include (total)",
  "btree on orders (status) include (customer_id, total)",
  "btree on orders (customer_id) where status = 'open'",
  "btree on orders (created_at) where deleted_at is null",
  "btree on orders (deleted_at) where deleted_at is not null",
  "btree on orders (email) where flag",
  "btree on orders (status) where status <> 'shipped'",
  "btree on orders (lower(email))",
  "btree on orders (date_trunc('month', created_at at time zone 'UTC'))",
  "btree on orders ((attributes ->> 'lang'))",
  "btree on orders ((attributes ->> 'ref'))",
  "btree on orders (customer_id) with (fillfactor = 70)",
  "btree on orders (email) with (fillfactor = 50)",
  "btree on orders (status) with (deduplicate_items = off)",
  "btree unique on orders (token)",
  "btree unique on orders (customer_id, id)",
];

/** Of shapes that no constant was chosen by. */
export const sortedOthers: readonly string[] = [
  ...[
    "sku",
    "maker",
    "maker_name",
    "price",
    "weight",
    "hex",
    "path",
    "seen",
    "net",
    "mac",
    "bits",
    "took",
    "rank",
    "opt",
    "tiny",
    "wide",
    "big",
    "at",
  ].map((key) => `btree on parts (${key})`),
  ...["maker, maker_name", "maker, rank", "rank, tiny", "opt, maker"].map((keys) => `btree on parts (${keys})`),
  "btree on parts (opt) where opt is not null",
  "btree on parts (maker) include (price)",
  "btree on parts (hex) with (fillfactor = 100)",
  ...["tenant", "user_id", "tenant, user_id", "tenant, kind", "kind, ms", "session", "ms", "user_id, kind, ok", "title"].map(
    (keys) => `btree on events (${keys})`,
  ),
  "btree on events (ms) where kind = 'buy'",
];

/** What the other methods index. */
export const otherTables = (rows: number) => `${words}
create extension pg_trgm; create extension btree_gist; create extension btree_gin; create extension bloom; create extension hstore; create extension ltree;
create table orders (
  id bigint, customer_id int, status text, email text, token uuid, created_at timestamptz, deleted_at timestamptz, tags text[], numbers int[], attributes jsonb,
  small jsonb, period tstzrange, location point, ip inet, body text, area box, document tsvector generated always as (to_tsvector('simple', body)) stored);
insert into orders
select i, random() * ${rows / 8}, (array['open', 'paid', 'shipped', 'shipped'])[1 + floor(random() * 4)::int], 'user' || floor(random() * ${rows}) || '@example' || i % 7 || '.com', md5(i::text)::uuid,
       timestamptz '2025-01-01Z' + i * interval '90 seconds' + random() * interval '1 hour', case when random() > 0.95 then timestamptz '2025-06-01Z' + random() * interval '90 days' end,
       (select array_agg(distinct 'tag' || floor(pow(random(), 3) * 2000)) from generate_series(1, 1 + (random() * 6)::int) where i > 0),
       (select array_agg(floor(random() * random() * 10000)::int) from generate_series(1, (random() * 8)::int) where i > 0),
       jsonb_build_object('lang', (array['en', 'fr', 'de'])[1 + floor(random() * 3)::int], 'ref', md5(i::text), 'n', floor(random() * 1000), 'nested', jsonb_build_object('a', floor(random() * 50), 'list', jsonb_build_array(floor(random() * 10), 'x' || floor(random() * 100)))),
       jsonb_build_object('type', (array['a', 'b', 'c', 'd'])[1 + floor(random() * 4)::int], 'on', random() < 0.5),
       tstzrange(timestamptz '2025-01-01Z' + i * interval '97 seconds', timestamptz '2025-01-01Z' + i * interval '97 seconds' + random() * interval '5 days'),
       point(random() * 360 - 180, random() * 180 - 90), ('10.' || floor(random() * 255) || '.' || floor(random() * 255) || '.' || floor(random() * 255))::inet, words(8, i), box(point(random() * 1000, random() * 1000), point(random() * 1000, random() * 1000))
  from generate_series(1, ${rows}) i;
create table parts (id serial, hex text, maker int, maker_name text, description text, labels int[], options text[], spec jsonb, pairs hstore, valid daterange, span int4range, seen timestamp, place point, tree ltree, session uuid, title text);
insert into parts (hex, maker, maker_name, description, labels, options, spec, pairs, valid, span, seen, place, tree, session, title)
select md5(i::text), m, 'maker number ' || m, words(15, i), (select array_agg(floor(random() * 300)::int) from generate_series(1, 3) where i > 0), (array['gift', 'fragile', 'oversize', 'express', 'cold'])[1:floor(random() * 6)::int],
       case when i % 3 < 2 then jsonb_build_object('color', (array['red', 'green', 'blue', 'black'])[1 + floor(random() * 4)::int], 'size', jsonb_build_object('w', floor(random() * 100), 'h', floor(random() * 100))) end,
       hstore(array['c', 'd'], array[floor(random() * 10)::text, floor(random() * 500)::text]), daterange(date '2020-01-01' + floor(random() * 2000)::int, date '2026-01-01' + floor(random() * 2000)::int), int4range(floor(random() * 100000)::int, floor(random() * 1000)::int + 100001),
       timestamp '2024-01-01' + random() * interval '365 days', point(random() + random() + random(), random() + random()), ('top.c' || i % 20 || '.d' || i % 400)::ltree, md5((i / 20)::text)::uuid, initcap(words(4, i))
  from (select i, floor(random() * random() * ${rows / 40})::int as m from generate_series(1, ${rows}) i) s;
analyze;`;

export const otherIndexes: readonly string[] = [
  ...[
    "tags",
    "numbers",
    "attributes",
    "attributes jsonb_path_ops",
    "small",
    "document",
    "email gin_trgm_ops",
    "to_tsvector('simple', body)",
    "customer_id",
  ].map((keys) => `gin on orders (${keys})`),
  ...["period", "location", "ip inet_ops", "email gist_trgm_ops", "document", "area", "customer_id"].map(
    (keys) => `gist on orders (${keys})`,
  ),
  ...["location", "email", "period", "ip", "location kd_point_ops"].map((keys) => `spgist on orders (${keys})`),
  ...[
    "(created_at)",
    "(email)",
    "(id) with (pages_per_range = 4)",
    "(period)",
    "(created_at timestamptz_minmax_multi_ops) with (pages_per_range = 8)",
  ].map((rest) => `brin on orders ${rest}`),
  ...["(token uuid_bloom_ops) with (pages_per_range = 16)", "(customer_id, status) with (pages_per_range = 2)"].map(
    (rest) => `brin on orders ${rest}`,
  ),
  ...["id", "customer_id", "status", "email", "deleted_at"].map((key) => `hash on orders (${key})`),
  "bloom on orders (customer_id)",
];

/** Of shapes that no constant was chosen by. */
export const othersOfOtherShapes: readonly string[] = [
  ...[
    "labels",
    "options",
    "spec",
    "spec jsonb_path_ops",
    "hex gin_trgm_ops",
    "maker_name gin_trgm_ops",
    "pairs",
    "to_tsvector('english', description)",
    "title gin_trgm_ops",
  ].map((keys) => `gin on parts (${keys})`),
  ...["valid", "span", "seen", "place", "tree", "hex gist_trgm_ops", "to_tsvector('simple', title)"].map(
    (keys) => `gist on parts (${keys})`,
  ),
  ...["hex", "valid", "place", "title"].map((keys) => `spgist on parts (${keys})`),
  ...["(id)", "(hex) with (pages_per_range = 1)"].map((rest) => `brin on parts ${rest}`),
  ...["hex", "maker", "session"].map((key) => `hash on parts (${key})`),
  "bloom on parts (maker) with (length = 40)",
];
