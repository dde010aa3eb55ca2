/** SQL, and the first server that takes it. */
interface Since {
  readonly from?: 16 | 17 | 18;
  readonly sql: string;
}

/** Rows that every server makes alike: at most 30,000 a table, all of which ANALYZE reads. */
const series = (rows: number) => `generate_series(1, ${rows}) i`;
const time = (minutes: string) => `'2026-01-01Z'::timestamptz + ${minutes} * interval '1 minute'`;
const moods = `(enum_range(null::"order".mood))`;

const types: readonly Since[] = [
  { sql: `create schema "order"; create schema "a.b ""c"""; create schema tools; create schema elsewhere; create schema shadow` },
  { sql: "create extension citext schema tools; create extension hstore schema tools; create extension pg_trgm schema tools" },
  { sql: "create extension btree_gist; create extension btree_gin; create extension xml2 schema elsewhere" },
  { sql: `create type "order".mood as enum ('sad', 'it''s ok', 'naïve', 'happy')` },
  { sql: "create domain positive as int check (value > 0); create domain small as positive not null check (value < 1000)" },
  { sql: `create domain code as varchar(12) collate "C"; create domain codes as code[]; create domain feeling as "order".mood` },
  { sql: "create type amount as (value numeric(12, 2), currency char(3))" },
  { sql: `create type price as (net amount, moods "order".mood[], "odd ""name" positive)` },
  { sql: "create type float_span as range (subtype = float8, subtype_diff = float8mi)" },
  {
    sql: `create type text_span as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "C", multirange_type_name = "text spans")`,
  },
  { sql: "create type day_span" },
  { sql: "create function day_canonical(day_span) returns day_span language internal immutable strict as 'daterange_canonical'" },
  { sql: "create type day_span as range (subtype = date, canonical = day_canonical, subtype_diff = daterange_subdiff)" },
  { sql: "create type handle" },
  { sql: "create function handle_in(cstring) returns handle language internal immutable strict as 'textin'" },
  { sql: "create function handle_out(handle) returns cstring language internal immutable strict as 'textout'" },
  { sql: "create type handle (input = handle_in, output = handle_out, like = text)" },
  { sql: "create collation tools.phonebook (provider = icu, locale = 'de-u-co-phonebk')" },
  { sql: `create collation "no case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false)` },
  { from: 16, sql: "create collation ruled (provider = icu, locale = 'und', rules = '&a < g')" },
];

const functions: readonly Since[] = [
  { sql: "create function tools.fold(t text) returns text language sql immutable parallel safe as $$ select lower(t) $$" },
  { sql: "create function tools.fold_twice(t text) returns text language sql immutable as $$ select tools.fold(tools.fold(t)) $$" },
  {
    sql: "create function bucket(n int, size int default 10) returns int language plpgsql immutable strict cost 40 as $$ begin return n / size; end $$",
  },
  {
    sql: "create function sounds(text) returns text language c immutable strict cost 7 parallel safe as '$libdir/fuzzystrmatch', 'soundex'",
  },
  {
    sql: "create function odds(most int) returns setof int language plpgsql stable rows 37 as $$ begin return query select generate_series(1, most, 2); end $$",
  },
  {
    sql: "create function first_of(variadic list anyarray) returns anyelement language sql immutable as $$ select list[1] $$",
  },
  { sql: "create function near(a int, b int) returns bool language sql immutable as $$ select a - b between -5 and 5 $$" },
  {
    sql: "create operator ~~~ (function = near, leftarg = int, rightarg = int, commutator = ~~~, restrict = contsel, join = contjoinsel)",
  },
  { sql: "create function amount_of(int) returns amount language sql immutable as $$ select row($1, 'EUR')::amount $$" },
  { sql: "create cast (int as amount) with function amount_of(int) as assignment" },
  { sql: "create function join_up(text, text) returns text language sql immutable as $$ select coalesce($1 || ',', '') || $2 $$" },
  { sql: "create aggregate tools.joined(text) (sfunc = join_up, stype = text)" },
  { sql: "create aggregate total(int) (sfunc = int4_sum, stype = int8, combinefunc = int8pl, parallel = safe)" },
  { sql: "create function shadow.upper(t text) returns text language sql immutable as $$ select lower(t) $$" },
  { sql: "create function backwards(int, int) returns int language sql immutable as $$ select -btint4cmp($1, $2) $$" },
  {
    sql: "create operator class backwards for type int using btree as operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 backwards(int, int)",
  },
];

const tables: readonly Since[] = [
  {
    sql: `create table plain (id int generated always as identity primary key, label text not null, made timestamptz default now(), mood "order".mood, score float8, note text collate "C");
      insert into plain (label, made, mood, score, note) select 'Label ' || i % 700, ${time("i")}, ${moods}[1 + (i % 10) / 4], i * 37 % 1000, case when i % 3 = 0 then md5(i::text) end from ${series(20_000)};
      create index on plain (made); create index on plain (mood) where score > 900; create index on plain (label);
      create index on plain (tools.fold(label)) with (fillfactor = 70, deduplicate_items = off); create index on plain (sounds(label)); create index on plain (bucket(id));
      create index on plain (note text_pattern_ops, score desc nulls last) include (mood);
      create index plain_broken on plain (score); update pg_index set indisvalid = false where indexrelid = 'plain_broken'::regclass;
      create unique index on plain (score, id) nulls not distinct; alter table plain add constraint scored check (score < 2000), add constraint made_late check (made > '2026-01-01Z') not valid`,
  },
  {
    sql: `create table turned (id int primary key, v int); insert into turned select i, i % 400 from ${series(3000)}; create index turned_backwards on turned (v backwards)`,
  },
  {
    sql: `create table domains (id positive primary key, size small, code code, codes codes, spare code[], feeling feeling, email tools.citext);
      insert into domains select i, 1 + i % 500, 'c' || i % 900, array['a' || i % 7, 'b' || i % 11], array['x' || i % 5]::code[], ${moods}[1 + i % 3], 'User' || i || '@Example.com' from ${series(8000)};
      create index on domains (code); create index on domains using gin (codes); create index on domains (email); create index on domains (size)`,
  },
  {
    sql: `create table composites (id int primary key, cost amount, price price, history amount[]);
      insert into composites select i, row(i % 300, 'EUR')::amount, row(row(i, 'USD')::amount, array['sad'::"order".mood], 1 + i % 9)::price, array[row(i % 5, 'EUR')::amount] from ${series(6000)};
      create index on composites (((cost).value)); create index on composites ((((price).net).value)); create index on composites (cost)`,
  },
  {
    sql: `create table ranges (id int primary key, f float_span, t text_span, d day_span, ds day_span_multirange, ts "text spans", stay tstzrange, room int, exclude using gist (room with =, stay with &&));
      insert into ranges select i, float_span(i, i + i % 50), text_span(left(md5(i::text), 4), null), day_span('2026-01-01'::date + i % 365, '2026-01-01'::date + i % 365 + i % 9 + 1), null, null,
        tstzrange(${time("(i / 10 * 1440)")}, ${time("((i / 10 + 1) * 1440)")}), i % 10 from ${series(5000)};
      update ranges set ds = day_span_multirange(d), ts = "text spans"(t); create index on ranges using gist (f); create index on ranges using gist (d); create index on ranges (t)`,
  },
  {
    sql: `create table handles (id int primary key, owner handle, label text);
      insert into handles select i, ('h' || i)::text::handle, 'l' || i % 50 from ${series(3000)}; create index on handles (label)`,
  },
  {
    sql: `create table every_type (id int primary key, u uuid, ip inet, net cidr, mac macaddr, bits bit(8), more varbit, cash money, doc jsonb, old json, words tsvector, at point, area box, span interval, day date, hour timetz,
        raw bytea, label name, flag bool, big numeric(30, 5), tags text[], attrs tools.hstore, one "char", fixed char(10), x xml, lsn pg_lsn, grid int[][], class regclass);
      insert into every_type select i, md5(i::text)::uuid, '10.0.0.0'::inet + i, set_masklen(('10.' || i % 250 || '.0.0')::inet, 16)::cidr, ('08:00:2b:01:02:' || lpad(to_hex(i % 256), 2, '0'))::macaddr, i::bit(8), i::bit(4)::varbit, (i % 100)::money,
        jsonb_build_object('lang', (array['de', 'fr', 'en'])[1 + i % 3], 'n', i % 40), '{}', to_tsvector('simple', 'word' || i % 60 || ' term' || i % 7), point(i % 100, i % 77), box(point(i % 10, 0), point(i % 10 + 1, 1)),
        i % 90 * interval '1 hour', '2026-01-01'::date + i / 30, '10:00Z'::timetz, decode(md5(i::text), 'hex'), 'n' || i % 20, i % 4 = 0, i * 1.5, array['t' || i % 30, 't' || i % 8], tools.hstore('k' || i % 5, 'v' || i % 9), 'x', 'f' || i % 25, null,
        ('0/' || to_hex(i))::pg_lsn, array[[i, 1], [2, 3]], 'pg_class' from ${series(10_000)};
      create index on every_type (u); create index on every_type using gist (ip inet_ops); create index on every_type using gin (doc jsonb_path_ops); create index on every_type using gin (words); create index on every_type using gist (at);
      create index on every_type using gin (tags) with (fastupdate = off); create index on every_type using gin (attrs); create index on every_type using brin (day) with (pages_per_range = 8); create index on every_type using hash (fixed);
      create index on every_type using spgist (net); create index on every_type using gin ((label::text) tools.gin_trgm_ops); create index on every_type (bits); create index on every_type (cash); create index on every_type (mac)`,
  },
  {
    sql: `create table words (id int primary key, plain text, german text collate tools.phonebook, loose text collate "no case", english text collate "en-US-x-icu", bytes text collate "C", posix text collate "POSIX");
      insert into words select i, w, w, w, w, w, w from (select i, (array['Ärger', 'apple', 'Zebra', 'über', 'Maß', 'öl', 'Quark'])[1 + i % 7] || i % 1300 as w from ${series(9000)}) s;
      create index on words (plain); create index on words (german); create index on words (loose); create index on words (english); create index on words (bytes); create index on words (plain collate "de-x-icu"); create index on words (lower(english)); create index on words (posix)`,
  },
  { from: 16, sql: `alter table words add ruled text collate ruled; update words set ruled = plain; create index on words (ruled)` },
  {
    sql: `create table generated (id bigint generated by default as identity (start with 7) primary key, a int, b int, doubled int generated always as (a * 2) stored, folded text generated always as (tools.fold(lpad('', a % 5, 'X'))) stored, c int default 3 not null);
      insert into generated (a, b) select i % 800, i from ${series(8000)}; create index on generated (doubled)`,
  },
  {
    from: 18,
    sql: `create table virtual (id int primary key, a int, b int, total int generated always as (a + b) virtual, enforced int, later int, constraint loose check (enforced > 5) not enforced);
      insert into virtual (id, a, b, enforced, later) select i, i % 100, i % 7, i % 10, nullif(i % 3, 0) from ${series(5000)}; alter table virtual add constraint later_set not null later not valid`,
  },
  {
    from: 18,
    sql: `create table stays (room int, during daterange, guest int, primary key (room, during without overlaps));
      insert into stays select i % 50, daterange('2020-01-01'::date + i / 50 * 3, '2020-01-01'::date + i / 50 * 3 + 2), i from ${series(4000)};
      create table stay_notes (id int primary key, room int, during daterange, foreign key (room, period during) references stays (room, period during)); insert into stay_notes select guest, room, during from stays where guest % 4 = 0`,
  },
];

const families: readonly Since[] = [
  {
    sql: `create table listed (id int, place text, kind text, spare int) partition by list (place); create table listed_eu partition of listed for values in ('de', 'fr', null); create table listed_us (spare int, dropped int, kind text not null, place text, id int);
      alter table listed_us drop column dropped; alter table listed_us alter column kind drop not null; alter table listed attach partition listed_us for values in ('us'); create table listed_rest partition of listed default partition by hash (id);
      create table listed_rest_0 partition of listed_rest for values with (modulus 2, remainder 0) with (fillfactor = 60); create table listed_rest_1 partition of listed_rest for values with (modulus 2, remainder 1);
      create table listed_old partition of listed for values in ('old'); insert into listed select i, (array['de', 'fr', 'us', 'jp', 'br', 'old'])[1 + i % 6], 'k' || i % 40, i % 9 from ${series(18_000)}; alter table listed detach partition listed_old;
      create index on listed (kind); create index on listed_us (spare, id); create unique index on listed (place, id)`,
  },
  {
    sql: `create table ranged (at timestamptz not null, tenant int not null, v int) partition by range (tenant, at); create table ranged_1 partition of ranged for values from (1, minvalue) to (5, minvalue);
      create table ranged_2 partition of ranged for values from (5, minvalue) to (9, '2026-01-05Z') partition by range (date_trunc('day', at at time zone 'UTC')); create table ranged_2a partition of ranged_2 default; create table elsewhere.ranged_3 partition of ranged for values from (9, '2026-01-05Z') to (maxvalue, maxvalue);
      alter table ranged_1 add check (v >= 0); insert into ranged select ${time("i")}, 1 + i % 12, i % 300 from ${series(15_000)}`,
  },
  {
    sql: `create table hashed (id int primary key, ref int) partition by hash (id); create table hashed_0 partition of hashed for values with (modulus 3, remainder 0); create table hashed_1 partition of hashed for values with (modulus 3, remainder 1); create table hashed_2 partition of hashed for values with (modulus 3, remainder 2);
      create table hash_notes (id int primary key, hashed int references hashed, at int); insert into hashed select i, i % 70 from ${series(9000)}; insert into hash_notes select i, 1 + i * 7 % 9000, i % 12 from ${series(9000)}; create index on hash_notes (hashed)`,
  },
  {
    sql: `create table cities (name text, people int, check (people > 0) no inherit); create table coasts (name text, sea text); create table ports (depth int) inherits (cities, coasts);
      create table great_ports (name text, rank int) inherits (ports); insert into cities select 'c' || i, 1 + i % 900 from ${series(6000)}; insert into ports select 'p' || i, 1 + i % 500, 's' || i % 9, i % 40 from ${series(4000)}; insert into great_ports select 'g' || i, i % 99 + 1, 's', i % 7, i from ${series(700)};
      create index on cities (people); create index on ports (people); create index on great_ports (rank)`,
  },
  {
    sql: `create unlogged table fast (id int primary key, v text) with (fillfactor = 50, parallel_workers = 2, toast_tuple_target = 256); insert into fast select i, md5(i::text) from ${series(12_000)}; create table wide_scan (id int, v text) with (parallel_workers = 4); insert into wide_scan select i, repeat(md5(i::text), 20) from ${series(4000)};
      alter table fast alter column v set (n_distinct = -0.5), alter column v set statistics 20`,
  },
  {
    sql: `create table parents (a int, b int, label text, primary key (a, b), unique (label) deferrable initially deferred); create table kids (id int primary key, a int, b int, foreign key (a, b) references parents match full on delete cascade deferrable); insert into parents select i / 50, i % 50, 'p' || i from ${series(5000)};
      insert into kids select i, (i % 4999 + 1) / 50, (i % 4999 + 1) % 50 from ${series(14_000)}; create index on kids (a, b); alter table kids add constraint later foreign key (id) references plain not valid`,
  },
  {
    sql: `create table "a.b ""c"""."select" ("from" int primary key, "Größe" int, "${"é".repeat(31)}" text, "a""b.c" int); insert into "a.b ""c"""."select" select i, i % 100, 't' || i % 20, i % 5 from ${series(5000)}; create index "${"i".repeat(63)}" on "a.b ""c"""."select" ("Größe", "a""b.c"); create table "order"."user" (id int primary key, "order" int); insert into "order"."user" select i, i % 90 from ${series(4000)}; create index " on only " on "order"."user" ("order")`,
  },
  {
    sql: `create table guarded (id int primary key, owner text, v int); insert into guarded select i, 'o' || i % 30, i % 1000 from ${series(6000)}; alter table guarded enable row level security; create policy mine on guarded using (owner = current_user);
      create function stamp() returns trigger language plpgsql as $$ begin return new; end $$; create trigger stamped before update on guarded for each row execute function stamp()`,
  },
  {
    sql: `create table bin (id int primary key, gone bool not null default false, v int); insert into bin select i, false, i % 200 from ${series(6000)}; create rule soft as on delete to bin do instead update bin set gone = true where bin.id = old.id; create index on bin (v)`,
  },
  {
    sql: `create table hidden_tree (id int primary key, parent int, name text); insert into hidden_tree select i, i / 4, 'n' || i from ${series(4000)}; create index on hidden_tree (parent)`,
  },
  {
    sql: "create extension file_fdw; create server nowhere foreign data wrapper file_fdw; create foreign table far (id int, v text) server nowhere options (program 'true'); create table near (id int, place text) partition by list (place); create table near_1 partition of near for values in ('a'); create foreign table near_2 partition of near for values in ('b') server nowhere options (program 'true'); insert into near_1 select i, 'a' from generate_series(1, 3000) i",
  },
];

const views: readonly Since[] = [
  {
    sql: `create view paired as select t.id, t.v, b.gone from turned t join bin b using (id); create function pair() returns trigger language plpgsql as $$ begin return new; end $$; create trigger pairing instead of update or delete on paired for each row execute function pair();
      create view slim as select id, v from bin where not gone; create rule slimmer as on insert to slim do instead insert into bin (id, v) values (new.id, new.v * 2); create function first_of_month(date) returns date language plpgsql immutable as $$ begin return date_trunc('month', $1)::date; end $$`,
  },
  {
    sql: "create function newest(n int) returns table (id int, label text) language sql stable as $$ select p.id, p.label from plain p order by p.made desc limit n $$",
  },
  { sql: "create view labels as select p.id, tools.fold(p.label) as label, p.score from plain p where p.score > 100" },
  { sql: "create view high_labels (number, label) as select id, label from labels where score > 900" },
  { sql: "create view safe with (security_barrier) as select id, label, score from plain where score < 500" },
  { sql: "create view checked as select id, v from bin where v > 10 with cascaded check option" },
  {
    sql: "create recursive view tree (id, depth) as select id, 0 from hidden_tree where parent = 0 union all select t.id, tree.depth + 1 from hidden_tree t join tree on t.parent = tree.id",
  },
  { sql: "create view across as select c.people, l.kind from cities c join listed l on l.id = c.people" },
  {
    sql: "create materialized view per_label as select label, count(*) as n, max(score) as best from plain group by label; create index on per_label (n); create unique index on per_label (label)",
  },
  {
    sql: "create function shout(p plain) returns text language sql immutable as $$ select upper(p.label) $$; create index on plain (shout(plain))",
  },
  { sql: "create view shouted as select shout(p) as loud, p.id from plain p" },
  { sql: "create function kid_count(int) returns bigint language sql stable begin atomic select count(*) from kids where a = $1; end" },
  { sql: "create view counted as select a, kid_count(a) as kids from parents" },
];

/** Each after what it is made of. */
export const objects: readonly Since[] = [...types, ...functions, ...tables, ...families, ...views];
