/** Every kind of index that there is something to say about. Nothing runs on its own: whoever scans an index here says so. */
export const schema = `
  create table customers (id bigint primary key, email text not null, number int not null, name text);
  create unique index customers_number_key on customers (number);
  create unique index customers_email_key on customers (email);
  create index customers_email_idx on customers (email);
  create table orders (
    id bigint primary key, customer_id bigint not null references customers, customer_number int references customers (number),
    status text not null, created_at timestamptz not null, total numeric not null, note text, code text not null, region text not null, seat int);
  create index orders_customer_id_idx on orders (customer_id);
  create index orders_customer_number_idx on orders (customer_number);
  create index orders_customer_number_seat_idx on orders (customer_number, seat);
  create index orders_created_at_idx on orders (created_at);
  create index orders_created_at_status_idx on orders (created_at, status);
  create index orders_note_idx on orders (note);
  create index orders_region_idx on orders (region);
  create index orders_total_idx on orders (total);
  create index orders_code_idx on orders (code);
  create index orders_code_idx1 on orders using btree (code);
  insert into customers select i, 'c' || i || '@example.com', i, 'n' || i from generate_series(1, 2000) i;
  insert into orders
  select i, 1 + i % 2000, 1 + i % 2000, case when i % 10 = 0 then 'open' else 'done' end, timestamptz '2026-01-01' + i * interval '1 minute',
         i % 977, 'note ' || i, 'code ' || i, 'region ' || i % 40, i
    from generate_series(1, 20000) i;

  create table bookings (id bigint primary key, room int not null, during int4range not null, version int not null, exclude using gist (during with &&));
  create unique index bookings_version_key on bookings (version);
  create index bookings_room_idx on bookings (room);
  insert into bookings select i, i, int4range(i * 2, i * 2 + 1), i from generate_series(1, 500) i;
  alter table bookings replica identity using index bookings_version_key;
  alter table bookings cluster on bookings_room_idx;

  create table shapes (a int, b int, c int, t text, words text[], more text[]);
  create index shapes_a on shapes (a);
  create index shapes_a_desc on shapes (a desc);
  create index shapes_b on shapes (b);
  create index shapes_b_with_c on shapes (b) include (c);
  create index shapes_c_nulls_first on shapes (c nulls first);
  create index shapes_c_a on shapes (c, a);
  create index shapes_t on shapes (t);
  create index shapes_t_pattern on shapes (t text_pattern_ops, a);
  create index shapes_t_posix on shapes (t collate "POSIX", a);
  create index shapes_t_some on shapes (t, b) where a > 0;
  create index shapes_t_few on shapes (t) where a > 0;
  create unique index shapes_b_c_unique on shapes (b, c);
  create index shapes_b_c_a on shapes (b, c, a);
  create index shapes_words on shapes using gin (words);
  create index shapes_words_more on shapes using gin (more, words);
  insert into shapes select i, i, i, 't' || i, array['w' || i], array['m' || i] from generate_series(1, 100) i;

  create table twice (a int, b int);
  create unique index twice_a on twice (a);
  alter table twice add constraint twice_a_later unique (a) deferrable;

  create table idle (a int, b int);
  create index idle_b on idle (b);

  create table events (id bigint not null, kind text not null, day int not null) partition by range (day);
  create table events_1 partition of events for values from (0) to (100);
  create table events_2 partition of events for values from (100) to (200) partition by range (day);
  create table events_2_1 partition of events_2 for values from (100) to (200);
  insert into events select i, 'k' || i % 50, i % 200 from generate_series(1, 8000) i;
  create index events_kind_idx on events (kind);
  create index events_id_idx on events (id);
  create index events_day_idx on only events (day);
  create index events_1_day_idx on events_1 (day);
  alter index events_day_idx attach partition events_1_day_idx;

  create table doubled (a int, b int);
  insert into doubled select 1, i from generate_series(1, 10) i;
  analyze`;

/** Each of them fails, and leaves an invalid index behind. */
export const failures = ["create unique index concurrently doubled_a_key on doubled (a)", "reindex index concurrently doubled_a_key"];

/** Each statement so many times, by an index wherever there is one. */
const scanning = (times: number, ...statements: readonly string[]) => `
  set enable_seqscan = off; set enable_bitmapscan = off;
  do $$ begin for i in 1..${times} loop ${statements.map((statement) => `perform ${statement};`).join(" ")} end loop; end $$;`;

export const scansOnPrimary = [
  scanning(
    120,
    "count(*) from orders where region = 'region 7'",
    "count(*) from orders where created_at < '2026-01-01 01:00'",
    "count(*) from events where id = 1 and day < 100",
  ),
  scanning(3, "count(*) from orders where code = 'code 7'"),
].join("");

export const scansOnStandby = scanning(120, "count(*) from orders where total = 5");
