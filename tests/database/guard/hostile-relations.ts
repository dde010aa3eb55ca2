import type { HostileKind } from "./hostile-kinds.ts";

/** Through what a relation, a string or an extension brings along; they use what the kinds before them made. */
export const kindsOfRelations: readonly HostileKind[] = [
  { kind: "a view", setup: "create view seen as select evil(id) from items", sql: "select * from seen" },
  {
    kind: "a view that the planner computes",
    setup: "create view folded as select id from items where price > evil(1)",
    sql: "select * from folded",
    mode: "explain",
  },
  {
    kind: "a view over a function of Postgres",
    setup: "create view built_in as select pg_try_advisory_lock_shared(40)",
    sql: "select * from built_in",
  },
  { kind: "a view over a view", setup: "create view twice as select * from built_in", sql: "select row_to_json(t) from twice t" },
  {
    kind: "a view that a function reads",
    setup:
      "create function reading_view() returns bigint language sql stable as 'select count(*) from built_in where pg_try_advisory_lock_shared'",
    sql: "select reading_view()",
  },
  {
    kind: "a view over an operator",
    setup: "create view by_operator as select price <<< 5 as v from items",
    sql: "select * from by_operator",
  },
  {
    kind: "a view over an aggregate",
    setup: "create view by_aggregate as select gather(price) from items",
    sql: "select * from by_aggregate",
  },
  { kind: "a view over a domain", setup: "create view by_domain as select name::checked from items", sql: "select * from by_domain" },
  { kind: "a view that sorts", setup: "create view by_order as select id from of_sorted order by v", sql: "select * from by_order" },
  {
    kind: "a policy",
    setup:
      "create table guarded (id int); insert into guarded values (1); alter table guarded enable row level security; create policy mine on guarded using (evil()); grant select on guarded to public",
    sql: "select * from guarded",
  },
  {
    kind: "the constraint of a partition",
    setup: `create table parts (k text, v int) partition by list (k); create table part_a partition of parts for values in ('a');
      alter table part_a add check (evil(1) = 1)`,
    sql: "select * from parts where k = 'a'",
    mode: "explain",
  },
  {
    kind: "the index of a child",
    setup: "create table parents (v int); create table children () inherits (parents); create index on children (v) where evil(2) = 2",
    sql: "select * from parents where v = 1",
    mode: "explain",
  },
  {
    kind: "the hash of a partition key",
    setup: `create function evil_hash(int, bigint) returns bigint language plpgsql immutable as $$begin perform pg_advisory_lock_shared(41); return 1; end$$;
      create operator class evil_ops for type int using hash as operator 1 =, function 2 evil_hash(int, bigint);
      create table hashed_parts (v int) partition by hash (v evil_ops);
      create table hashed_part_0 partition of hashed_parts for values with (modulus 2, remainder 0);
      create table hashed_part_1 partition of hashed_parts for values with (modulus 2, remainder 1)`,
    sql: "select * from hashed_parts where v = 1",
    mode: "explain",
  },
  {
    kind: "a partitioned table that a call names",
    sql: "select satisfies_hash_partition('hashed_parts'::regclass, 2, 0, 5)",
    mode: "explain",
  },
  {
    kind: "an operator class of an index",
    setup: `create function evil_compare(int, int) returns int language plpgsql immutable as $$begin perform pg_advisory_lock_shared(42); return $1 - $2; end$$;
      create table indexed (v int); insert into indexed select generate_series(1, 1000);
      create operator class evil_btree for type int using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 evil_compare(int, int);
      create index on indexed (v evil_btree); analyze indexed`,
    sql: "select * from indexed where v = 7",
  },
  {
    kind: "the default of a column",
    setup: "create table defaulting (id int, v int default evil(3)); grant insert on defaulting to public",
    sql: "insert into defaulting (id) values (1)",
    mode: "explain",
  },
  {
    kind: "the check of a policy",
    setup: `create table writable (id int); alter table writable enable row level security; grant insert, select on writable to public;
      create policy w on writable for insert with check (evil(4) = 4)`,
    sql: "insert into writable values (1)",
    mode: "explain",
  },
  {
    kind: "a rule",
    setup: "create table ruled (id int); grant insert on ruled to public; create rule r as on insert to ruled do also select evil(5)",
    sql: "insert into ruled values (1)",
    mode: "explain",
  },
  { kind: "RETURNING", sql: "insert into ruled values (1) returning evil(6)", mode: "explain" },

  { kind: "SQL in a string", sql: "select query_to_xml('select evil()', true, true, '')" },
  { kind: "a view named in a string", sql: "select table_to_xml('built_in', true, true, '')" },
  { kind: "SQL that counts words", sql: "select * from ts_stat('select to_tsvector(evil()::text)')" },
  { kind: "SQL that rewrites a search", sql: "select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, (evil()::text)::tsquery')" },
  { kind: "an extension that runs SQL", sql: "select * from crosstab('select evil()::text, ''a''::text, ''b''::text') t(a text, b text)" },
  {
    kind: "a function smuggled into an extension",
    setup:
      "create function smuggled() returns void language plpgsql as $$begin perform pg_advisory_lock_shared(43); end$$; alter extension hstore add function smuggled()",
    sql: "select smuggled()",
  },
  { kind: "a function of Postgres that locks", sql: "select pg_advisory_lock_shared(44)" },
  {
    kind: "what older servers call a function",
    setup: "create function json_object(int) returns int language plpgsql as $$begin perform pg_advisory_lock_shared(45); return 1; end$$",
    sql: "select json_object(1)",
    versions: [15],
  },
];

/** These reach every statement of a database, so each has one of its own. */
export const everywhere: readonly HostileKind[] = [
  {
    kind: "an equality between types of Postgres",
    setup: `create function evil_equal(int, text) returns boolean language plpgsql as $$begin perform pg_advisory_lock_shared(50); return true; end$$;
      create operator = (leftarg = int, rightarg = text, procedure = evil_equal)`,
    sql: "select * from items where id = name",
  },
  {
    kind: "a family of operators of Postgres",
    setup: `create function evil_compare(int, numeric) returns int language plpgsql immutable as $$begin perform pg_advisory_lock_shared(51); return 0; end$$;
      create function evil_equal(int, numeric) returns boolean language plpgsql immutable as $$begin perform pg_advisory_lock_shared(52); return true; end$$;
      create operator === (leftarg = int, rightarg = numeric, procedure = evil_equal);
      alter operator family integer_ops using btree add operator 3 === (int, numeric), function 1 (int, numeric) evil_compare(int, numeric)`,
    sql: "select * from items where id === 1.0",
  },
  {
    kind: "an implicit cast between types of Postgres",
    setup: `create function evil_cast(int) returns text language plpgsql immutable as $$begin perform pg_advisory_lock_shared(53); return 'x'; end$$;
      create cast (int as text) with function evil_cast(int) as implicit`,
    sql: "select length(id) from items",
  },
  {
    kind: "a replaced function of Postgres",
    setup:
      "create or replace function pg_catalog.lpad(text, int) returns text language plpgsql immutable as $$begin perform pg_advisory_lock_shared(54); return $1; end$$",
    sql: "select lpad(name, 3) from items",
  },
  {
    kind: "a replaced view of the information schema",
    setup:
      "create or replace view information_schema.information_schema_catalog_name as select evil()::text::information_schema.sql_identifier as catalog_name",
    sql: "select * from information_schema.information_schema_catalog_name",
  },
  {
    kind: "a schema before pg_catalog",
    setup: `create schema first; grant usage on schema first to public;
      create function first.lower(text) returns text language sql as 'select evil()::text';
      do $$begin execute format('alter database %I set search_path = first, pg_catalog, public', current_database()); end$$`,
    sql: "select lower(name) from items",
  },
];
