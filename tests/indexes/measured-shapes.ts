/** Rows that ANALYZE looks at, for each unit of a column's statistics target. */
const PER_TARGET = 300;

/** So that ANALYZE looks at few of the rows, as it does of large tables. */
const sampled = (table: string, columns: readonly string[], rows: number) =>
  `alter table ${table} ${columns.map((column) => `alter column ${column} set statistics ${Math.max(10, Math.min(100, Math.round(rows / 6 / PER_TARGET)))}`).join(", ")};`;

const skewedColumns = ["id", "account_id", "visitor", "code", "amount", "age", "status", "region", "retries", "created_at"];

/** A few values have most of the rows, by several laws, in numbers whose order follows it and in values whose order does not. */
export const skewedTables = (rows: number) => `
select setseed(0.42);
create table deliveries (
  id bigint primary key, account_id int not null, visitor uuid, code text not null, amount int not null, age int, status text not null, region char(2), retries smallint,
  created_at timestamptz not null);
insert into deliveries
select i, ${rows / 3} * power(random(), 2), md5(floor(${rows / 2} * power(random(), 3))::text)::uuid, 'c' || floor(exp(ln(${rows}) * random())), exp(6 + 2 * (random() + random() + random() - 1.5)),
       case when random() < 0.8 then -${rows / 20} * ln(1 - random()) end,
       case when random() < 0.97 then 'done' when random() < 0.7 then 'failed' else (array['queued', 'running', 'held'])[1 + floor(random() * 3)::int] end,
       (array['FR', 'DE', 'US', 'GB', 'IT'])[1 + floor(5 * power(random(), 4))::int], 6 * power(random(), 8), timestamptz '2026-01-01Z' + i * interval '41 seconds'
  from generate_series(1, ${rows}) i;
${sampled("deliveries", skewedColumns, rows)}
analyze;`;

export const skewedIndexes: readonly string[] = [
  ...skewedColumns.slice(1).map((key) => `btree on deliveries (${key})`),
  ...[
    "status, account_id",
    "account_id, status",
    "region, status",
    "status, created_at",
    "region, code",
    "visitor, status",
    "retries, region, status",
  ].map((keys) => `btree on deliveries (${keys})`),
  "btree on deliveries (account_id) where status = 'failed'",
  "btree on deliveries (visitor) where status <> 'done'",
  "btree on deliveries (created_at) where status = 'queued'",
  "btree on deliveries (status) where status <> 'done'",
  "btree on deliveries (status, created_at) where status in ('queued', 'running')",
  "btree on deliveries (code) where retries > 0",
];

/** Events with a few fixed keys and many values, some of them missing; documents that are whole in one value; and small settings. */
export const documentTables = (rows: number) => `
select setseed(0.42);
create table events (id bigint primary key, tenant int not null, payload jsonb not null, context jsonb);
insert into events
select i, 50 * power(random(), 2),
       jsonb_build_object('visit', md5((i / 12)::text), 'path', '/p/' || floor(${rows / 300} * power(random(), 3)), 'ms', floor(random() * 2000), 'sku', 'SKU-' || floor(${rows / 75} * power(random(), 2)),
                          'kind', (array['view', 'view', 'view', 'click', 'buy'])[1 + floor(random() * 5)::int], 'ok', random() < 0.9)
         || case when random() < 0.1 then jsonb_build_object('coupon', 'C' || floor(random() * ${rows / 40})) else '{}' end,
       case when random() < 0.6 then jsonb_build_object('agent', (array['web', 'ios', 'android'])[1 + floor(random() * 3)::int], 'geo', jsonb_build_object('country', (array['FR', 'DE', 'US'])[1 + floor(3 * power(random(), 2))::int])) end
  from generate_series(1, ${rows}) i;
create table imports (id bigint primary key, source jsonb not null, link jsonb not null, settings jsonb not null);
insert into imports
select i, jsonb_build_object('external_id', 'ext-' || i, 'lang', (array['en', 'en', 'de', 'fr'])[1 + floor(random() * 4)::int], 'score', floor(random() * 500)),
       jsonb_build_object('post_id', floor(${rows / 2} * power(random(), 2))), jsonb_build_object('theme', (array['light', 'dark'])[1 + floor(random() * 2)::int], 'sso', random() < 0.05)
  from generate_series(1, ${rows}) i;
analyze;`;

const taken = (table: string, column: string, keys: readonly string[]) => keys.map((key) => `btree on ${table} ((${column} ->> '${key}'))`);

export const documentTrees: readonly string[] = [
  ...taken("events", "payload", ["path", "ms", "sku", "kind", "ok", "coupon", "absent"]),
  ...taken("events", "context", ["agent"]),
  "btree on events ((context -> 'geo' ->> 'country'))",
  "btree on events (((payload ->> 'ms')::int))",
  "btree on events (tenant, (payload ->> 'kind'))",
  "btree on events ((payload ->> 'coupon')) where (payload ->> 'coupon') is not null",
  "btree on events ((payload ->> 'sku')) where (payload ->> 'kind') = 'buy'",
  ...taken("imports", "source", ["external_id", "lang", "score"]),
  ...taken("imports", "link", ["post_id"]),
  ...taken("imports", "settings", ["theme"]),
];

/** Twelve rows share each visit, and nothing tells. */
export const guessed: readonly string[] = [
  "btree on events ((payload ->> 'visit'))",
  ...["payload", "payload jsonb_path_ops"].map((keys) => `gin on events (${keys})`),
];

export const documentEntries: readonly string[] = [
  ...["context", "context jsonb_path_ops"].map((keys) => `gin on events (${keys})`),
  ...["source", "source jsonb_path_ops", "link", "link jsonb_path_ops", "settings"].map((keys) => `gin on imports (${keys})`),
];
