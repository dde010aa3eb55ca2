import { afterAll, expect, test } from "vitest";
import { isKnownToRead, knownLibraries } from "../../../src/database/guard/extensions.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import { asSuperuser } from "../sessions.ts";
import { openGuard } from "./resolving.ts";

const world = `
  create extension postgres_fdw; create extension file_fdw; create extension dblink; create extension citext;
  create table items (id int primary key, name text, price int);
  create function in_plpgsql(int) returns int language plpgsql immutable as $$begin return $1; end$$;
  create function "Odd Name"(int) returns int language plpgsql as $$begin return $1; end$$;
  create function reading(i int) returns int language sql stable as 'select price from public.items where id = i';
  create function writing(i int) returns int language sql as 'update public.items set price = i returning id';
  create function locking(i int) returns int language sql as 'select id from public.items where id = i for update';
  create function twice(i int) returns int language sql as 'select 1; select 2';
  create function quick(i int) returns int language sql set enable_seqscan = off as 'select reading(i)';
  create function recursive(i int) returns int language sql as 'select case when i = 0 then 0 else recursive(i - 1) end';
  create operator <<< (leftarg = int, rightarg = int, procedure = int4lt);
  create domain even as int check (in_plpgsql(value) % 2 = 0);
  create view totals as select in_plpgsql(price) as total from items;
  create view passwords as select rolname, rolpassword from pg_authid;

  create server files foreign data wrapper file_fdw;
  create foreign table of_file (line text) server files options (filename '/tmp/absent');
  create foreign table of_program (line text) server files options (program 'true');
  create server remote foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1');
  create foreign table of_remote (id int) server remote;
  create foreign table of_asked (id int) server remote options (use_remote_estimate 'on');
  create foreign data wrapper unknown; create server nobody foreign data wrapper unknown;
  create foreign table of_nobody (id int) server nobody;
  create table parents (id int) partition by list (id);
  create foreign table part_1 partition of parents for values in (1) server remote options (use_remote_estimate 'true');

  create view v0 as select id from items;
  do $$begin
    for i in 1..13 loop execute format('create view v%s as select id from v%s', i, i - 1); end loop;
    create view w0 as select id from items;
    for i in 1..7 loop execute format('create view w%s as select a.id from w%s a join w%s b using (id)', i, i - 1, i - 1); end loop;
    create function f0(i int) returns int language sql immutable as 'select i + 1';
    for i in 1..11 loop
      execute format($f$create function f%s(i int) returns int language sql immutable as 'select f%s(i) + f%s(i + 1)'$f$, i, i - 1, i - 1);
    end loop;
  end$$;
`;

const { url } = await freshDatabase(18, world);
const guard = openGuard(url);
afterAll(() => guard.close());

test("the sentence names what is used where, why it is refused, and the way out", async () => {
  const sentences = [
    await guard.ask("select in_plpgsql(price) from items"),
    await guard.ask('select "Odd Name"(1)'),
    await guard.ask("select pg_advisory_lock(1)"),
    await guard.ask("select dblink('', '')"),
    await guard.ask("select * from totals"),
    await guard.ask("select 4::even"),
    await guard.ask("select writing(1)"),
    await guard.ask("select locking(1)"),
    await guard.ask("select twice(1)"),
    await guard.ask("select quick(1)"),
  ];
  expect(sentences.join("\n")).toMatchInlineSnapshot(`
    "Not sent to the database (guard, functions): the function in_plpgsql is written in plpgsql, where nobody sees from outside what it does. Leave it out of the statement, or, if the function only reads, start the server with --trust-function public.in_plpgsql.
    Not sent to the database (guard, functions): the function "Odd Name" is written in plpgsql, where nobody sees from outside what it does. Leave it out of the statement, or, if the function only reads, start the server with --trust-function "public.Odd Name".
    Not sent to the database (guard, functions): the function pg_advisory_lock can do more than read. Leave it out of the statement.
    Not sent to the database (guard, functions): the function dblink belongs to the extension dblink and is not among those known to only read. Leave it out of the statement, or, if the function only reads, start the server with --trust-function public.dblink.
    Not sent to the database (guard, relations): the view public.totals calls in_plpgsql, which is written in plpgsql, where nobody sees from outside what it does. Leave the view public.totals out of the statement, or, if the function only reads, start the server with --trust-function public.in_plpgsql.
    Not sent to the database (guard, types): the type public.even calls in_plpgsql, which is written in plpgsql, where nobody sees from outside what it does. Leave the type public.even out of the statement, or, if the function only reads, start the server with --trust-function public.in_plpgsql.
    Not sent to the database (guard, functions): the function writing has a body that is not one SELECT that only reads. Leave it out of the statement, or, if the function only reads, start the server with --trust-function public.writing.
    Not sent to the database (guard, functions): the function locking has a body that is not one SELECT that only reads. Leave it out of the statement, or, if the function only reads, start the server with --trust-function public.locking.
    Not sent to the database (guard, functions): the function twice has a body that is not one SELECT that only reads. Leave it out of the statement, or, if the function only reads, start the server with --trust-function public.twice.
    Not sent to the database (guard, functions): the function quick changes settings while it runs. Leave it out of the statement, or, if the function only reads, start the server with --trust-function public.quick."
  `);
});

test("a name that means nothing is told before the server is asked", async () => {
  expect(
    [await guard.ask("select * from nothing"), await guard.ask("select nothing(1, 2)"), await guard.ask("select lower('a', 'b')")].join(
      "\n",
    ),
  ).toMatchInlineSnapshot(`
    "Not sent to the database (guard, relations): there is no relation nothing in pg_catalog, public. Correct the name, or write its schema before it.
    Not sent to the database (guard, functions): there is no function nothing for 2 arguments in pg_catalog, public. Correct the call, or write the function's schema before it.
    Not sent to the database (guard, functions): there is no function lower for 2 arguments in pg_catalog, public. Correct the call, or write the function's schema before it."
  `);
  expect(await guard.ask("with nothing as (select 1 as a) select * from nothing n, (select 2 as b) q where n.a = q.b")).toBe("passed");
});

test("what an operator vouches for is let through, wherever it is called", async () => {
  expect(await guard.ask("select in_plpgsql(1), 4::even, t.total from totals t", "analyze", ["in_plpgsql"])).toBe("passed");
  expect(await guard.ask("select in_plpgsql(1)", "analyze", ["public.in_plpgsql"])).toBe("passed");
  expect(await guard.ask("select in_plpgsql(1)", "analyze", ["other.in_plpgsql"])).toMatch("guard, functions");
  expect(await guard.ask("select pg_advisory_lock(1)", "analyze", ["pg_advisory_lock", "pg_catalog.pg_advisory_lock"])).toMatch(
    "guard, functions",
  );
});

test("bodies in SQL and operators over functions of Postgres are read and let through", async () => {
  for (const sql of ["select reading(1), recursive(3)", "select * from items where price <<< 3", "select f5(1)", "select * from v5, w3"])
    expect(await guard.ask(sql)).toBe("passed");
});

test("relations that hold secrets are refused, also behind a view, and what Postgres shows of them is not", async () => {
  const refused = [
    "pg_authid",
    "pg_shadow",
    "pg_user_mapping",
    "pg_subscription",
    "pg_hba_file_rules",
    "pg_foreign_server",
    "pg_db_role_setting",
  ];
  for (const name of [...refused, "information_schema.user_mapping_options", "passwords"])
    expect(await guard.ask(`select count(*) from ${name}`)).toMatch("can hold passwords or keys");
  for (const name of [
    "pg_roles",
    "pg_user",
    "pg_stats",
    "pg_settings",
    "pg_stat_activity",
    "pg_publication_tables",
    "information_schema.columns",
  ])
    expect(await guard.ask(`select count(*) from ${name}`)).toBe("passed");
});

test("foreign tables are planned where planning stays in this database, and never read", async () => {
  const names = ["of_file", "of_program", "of_remote", "of_asked", "of_nobody", "parents"];
  const answers = await Promise.all(names.map(async (name) => `${name}: ${await guard.ask(`select * from ${name}`, "explain")}`));
  expect(answers.join("\n")).toMatchInlineSnapshot(`
    "of_file: passed
    of_program: Not sent to the database (guard, relations): the foreign table of_program runs a program. Leave it out of the statement.
    of_remote: passed
    of_asked: Not sent to the database (guard, relations): the foreign table of_asked asks its server when a query is planned (use_remote_estimate). Leave it out of the statement.
    of_nobody: Not sent to the database (guard, relations): the foreign table of_nobody belongs to the wrapper unknown, of which nobody knows what planning does. Leave it out of the statement.
    parents: Not sent to the database (guard, relations): the foreign table part_1 asks its server when a query is planned (use_remote_estimate). Leave it out of the statement."
  `);
  for (const name of names) expect(await guard.ask(`select * from ${name}`)).toMatch("is read from outside of this database");
});

test("views and functions that unfold into too much are refused", async () => {
  expect(
    [await guard.ask("select * from v13"), await guard.ask("select * from w7"), await guard.ask("select f11(1)", "explain")].join("\n"),
  ).toMatchInlineSnapshot(`
    "Not sent to the database (guard, relations): its views and functions are nested more than 12 levels deep. Ask about the tables behind them.
    Not sent to the database (guard, relations): with its views and functions written out it reads 383 relations, and at most 100 are planned. Ask about a part of it.
    Not sent to the database (guard, functions): with its functions written out it has 4095 calls, and at most 2000 are planned. Ask about a part of it."
  `);
});

test("a query of tables takes three round trips, and one more for each level of views", async () => {
  await guard.ask(
    "select a.name, count(*) from items a join items b using (id) left join parents c on c.id = b.id where a.price > 3 group by 1",
    "explain",
  );
  expect(guard.trips()).toBe(3);
  await guard.ask("select * from v1");
  expect(guard.trips()).toBe(5);
});

test("a function in the schema of temporary objects is not known to anybody else", async () => {
  expect(await guard.ask("select pg_temp.in_plpgsql(1)")).toMatch("there is no function pg_temp.in_plpgsql");
});

test("every compiled function of the extensions that are named is there for its volatility, and these are refused", async () => {
  const extensions = [...new Set(knownLibraries.map(([name]) => name))];
  const refused = await asSuperuser((await freshDatabase(18)).url, async (client) => {
    for (const name of extensions) await client.query(`create extension "${name}" cascade`).catch(() => undefined);
    const { rows } = await client.query(`
      select p.proname as name, p.provolatile as volatility, e.extname as extension, l.lanname as language, p.probin as library
      from pg_depend d join pg_extension e on e.oid = d.refobjid join pg_proc p on p.oid = d.objid join pg_language l on l.oid = p.prolang
      where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and e.extname <> 'plpgsql' and l.lanname <> 'sql'
        and p.prokind <> 'a' and not 2281 = any (p.proargtypes) and p.prorettype <> 'trigger'::regtype
      order by 3, 1`);
    return rows.filter((member) => !isKnownToRead(member)).map(({ extension, name }) => `${extension}.${name}`);
  });
  expect([...new Set(refused)].join(" ")).toMatchInlineSnapshot(
    `"isn.isn_weak pg_stat_statements.pg_stat_statements_reset pg_trgm.set_limit pgcrypto.armor pgcrypto.crypt pgcrypto.dearmor pgcrypto.decrypt pgcrypto.decrypt_iv pgcrypto.encrypt pgcrypto.encrypt_iv pgcrypto.fips_mode pgcrypto.gen_random_bytes pgcrypto.gen_salt pgcrypto.pgp_armor_headers pgcrypto.pgp_key_id pgcrypto.pgp_pub_decrypt pgcrypto.pgp_pub_decrypt_bytea pgcrypto.pgp_pub_encrypt pgcrypto.pgp_pub_encrypt_bytea pgcrypto.pgp_sym_decrypt pgcrypto.pgp_sym_decrypt_bytea pgcrypto.pgp_sym_encrypt pgcrypto.pgp_sym_encrypt_bytea"`,
  );
});
