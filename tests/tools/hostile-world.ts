/**
 * A schema with code of its own wherever Postgres lets one put it. `boom` is what that code does; the schema is the same
 * whatever it does. Names are as awkward as names can be.
 */
const long = "é".repeat(31);
export const oddSchema = 'App"; drop table x; --';
export const oddTable = "Line\n\\items' $$ \u202e";
const odd = `"App""; drop table x; --"."Line\n\\items' $$ \u202e"`;

export const world = (boom: string): string => `
  create schema app; create schema "App""; drop table x; --";
  create function app.boom(place text) returns void language plpgsql volatile as $boom$ begin ${boom} end $boom$;
  create function app.touched_b(x int, place text) returns boolean language plpgsql immutable as 'begin perform app.boom(place); return x is not null; end';
  create function app.touched_i(x int, place text) returns int language plpgsql immutable as 'begin perform app.boom(place); return x; end';
  create function app.touched_s() returns int language plpgsql stable as 'begin perform app.boom(''stable''); return 1; end';
  create function app.touched_v() returns int language plpgsql volatile as 'begin perform app.boom(''volatile''); return 1; end';
  create function app.touched_t(x text) returns text language plpgsql immutable as 'begin perform app.boom(''text''); return lower(x); end';
  create function app.distance(a int, b int) returns float8 language plpgsql immutable as 'begin perform app.boom(''subtype_diff''); return a - b; end';
  create function app.same(a int, b int) returns boolean language plpgsql immutable as 'begin perform app.boom(''operator''); return a = b; end';
  create operator app.=== (leftarg = int, rightarg = int, function = app.same, restrict = eqsel, join = eqjoinsel);
  create domain app.checked as int check (app.touched_b(value, 'domain'));
  create type app.pair as (a int, b text);
  create function app.pair_text(app.pair) returns text language plpgsql immutable as 'begin perform app.boom(''cast''); return $1.b; end';
  create cast (app.pair as text) with function app.pair_text(app.pair) as implicit;
  create type app.mood as enum ('so', 'la"la', 'it''s');
  create type app.span as range (subtype = int, subtype_diff = app.distance);
  create function app.summed(int, int) returns int language plpgsql immutable as 'begin perform app.boom(''aggregate''); return $1 + $2; end';
  create aggregate app.total(int) (sfunc = app.summed, stype = int, initcond = '0');
  create table app.orders (
    id int primary key default app.touched_v(),
    n int check (app.touched_b(n, 'check')),
    up int generated always as (app.touched_i(n, 'generated')) stored,
    d app.checked, p app.pair, m app.mood, s app.span, note text, doc jsonb
  );
  create table ${odd} (
    "Id" int primary key references app.orders, "select" text, "a""b" int, "back\\slash" int, "tab\there" int,
    "${long}" text, "mixedCase" text, "zero\u200bwidth" int
  );
  create index on app.orders (app.touched_i(n, 'index'));
  create index on app.orders (note) where app.touched_b(n, 'predicate');
  create index on app.orders using gist (s);
  create index "i; drop" on ${odd} (app.touched_t("select"));
  create statistics app.said on (app.touched_i(n, 'statistics')), note from app.orders;
  create view app.seen as select id, app.touched_v() as v, app.touched_s() as s from app.orders where app.touched_b(n, 'view');
  create materialized view app.kept as select app.touched_i(n, 'matview') as n from app.orders;
  create rule copied as on insert to app.seen do instead select app.touched_v();
  alter table app.orders enable row level security;
  create policy own on app.orders using (app.touched_b(n, 'policy')) with check (app.touched_v() = 1);
  create function app.fired() returns trigger language plpgsql as 'begin perform app.boom(''trigger''); return new; end';
  create trigger fires before insert on ${odd} for each row execute function app.fired();
  create table app.parts (at int, kind text) partition by range ((app.touched_i(at, 'partition key')));
  create table app.parts_1 partition of app.parts for values from (0) to (100);
  insert into app.orders (id, n, d, p, m, s, note, doc)
    select i, i % 50, i, row(i % 7, 'p' || i % 7)::app.pair, (array['so', 'la"la']::app.mood[])[1 + i % 2], app.span(i, i + 5), 'note ' || i % 20, '{"k": 1}'
      from generate_series(1, 2000) i;
  insert into ${odd} select i, 'w' || i % 5, i % 3, i, i, 'l', 'm', i from generate_series(1, 2000) i;
  insert into app.parts select i, 'k' from generate_series(0, 99) i;
  refresh materialized view app.kept;
  analyze;
`;

/** Everything that a search_path can put in the place of what is in pg_catalog, and casts that need no search_path. */
export const shadows = (boom: string): string => `
  create schema evil;
  create function evil.boom(place text) returns void language plpgsql volatile as $boom$ begin ${boom} end $boom$;
  ${[
    "pg_class",
    "pg_attribute",
    "pg_namespace",
    "pg_index",
    "pg_stats",
    "pg_roles",
    "pg_settings",
    "pg_type",
    "pg_proc",
    "pg_constraint",
    "pg_policy",
    "pg_statistic_ext",
    "pg_db_role_setting",
    "pg_stat_user_tables",
  ]
    .map((name) => `create view evil.${name} as select evil.boom('${name}') is null as boom;`)
    .join("\n  ")}
  ${[
    ["lower", "text", "text"],
    ["coalesce_", "text", "text"],
    ["format", "text, text", "text"],
    ["quote_ident", "text", "text"],
    ["current_setting", "text", "text"],
    ["set_config", "text, text, boolean", "text"],
    ["pg_get_expr", "pg_node_tree, oid", "text"],
    ["pg_get_indexdef", "oid", "text"],
    ["pg_get_viewdef", "oid", "text"],
    ["pg_get_constraintdef", "oid", "text"],
    ["pg_relation_size", "regclass", "bigint"],
    ["has_table_privilege", "oid, text", "boolean"],
    ["has_column_privilege", "oid, int2, text", "boolean"],
    ["to_jsonb", "anyelement", "jsonb"],
    ["array_length", "anyarray, int", "int"],
    ["version", "", "text"],
  ]
    .map(
      ([name, args, type]) =>
        `create function evil.${name}(${args}) returns ${type} language plpgsql as $$ begin perform evil.boom('${name}'); return null; end $$;`,
    )
    .join("\n  ")}
  create schema if not exists public;
  create function public.format(text, text) returns text language plpgsql as $$ begin perform evil.boom('public.format'); return null; end $$;
  ${["text", "oid", "name", "int4", "int8", "bool", '"char"', "oid[]"]
    .flatMap((type) => ["=", "<>", "<", ">"].map((operator) => ({ type, operator })))
    .map(({ type, operator }, number) => {
      const name = `evil.op_${number}`;
      return `create function ${name}(${type}, ${type}) returns boolean language plpgsql as $$ begin perform evil.boom('operator'); return true; end $$;
  create operator evil.${operator} (leftarg = ${type}, rightarg = ${type}, function = ${name});`;
    })
    .join("\n  ")}
  create function evil.joined(text, text) returns text language plpgsql as $$ begin perform evil.boom('||'); return 'x'; end $$;
  create operator evil.|| (leftarg = text, rightarg = text, function = evil.joined);
  create function evil.matched(text, text) returns boolean language plpgsql as $$ begin perform evil.boom('~'); return true; end $$;
  create operator evil.~ (leftarg = text, rightarg = text, function = evil.matched);
  create operator evil.!~ (leftarg = text, rightarg = text, function = evil.matched);
  create function evil.cast_1(text) returns int language plpgsql as $$ begin perform evil.boom('cast text to int'); return 1; end $$;
  create function evil.cast_2(int) returns text language plpgsql as $$ begin perform evil.boom('cast int to text'); return ''; end $$;
  create function evil.cast_3(oid) returns text language plpgsql as $$ begin perform evil.boom('cast oid to text'); return ''; end $$;
  create function evil.cast_4(boolean) returns int8 language plpgsql as $$ begin perform evil.boom('cast bool to int8'); return 1; end $$;
  create function evil.cast_5(jsonb) returns text language plpgsql as $$ begin perform evil.boom('cast jsonb to text'); return ''; end $$;
  create cast (text as int) with function evil.cast_1(text) as implicit;
  create cast (int as text) with function evil.cast_2(int) as implicit;
  create cast (oid as text) with function evil.cast_3(oid) as implicit;
  create cast (boolean as int8) with function evil.cast_4(boolean) as implicit;
  create cast (jsonb as text) with function evil.cast_5(jsonb) as assignment;
  create type evil.text as enum ('a'); create domain evil.oid as int; create domain evil.int4 as text; create domain evil.name as int;
  grant usage on schema evil to public;
  create function evil.ddl() returns event_trigger language plpgsql as $$ begin perform evil.boom('event trigger'); end $$;
  create event trigger evil_ddl on ddl_command_start execute function evil.ddl();
`;

/** What a role or a database may have set; values that would change what our queries mean or print, or what they may do. */
export const settings: Readonly<Record<string, string>> = {
  search_path: "evil, pg_catalog, public",
  standard_conforming_strings: "off",
  default_transaction_read_only: "off",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  row_security: "off",
  quote_all_identifiers: "on",
  DateStyle: "'German, DMY'",
  IntervalStyle: "sql_standard",
  TimeZone: "'Pacific/Chatham'",
  client_encoding: "LATIN1",
  bytea_output: "escape",
  statement_timeout: "'90s'",
  lock_timeout: "'90s'",
  transform_null_equals: "on",
  array_nulls: "off",
  extra_float_digits: "-15",
  xmlbinary: "hex",
  xmloption: "document",
  escape_string_warning: "on",
  backslash_quote: "on",
  check_function_bodies: "on",
  client_min_messages: "debug5",
  default_text_search_config: "'pg_catalog.french'",
  application_name: "'not ours'",
  lo_compat_privileges: "on",
  session_replication_role: "replica",
  session_preload_libraries: "auto_explain",
};
