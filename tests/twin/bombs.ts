/** What a caller may send: DDL beside a table `t (id int, note text)`, and a query. */
export interface Bomb {
  readonly name: string;
  readonly ddl?: string;
  readonly sql?: string;
}

const times = (count: number, part: (number: number) => string) => Array.from({ length: count }, (_, number) => part(number));
const block = (body: string) => `do $$ begin ${body} end $$;`;
const written = (command: string) => block(`execute '${command.replaceAll("'", "''")}';`);
const wide = "select repeat('x', 1000000) from generate_series(1, 100000)";
const calling = (volatility: string, body: string) =>
  `create function f() returns text ${volatility} language plpgsql as $$ begin ${body} end $$;`;
const chain = times(14, (number) => `t t${number}`).join(", ");
const partitions = (count: number) =>
  block(`for i in 1..${count} loop execute format('create table p%s partition of p for values in (%s)', i, i); end loop;`);

/** Those that end by themselves: an answer, or a refusal. */
export const quick: readonly Bomb[] = [
  { name: "a constant of 250 MB", sql: "select length(lpad('a', 250000000, 'b')) from t" },
  { name: "an array of 100 million", sql: "select array_fill(1::bigint, array[100000000]) from t" },
  { name: "a number that overflows", sql: "select 99999::numeric ^ 99999 from t" },
  { name: "a factorial", sql: "select factorial(100000) from t" },
  { name: "JSON in 100,000 brackets", sql: "select (repeat('[', 100000) || repeat(']', 100000))::json from t" },
  { name: "jsonb in 6,000 braces", sql: `select 1 from t where note = (repeat('{"a":', 6000))::jsonb::text` },
  {
    name: "a string built of a million, while planning",
    ddl: "create function f() returns text immutable language sql as $$ select string_agg(repeat('x', 1000), ',') from generate_series(1, 1000000) $$;",
    sql: "select 1 from t where note = f()",
  },
  {
    name: "a function that calls itself",
    ddl: "create function f(int) returns int immutable language plpgsql as $$ begin return f($1 + 1); end $$;",
    sql: "select f(1) from t",
  },
  {
    name: "a function in SQL that is inlined into itself",
    ddl: "create function f(int) returns int immutable language sql as 'select 1'; create or replace function f(int) returns int immutable language sql as 'select f($1) + f($1 + 1)';",
    sql: "select f(id) from t",
  },
  {
    name: "a trigger that fires itself",
    ddl: `create function again() returns trigger language plpgsql as $$ begin insert into t values (1); return new; end $$;
      create trigger again after insert on t for each row execute function again(); ${block("insert into t values (1);")}`,
  },
  { name: "900 parentheses", sql: `select ${"(".repeat(900)}1${")".repeat(900)} from t` },
  { name: "240 CASEs in each other", sql: `select ${"case when id = 1 then ".repeat(240)}1${" end".repeat(240)} from t` },
  { name: "300 sub-queries in each other", sql: `${"select * from (".repeat(300)}select * from t${") a".repeat(300)}` },
  { name: "an IN list of 15,000", sql: `select 1 from t where id in (${times(15_000, String).join(",")})` },
  { name: "900 UNIONs", sql: times(900, (number) => `select ${number} from t`).join(" union ") },
  { name: "a cross join of 60", sql: `select 1 from ${times(60, (number) => `t t${number}`).join(", ")}` },
  { name: "1,600 columns", ddl: `create table w (${times(1600, (number) => `c${number} int`).join(", ")});`, sql: "select * from w" },
  { name: "an index on a huge expression", ddl: `create index on t ((${times(300, () => "lower(note)").join(" || ")}));` },
  { name: "a shell", ddl: written("copy t from program 'touch /tmp/twin-hostile'") },
  { name: "the end of its own session", ddl: block("perform pg_terminate_backend(pg_backend_pid());") },
  { name: "the control file overwritten", ddl: written("copy (select 1) to '/pglite/data/global/pg_control'") },
  { name: "pg_class with 30,000 columns for a table", ddl: block("update pg_class set relnatts = 30000 where relname = 't';") },
  { name: "pg_attribute emptied", ddl: block("delete from pg_catalog.pg_attribute;"), sql: "select * from t" },
  { name: "pg_proc emptied", ddl: block("delete from pg_catalog.pg_proc;"), sql: "select * from t where lower(note) = 'x'" },
  { name: "a dropped catalog", ddl: "drop table pg_catalog.pg_description cascade; drop schema information_schema cascade;" },
  {
    name: "numbers taken for pointers",
    ddl: "create function f(bigint, bigint) returns text immutable language internal as 'textcat';",
    sql: "select f(3000000000, 77777) from t",
  },
  {
    name: "a cast that takes numbers for pointers",
    ddl: "create cast (int as text) without function;",
    sql: "select 2000000000::int::text from t",
  },
  {
    name: "a transaction of its own",
    ddl: `commit; rollback; abort; begin isolation level serializable read only; savepoint batch; ${written("commit")} ${block("commit;")}
      create procedure p() language plpgsql as 'begin commit; end'; call p();`,
  },
  { name: "nothing may be written", ddl: block("perform set_config('transaction_read_only', 'on', true);") },
  { name: "another role", ddl: `create role nobody; ${block("perform set_config('role', 'nobody', false);")} create table u ();` },
  { name: "another session user", ddl: `create role nobody; ${written("set session authorization nobody")}` },
  { name: "a timeout of its own", ddl: block("perform set_config('statement_timeout', '1', false);") },
  { name: "an advisory lock", ddl: block("perform pg_advisory_lock(1);") },
  { name: "a prepared statement and a listener", ddl: `prepare p as select 1; ${written("prepare p as select 1")} ${written("listen x")}` },
  {
    name: "a subscription",
    ddl: written("create subscription s connection 'host=127.0.0.1 dbname=x' publication p with (create_slot = false)"),
  },
  {
    name: "a server for the whole cluster",
    ddl: `${written("create database other")} ${written("create tablespace s location '/tmp'")} alter system set port = 1;`,
  },
];

/** Those that only the deadline or a limit of ours ends. */
export const slow: readonly Bomb[] = [
  { name: "a function that loops while planning", ddl: calling("immutable", "loop end loop;"), sql: "select f() from t" },
  {
    name: "errors swallowed in a loop, cancellation too",
    ddl: block("loop begin perform repeat('x', 1000000000); exception when others or query_canceled then null; end; end loop;"),
  },
  {
    name: "rows until the disk is full",
    ddl: block("loop insert into t select i, repeat('x', 500) from generate_series(1, 10000) i; end loop;"),
  },
  { name: "warnings without end", ddl: block("loop raise warning '%', repeat('x', 1000000); end loop;") },
];

/** The rest, for the long run. */
export const others: readonly Bomb[] = [
  {
    name: "a stable function that loops while planning",
    ddl: calling("stable", "loop end loop;"),
    sql: "select 1 from t where note = f()",
  },
  { name: "a constant of 200 MB", sql: "select length(repeat('a', 200000000)) from t" },
  {
    name: "a regular expression that goes back and forth",
    sql: String.raw`select regexp_replace(repeat('a b ', 500000), '(\w+\s*)+\1\1$', '', 'g') from t`,
  },
  {
    name: "a limit that counts to a billion",
    ddl: "create function f() returns bigint stable language sql as $$ select count(*) from generate_series(1, 1000000000) $$;",
    sql: "select 1 from t limit f()",
  },
  { name: "a block that loops", ddl: block("loop end loop;") },
  { name: "a sleep", ddl: block("perform pg_sleep(1000);") },
  { name: "a loop that cannot be cancelled", ddl: block("perform pg_cancel_backend(pg_backend_pid()); loop end loop;") },
  { name: "a file without end", ddl: written(`copy (${wide}) to '/tmp/big'`) },
  { name: "a device without end", ddl: written(`copy (${wide}) to '/dev/stdout'`) },
  { name: "a file per row", ddl: block("for i in 1..1000000 loop perform lo_export(lo_creat(-1), '/tmp/' || i); end loop;") },
  {
    name: "an event trigger that loops",
    ddl: `create function f() returns event_trigger language plpgsql as $$ begin loop end loop; end $$; ${written("create event trigger e on ddl_command_start execute function f()")} create table u ();`,
  },
  {
    name: "a domain whose check loops",
    ddl: `create function f(text) returns bool immutable language plpgsql as $$ begin loop end loop; end $$; create domain d as text check (f(value)); ${block("perform 'x'::d;")}`,
  },
  {
    name: "a join of 14 that is searched through",
    ddl: block(
      "perform set_config('geqo', 'off', false), set_config('join_collapse_limit', '100', false), set_config('from_collapse_limit', '100', false);",
    ),
    sql: `select 1 from ${chain} where ${times(13, (number) => `t${number}.id = t${number + 1}.id`).join(" and ")}`,
  },
  { name: "a cross join of 400", sql: `select 1 from ${times(400, (number) => `t t${number}`).join(", ")}` },
  {
    name: "1,000 views on each other",
    ddl: times(1000, (number) => `create view v${number} as select * from ${number === 0 ? "t" : `v${number - 1}`};`).join("\n"),
    sql: "select * from v999",
  },
  {
    name: "2,000 partitions joined",
    ddl: `create table p (id int) partition by list (id); ${partitions(2000)}`,
    sql: "select * from p a join p b using (id)",
  },
  {
    name: "300 partitions of 1,500 columns",
    ddl: `create table p (id int, ${times(1500, (number) => `c${number} int`).join(", ")}) partition by list (id); ${partitions(300)}`,
    sql: "select * from p",
  },
  { name: "an enum of 50,000", ddl: `create type e as enum (${times(50_000, (number) => `'label ${number}'`).join(", ")});` },
];
