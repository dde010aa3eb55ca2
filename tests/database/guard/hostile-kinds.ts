import type { Mode } from "../../../src/database/guard/statement.ts";

/** A way to make a statement run what it does not show. */
export interface HostileKind {
  readonly kind: string;
  readonly setup?: string;
  readonly sql: string;
  readonly mode?: Mode;
  /** Major versions where it works. */
  readonly versions?: readonly number[];
}

export const extensions = "create extension hstore; create extension tablefunc; create extension intarray;";

/** Whatever runs one of these functions leaves an advisory lock behind, which no rollback takes back. */
export const world = `
  create table items (id int primary key, name text, price int, at date);
  insert into items select i, 'n' || i, i % 10, '2026-01-01' from generate_series(1, 100) i; analyze items;
  create function evil() returns boolean language plpgsql volatile as $$begin perform pg_advisory_lock_shared(1); return true; end$$;
  create function evil(int) returns int language plpgsql immutable as $$begin perform pg_advisory_lock_shared(2); return $1; end$$;
  create function evil_text(text) returns boolean language plpgsql immutable as $$begin perform pg_advisory_lock_shared(3); return true; end$$;
  create function evil_now() returns int language plpgsql stable as $$begin perform pg_advisory_lock_shared(4); return 1; end$$;
  create function evil_less(int, int) returns boolean language plpgsql immutable as $$begin perform pg_advisory_lock_shared(5); return $1 < $2; end$$;
  create function evil_step(int, int) returns int language plpgsql immutable strict as $$begin perform pg_advisory_lock_shared(6); return 1; end$$;
`;

/** A type whose comparison is the work of \`evil_step\`'s kind: fields, operators and a default operator class of its own. */
const comparedType = (name: string, using: "btree" | "hash") => `
  create type ${name} as (a int);
  create function ${name}_equal(${name}, ${name}) returns boolean language plpgsql immutable as
    $$begin perform pg_advisory_lock_shared(20); return ($1).a = ($2).a; end$$;
  create function ${name}_less(${name}, ${name}) returns boolean language plpgsql immutable as
    $$begin perform pg_advisory_lock_shared(20); return ($1).a < ($2).a; end$$;
  create function ${name}_compare(${name}, ${name}) returns int language plpgsql immutable as
    $$begin perform pg_advisory_lock_shared(20); return ($1).a - ($2).a; end$$;
  create function ${name}_hash(${name}) returns int language plpgsql immutable as
    $$begin perform pg_advisory_lock_shared(20); return ($1).a; end$$;
  create operator = (leftarg = ${name}, rightarg = ${name}, procedure = ${name}_equal, ${using === "btree" ? "merges" : "hashes"});
  create operator < (leftarg = ${name}, rightarg = ${name}, procedure = ${name}_less);
  create operator class ${name}_ops default for type ${name} using ${using} as ${
    using === "btree"
      ? `operator 1 <, operator 3 =, function 1 ${name}_compare(${name}, ${name})`
      : `operator 1 =, function 1 ${name}_hash(${name})`
  };
  create table of_${name} (id int, v ${name});
  insert into of_${name} select i, row(i)::${name} from generate_series(1, 5) i;
`;

export const kinds: readonly HostileKind[] = [
  { kind: "a function", sql: "select evil()" },
  { kind: "a function that the planner computes", sql: "select evil(1)", mode: "explain" },
  { kind: "a function whose result the planner estimates", sql: "select * from items where price = evil_now()", mode: "explain" },
  { kind: "a function that says how many rows there are", sql: "select * from items limit evil_now()", mode: "explain" },
  {
    kind: "a function in FROM",
    setup:
      "create function rows_of() returns setof int language plpgsql as $$begin perform pg_advisory_lock_shared(7); return next 1; end$$",
    sql: "select * from rows_of()",
  },
  { kind: "a function among ROWS FROM", sql: "select * from rows from (evil(1), generate_series(1, 2)) r" },
  {
    kind: "a function that takes any number of arguments",
    setup:
      "create function for_many(variadic int[]) returns int language plpgsql as $$begin perform pg_advisory_lock_shared(8); return 1; end$$",
    sql: "select for_many(1, 2, 3)",
  },
  {
    kind: "arguments by name",
    setup:
      "create function by_name(a int, b int) returns int language plpgsql as $$begin perform pg_advisory_lock_shared(9); return 1; end$$",
    sql: "select by_name(b => 1, a => 2)",
  },
  {
    kind: "the default of an argument",
    setup: "create function with_default(i int default evil(1)) returns int language sql as 'select i'",
    sql: "select with_default()",
  },
  {
    kind: "a body of text",
    setup: "create function in_text() returns void language sql as 'select pg_advisory_lock_shared(10)'",
    sql: "select in_text()",
  },
  {
    kind: "a body that was stored",
    setup: "create function in_tree() returns void language sql return pg_advisory_lock_shared(11)",
    sql: "select in_tree()",
  },
  {
    kind: "a body within a body",
    setup:
      "create function deep(i int) returns int language sql immutable as 'select evil(i)'; create function deeper(i int) returns int language sql immutable return deep(i) + 1",
    sql: "select deeper(1)",
    mode: "explain",
  },
  {
    kind: "the rights of an owner",
    setup: "create function as_owner() returns void language sql security definer as 'select pg_advisory_lock_shared(12)'",
    sql: "select as_owner()",
  },
  {
    kind: "a search_path of a function's own",
    setup: `create schema elsewhere; grant usage on schema elsewhere to public;
      create function elsewhere.hidden(text) returns boolean language plpgsql as $$begin perform pg_advisory_lock_shared(13); return true; end$$;
      create function hidden(text) returns boolean language sql as 'select true';
      create function on_path(text) returns boolean language sql set search_path = elsewhere, public as 'select hidden($1)'`,
    sql: "select on_path('x')",
  },
  {
    kind: "an overload of a function of Postgres",
    setup: "create function abs(text) returns int language plpgsql as $$begin perform pg_advisory_lock_shared(14); return 1; end$$",
    sql: "select abs('x'::text)",
  },
  {
    kind: "a computed column",
    setup: "create function worth(items) returns int language plpgsql as $$begin perform pg_advisory_lock_shared(15); return 1; end$$",
    sql: "select i.worth from items i",
  },
  { kind: "a computed column of a row in parentheses", sql: "select (i).worth from items i" },
  {
    kind: "an attribute of a number",
    setup: "create function doubled(int) returns int language plpgsql as $$begin perform pg_advisory_lock_shared(16); return 1; end$$",
    sql: "select (i.price).doubled from items i",
  },
  {
    kind: "an attribute of a parameter",
    setup: "create function of_parameter(p int) returns int language sql as 'select p.doubled'",
    sql: "select of_parameter(1)",
  },
  { kind: "the argument of TABLESAMPLE", sql: "select * from items tablesample system (evil(1))", mode: "explain" },

  {
    kind: "the step of an aggregate",
    setup: "create aggregate gather (int) (sfunc = evil_step, stype = int)",
    sql: "select gather(price) from items",
  },
  {
    kind: "the last step of an aggregate",
    setup: "create aggregate finished (int) (sfunc = int4pl, stype = int, finalfunc = evil, initcond = 0)",
    sql: "select finished(price) from items",
  },
  {
    kind: "the steps back of an aggregate in a window",
    setup:
      "create aggregate moving (int) (sfunc = int4pl, stype = int, initcond = 0, msfunc = int4pl, minvfunc = evil_step, mstype = int, minitcond = 0)",
    sql: "select moving(price) over (order by id rows between 1 preceding and current row) from items",
  },
  {
    kind: "an aggregate over a function of Postgres",
    setup:
      "create function two_locks(boolean, int) returns boolean language internal as 'pg_try_advisory_lock_shared_int4'; create aggregate lock_all (int) (sfunc = two_locks, stype = boolean, initcond = false)",
    sql: "select lock_all(price) from items",
  },

  {
    kind: "an operator",
    setup: "create operator <<< (leftarg = int, rightarg = int, procedure = evil_less)",
    sql: "select * from items where price <<< 5",
  },
  {
    kind: "an operator that estimates itself",
    setup: "create operator <<<< (leftarg = int, rightarg = int, procedure = evil_less, restrict = scalarltsel)",
    sql: "select * from items where price <<<< 5",
    mode: "explain",
  },
  { kind: "an operator over an array", sql: "select 5 <<< all (array[1, 2])" },
  { kind: "an operator over a subquery", sql: "select price <<< any (select 1) from items" },
  {
    kind: "an operator before its operand",
    setup: "create operator !!! (rightarg = bigint, procedure = pg_try_advisory_lock_shared)",
    sql: "select !!! 17::bigint",
  },
  { kind: "an operator with its schema", sql: "select 1 operator(public.<<<) 2" },
  {
    kind: "an operator in a body",
    setup: "create function less(int, int) returns boolean language sql as 'select $1 <<< $2'",
    sql: "select less(1, 2)",
  },

  { kind: "DISTINCT", setup: comparedType("sorted", "btree"), sql: "select distinct v from of_sorted" },
  { kind: "GROUP BY", sql: "select v from of_sorted group by v" },
  { kind: "ORDER BY", sql: "select id from of_sorted order by v" },
  { kind: "ORDER BY USING", sql: "select id from of_sorted order by v using <" },
  { kind: "UNION", sql: "select v from of_sorted union select v from of_sorted" },
  { kind: "PARTITION BY", sql: "select rank() over (partition by v) from of_sorted" },
  { kind: "GREATEST", sql: "select greatest(v, row(2)::sorted) from of_sorted" },
  { kind: "CASE", sql: "select case v when v then 1 end from of_sorted" },
  { kind: "NULLIF", sql: "select nullif(v, v) from of_sorted" },
  { kind: "IN", sql: "select 1 from of_sorted where v in (row(2)::sorted, row(3)::sorted)" },
  { kind: "IS DISTINCT FROM", sql: "select v is distinct from v from of_sorted" },
  { kind: "USING", sql: "select 1 from of_sorted a join of_sorted b using (v)" },
  { kind: "NATURAL JOIN", sql: "select 1 from of_sorted a natural join of_sorted b" },
  { kind: "a comparison of whole rows", sql: "select a = b from of_sorted a, of_sorted b" },
  { kind: "a comparison with a constant", sql: "select 1 from of_sorted where v = '(1)'" },
  {
    kind: "a constant that is cast to no type",
    setup: `create function sorted_above(sorted, int) returns boolean language plpgsql as $$begin perform pg_advisory_lock_shared(22); return true; end$$;
      create operator >>> (leftarg = sorted, rightarg = int, procedure = sorted_above);
      create operator ~ (leftarg = sorted, rightarg = int, procedure = sorted_above)`,
    sql: "select '(1)'::unknown ~ id from items",
  },
  { kind: "a constant before an operator of a user", sql: "select '(1)' >>> id from items" },
  { kind: "a constant compared with rows", sql: "select '(1)' = any (select v from of_sorted)" },
  {
    kind: "a comparison of arrays made of rows",
    sql: "select (select array_agg(v) from of_sorted) < (select array_agg(v) from of_sorted)",
  },
  {
    kind: "a class that sorts whole rows",
    setup: `create table ranked (a int); insert into ranked values (1), (2);
      create function ranked_compare(ranked, ranked) returns int language plpgsql immutable as $$begin perform pg_advisory_lock_shared(21); return 0; end$$;
      create function ranked_less(ranked, ranked) returns boolean language plpgsql immutable as $$begin perform pg_advisory_lock_shared(21); return false; end$$;
      create operator < (leftarg = ranked, rightarg = ranked, procedure = ranked_less);
      create operator = (leftarg = ranked, rightarg = ranked, procedure = ranked_less);
      create operator class ranked_ops default for type ranked using btree as operator 1 <, operator 3 =, function 1 ranked_compare(ranked, ranked)`,
    sql: "select a from ranked r order by r",
  },
  { kind: "the largest of whole rows", sql: "select greatest(r, s) from ranked r, ranked s" },
  { kind: "a comparison of arrays", sql: "select array[v] = array[v] from of_sorted" },
  { kind: "a type that only a cast names", sql: "select '(1)'::sorted = '(1)'" },
  { kind: "an array that only a cast names", sql: "select '{(1)}'::sorted[] = '{(1)}'" },
  {
    kind: "a range of such a type",
    setup: "create type spans as range (subtype = sorted)",
    sql: "select spans(row(1)::sorted, row(2)::sorted)",
  },
  { kind: "a hash join", setup: comparedType("hashed", "hash"), sql: "select 1 from of_hashed a join of_hashed b on a.v = b.v" },
  { kind: "a set made unique by hashing", sql: "select count(distinct id) from of_hashed where v in (select v from of_hashed)" },

  {
    kind: "a cast",
    setup: `create type wrapped as (a int); create function wrap(int) returns wrapped language plpgsql as $$begin perform pg_advisory_lock_shared(30); return row($1)::wrapped; end$$;
      create cast (int as wrapped) with function wrap(int)`,
    sql: "select 1::wrapped",
  },
  { kind: "a cast of array elements", sql: "select '{1}'::int[]::wrapped[]" },
  {
    kind: "a cast that nobody writes",
    setup: `create type shown as (a int); create table of_shown (v shown); insert into of_shown values (row(1));
      create function show_it(shown) returns text language plpgsql immutable as $$begin perform pg_advisory_lock_shared(31); return 'x'; end$$;
      create cast (shown as text) with function show_it(shown) as implicit`,
    sql: "select length(v) from of_shown",
  },
  {
    kind: "a cast that the functions for JSON look for",
    setup: `create type jsonable as enum ('a'); create table of_jsonable (v jsonable); insert into of_jsonable values ('a');
      create function in_json(jsonable) returns json language plpgsql immutable as $$begin perform pg_advisory_lock_shared(32); return '{}'; end$$;
      create cast (jsonable as json) with function in_json(jsonable)`,
    sql: "select to_json(v) from of_jsonable",
  },

  { kind: "the CHECK of a domain", setup: "create domain checked as text check (evil_text(value))", sql: "select 'x'::checked" },
  { kind: "the CHECK of a domain over a column", sql: "select name::checked from items" },
  { kind: "a domain over a domain", setup: "create domain over_checked as checked", sql: "select 'x'::over_checked" },
  { kind: "an array of a domain", sql: "select '{x}'::checked[]" },
  { kind: "a domain in a row", setup: "create type with_checked as (a checked)", sql: "select row('x')::with_checked" },
  {
    kind: "a domain in the row of a table",
    setup: "create table holding (a checked)",
    sql: "select jsonb_populate_record(null::holding, '{\"a\": 1}')",
  },
  { kind: "a domain in a list of columns", sql: "select * from json_to_record('{\"a\": 1}') as r(a checked)" },
  { kind: "a domain that a call casts to", sql: "select checked('x'::text)" },
  { kind: "a domain that an attribute casts to", sql: "select (i.name).checked from items i" },
  { kind: "a domain that a string names", sql: "select pg_input_is_valid('x', 'checked')", versions: [18] },
  { kind: "a domain that an identifier names", sql: "select domain_in('x', 'checked'::regtype, -1)" },
  { kind: "a domain of which a column is made", sql: "select * from xmltable('/a' passing '<a>x</a>' columns a checked path '.')" },
  {
    kind: "a domain of which a column of JSON is made",
    sql: "select * from json_table('[1]', '$[*]' columns (a checked path '$'))",
    versions: [18],
  },
  {
    kind: "the CHECK of a domain with a function of Postgres",
    setup: "create domain locking as bigint check (pg_try_advisory_lock_shared(value))",
    sql: "select 5::locking",
  },
  {
    kind: "a domain that a function returns",
    setup: "create function as_checked(text) returns checked language sql as 'select $1'",
    sql: "select as_checked('x')",
  },
];
