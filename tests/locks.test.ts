import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runsAlone } from "../src/migration/alone.ts";
import { type Observed, observe, observeAlone, type Stage } from "../src/migration/observe.ts";
import { parseStatements } from "../src/sql/parse.ts";
import { freshDatabase } from "./postgres/fresh-database.ts";
import { startTwin } from "./twin/twin.ts";

const schema = `
create table parent (id bigint primary key, code int not null unique);
create table t (id int primary key, a int not null constraint t_a_pos check (a > 0), b varchar(20), c varchar(50), d text,
  n numeric(10, 2), j json, ts timestamp, e text default 'x', p bigint, u int,
  constraint t_p_fkey foreign key (p) references parent);
alter table t add constraint t_nv check (id > 0) not valid, add constraint t_fk_nv foreign key (u) references parent not valid;
create index t_a_idx on t (a);
create unique index t_u_idx on t (u);
create table child (id int primary key, t int references t on delete cascade);
create table nn (id int, x int, y int constraint nn_x check (x is not null));
create unlogged table ul (id int);
create table part (k int, v text, x int) partition by range (k);
create table part0 partition of part for values from (-100) to (0);
create table part1 partition of part for values from (0) to (100);
create index part_v_idx on part (v);
create table cand (k int, v text, x int);
create table candck (k int not null, v text, x int, check (k >= 200 and k < 300));
create domain positive as int;
create table uses_domain (v positive);
create type mood as enum ('sad', 'ok');
create materialized view mv as select a, count(*) as n from t group by a;
create unique index mv_a on mv (a);
create view v as select id, a from nn join (select 1 as a) q on true;
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger old_trigger before update on child for each row execute function touch();
create role reader_of_locks;
`;

const rows = `
insert into parent select i, i from generate_series(1, 20) i;
insert into t (id, a, b, c, d, n, j, ts, p, u) select i, i, 'b', 'c', 'd', 1.5, '{}', now(), i, i from generate_series(1, 20) i;
insert into child select i, i from generate_series(1, 20) i;
insert into nn select i, i, i from generate_series(1, 20) i;
insert into ul select 1;
insert into part select i, 'v', i from generate_series(1, 50) i;
insert into cand select i, 'v', 1 from generate_series(100, 120) i;
insert into candck select i, 'v', 1 from generate_series(200, 220) i;
insert into uses_domain values (1);
refresh materialized view mv;
`;

/** What each statement does, and what it does not do on 15 where that differs. */
const statements: readonly (string | { readonly sql: string; readonly on15: string })[] = [
  "alter table t add column z int",
  "alter table t add column z int not null default 5",
  "alter table t add column z timestamptz default now()",
  "alter table t add column z timestamptz default clock_timestamp()",
  "alter table t add column z uuid default gen_random_uuid()",
  "alter table t add column z serial",
  "alter table t add column z int generated always as identity",
  "alter table t add column z int generated always as (a + 1) stored",
  "alter table t add column z int default 5 check (z > 0)",
  "alter table t add column z int unique",
  "alter table t add column z bigint references parent",
  "alter table t add column z bigint default 1 references parent",
  "alter table t drop column e",
  "alter table t drop column p",
  "alter table t alter column d set default 'y'",
  "alter table t alter column d set not null",
  "alter table nn alter column x set not null",
  "alter table t alter column e drop not null",
  "alter table nn alter column y type bigint",
  "alter table parent alter column id type numeric",
  "alter table t alter column c type varchar(100)",
  "alter table t alter column c type varchar(10)",
  "alter table t alter column c type text",
  "alter table t alter column n type numeric(12, 2)",
  "alter table t alter column n type numeric(12, 4)",
  "alter table t alter column j type jsonb using j::jsonb",
  "alter table t add constraint ck check (n > 0)",
  "alter table t add constraint ck check (n > 0) not valid",
  "alter table t validate constraint t_nv",
  "alter table t add constraint fk foreign key (p) references parent (id)",
  "alter table t add constraint fk foreign key (p) references parent (id) not valid",
  "alter table t validate constraint t_fk_nv",
  "alter table t drop constraint t_p_fkey",
  "alter table t drop constraint t_a_pos",
  "alter table t add constraint uq unique (d, id)",
  "alter table t add constraint uq unique using index t_u_idx",
  "alter table nn add primary key (id)",
  "alter table t add constraint ex exclude (a with =)",
  "alter table t alter column a set statistics 500",
  "alter table t set (fillfactor = 80)",
  "alter table ul set logged",
  "alter table child set unlogged",
  "alter table t replica identity full",
  "alter table t enable row level security",
  "alter table t rename to t2",
  "alter table t rename column d to d2",
  "alter table t rename constraint t_a_pos to t_a_positive",
  "alter index t_a_idx rename to t_a_idx2",
  "alter table child disable trigger user",
  "alter table part attach partition cand for values from (100) to (200)",
  "alter table part attach partition candck for values from (200) to (300)",
  "alter table part detach partition part1",
  "alter table part add column z int default 1",
  "alter table part alter column x set not null",
  "alter table only part alter column v set default 'x'",
  "create table part2 partition of part for values from (300) to (400)",
  "drop table part1",
  "create index on t (d)",
  "create unique index on t (a)",
  "create index on part (k)",
  "create index on only part (k)",
  "drop index t_a_idx",
  "reindex table t",
  "reindex index t_a_idx",
  "create trigger new_trigger before insert on t for each row execute function touch()",
  "drop trigger old_trigger on child",
  "create policy readers on t using (true)",
  "create statistics st on a, b from t",
  "comment on table t is 'x'",
  "comment on column t.a is 'x'",
  { sql: "grant select on t to reader_of_locks", on15: "" },
  "truncate child",
  "truncate parent cascade",
  "drop table child",
  "drop table t cascade",
  "create table made (id int primary key, p bigint references parent)",
  "create table made (like t including all)",
  "create view v2 as select a from t",
  "create or replace view v as select id, a, 1 as one from nn join (select 1 as a) q on true",
  "drop view v",
  "refresh materialized view mv",
  "refresh materialized view concurrently mv",
  "cluster t using t_a_idx",
  "analyze t",
  "lock table t",
  "lock table t in share mode",
  "alter type mood add value 'good'",
  "alter domain positive add check (value > 0)",
  "alter domain positive set not null",
  "update t set e = 'q'",
  "delete from child where id = 1",
  "insert into parent values (100, 100)",
];

const since18 = [
  "alter table t add column z int generated always as (a + 1) virtual",
  "alter table t add constraint d_nn not null d not valid",
];

const weak = "in share update exclusive mode";
const alone = [
  { sql: "create index concurrently t_d_idx on t (d)", held: `t ${weak}` },
  { sql: "create unique index concurrently t_b_idx on t (id, b)", held: `t ${weak}` },
  { sql: "reindex index concurrently t_d_idx", held: `t ${weak}` },
  { sql: "reindex table concurrently child", held: `child ${weak}` },
  { sql: "drop index concurrently t_d_idx", held: `t ${weak}` },
  { sql: "vacuum t", held: `t ${weak}` },
  { sql: "vacuum (full) child", held: "child in access share mode" },
  { sql: "reindex schema public", held: "uses_domain in row exclusive mode" },
  { sql: "alter table part detach partition part0 concurrently", held: `part ${weak}` },
  { sql: "alter table part detach partition part1 concurrently", held: "part1 in access share mode" },
];

const twin = startTwin();
const clients = new Map<15 | 18, { readonly client: pg.Client; readonly url: string }>();

beforeAll(async () => {
  for (const version of [15, 18] as const) {
    const { url } = await freshDatabase(version, `drop role if exists reader_of_locks; ${schema}${rows}`);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    clients.set(version, { client, url });
  }
});
afterAll(async () => {
  for (const { client } of clients.values()) await client.end();
});

function serverOf(version: 15 | 18) {
  const server = clients.get(version);
  if (!server) throw new Error(`no server of version ${version}`);
  return server;
}

/** A real server, looked at with the same eyes as the twin. */
function stageOf(client: pg.Client): Stage {
  return {
    read: async <Row>(sql: string, values: readonly unknown[] = []) => (await client.query(sql, [...values])).rows as Row[],
    async execute(sql) {
      const notices: { severity: string; message: string }[] = [];
      const heard = ({ severity = "", message = "" }) => notices.push({ severity, message });
      client.on("notice", heard);
      try {
        await client.query(sql);
        return { refused: undefined, notices };
      } catch (error) {
        if (!(error instanceof pg.DatabaseError)) throw error;
        return { refused: { code: error.code ?? "", message: error.message }, notices };
      } finally {
        client.off("notice", heard);
      }
    },
  };
}

/** "t: ACCESS EXCLUSIVE, rewrites, builds t_pkey t_a_idx", a line for each relation. */
function told(observed: Observed): string {
  if (observed.refused) return `refused: ${observed.refused.message}`;
  const lines = observed.seen.map(({ relation, lock, rewrites, scans, builds }) => {
    const parts = [lock, rewrites && "rewrites", scans && "scans", builds.length > 0 && `builds ${[...builds].sort().join(" ")}`];
    return `${relation}: ${parts.filter(Boolean).join(", ")}`;
  });
  return lines.sort().join("\n");
}

async function seenIn(stage: Stage, sqls: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  await stage.execute("set client_min_messages = debug1");
  for (const sql of sqls) {
    const [statement] = await parseStatements(sql);
    if (!statement) throw new Error(`no statement in ${sql}`);
    const alone = runsAlone(statement);
    if (alone) {
      seen.set(sql, told(await observeAlone(stage, statement, alone)));
      continue;
    }
    await stage.execute("begin");
    seen.set(sql, told(await observe(stage, statement)));
    await stage.execute("rollback");
  }
  return seen;
}

const seenInTwin = (sqls: readonly string[]) =>
  twin.use({ sortsByBytes: true, extensions: [] }, async (session) => {
    await session.commit();
    const { refused } = await session.execute(schema);
    if (refused) throw new Error(refused.message);
    return seenIn(session, sqls);
  });

const sqlOf = (statement: (typeof statements)[number]) => (typeof statement === "string" ? statement : statement.sql);

test("what the twin is seen doing is what PostgreSQL 18 does to tables with rows", async () => {
  const sqls = [...statements.map(sqlOf), ...since18];
  const inTwin = await seenInTwin(sqls);
  expect(await seenIn(stageOf(serverOf(18).client), sqls)).toEqual(inTwin);
  expect([...inTwin].map(asLine)).toMatchInlineSnapshot(`
    [
      "alter table t add column z int -> t: ACCESS EXCLUSIVE",
      "alter table t add column z int not null default 5 -> t: ACCESS EXCLUSIVE",
      "alter table t add column z timestamptz default now() -> t: ACCESS EXCLUSIVE",
      "alter table t add column z timestamptz default clock_timestamp() -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t add column z uuid default gen_random_uuid() -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t add column z serial -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t add column z int generated always as identity -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t add column z int generated always as (a + 1) stored -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t add column z int default 5 check (z > 0) -> t: ACCESS EXCLUSIVE, scans",
      "alter table t add column z int unique -> t: ACCESS EXCLUSIVE, builds t_z_key",
      "alter table t add column z bigint references parent -> parent: SHARE ROW EXCLUSIVE | t: ACCESS EXCLUSIVE",
      "alter table t add column z bigint default 1 references parent -> parent: SHARE ROW EXCLUSIVE | t: ACCESS EXCLUSIVE, scans",
      "alter table t drop column e -> t: ACCESS EXCLUSIVE",
      "alter table t drop column p -> parent: ACCESS EXCLUSIVE | t: ACCESS EXCLUSIVE",
      "alter table t alter column d set default 'y' -> t: ACCESS EXCLUSIVE",
      "alter table t alter column d set not null -> t: ACCESS EXCLUSIVE, scans",
      "alter table nn alter column x set not null -> nn: ACCESS EXCLUSIVE",
      "alter table t alter column e drop not null -> t: ACCESS EXCLUSIVE",
      "alter table nn alter column y type bigint -> nn: ACCESS EXCLUSIVE, rewrites",
      "alter table parent alter column id type numeric -> parent: ACCESS EXCLUSIVE, rewrites, builds parent_code_key parent_pkey | t: ACCESS EXCLUSIVE, scans",
      "alter table t alter column c type varchar(100) -> t: ACCESS EXCLUSIVE",
      "alter table t alter column c type varchar(10) -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t alter column c type text -> t: ACCESS EXCLUSIVE",
      "alter table t alter column n type numeric(12, 2) -> t: ACCESS EXCLUSIVE",
      "alter table t alter column n type numeric(12, 4) -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t alter column j type jsonb using j::jsonb -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "alter table t add constraint ck check (n > 0) -> t: ACCESS EXCLUSIVE, scans",
      "alter table t add constraint ck check (n > 0) not valid -> t: ACCESS EXCLUSIVE",
      "alter table t validate constraint t_nv -> t: SHARE UPDATE EXCLUSIVE, scans",
      "alter table t add constraint fk foreign key (p) references parent (id) -> parent: SHARE ROW EXCLUSIVE | t: SHARE ROW EXCLUSIVE, scans",
      "alter table t add constraint fk foreign key (p) references parent (id) not valid -> parent: SHARE ROW EXCLUSIVE | t: SHARE ROW EXCLUSIVE",
      "alter table t validate constraint t_fk_nv -> parent: ROW SHARE | t: SHARE UPDATE EXCLUSIVE, scans",
      "alter table t drop constraint t_p_fkey -> parent: ACCESS EXCLUSIVE | t: ACCESS EXCLUSIVE",
      "alter table t drop constraint t_a_pos -> t: ACCESS EXCLUSIVE",
      "alter table t add constraint uq unique (d, id) -> t: ACCESS EXCLUSIVE, builds uq",
      "alter table t add constraint uq unique using index t_u_idx -> t: ACCESS EXCLUSIVE",
      "alter table nn add primary key (id) -> nn: ACCESS EXCLUSIVE, scans, builds nn_pkey",
      "alter table t add constraint ex exclude (a with =) -> t: ACCESS EXCLUSIVE, builds ex",
      "alter table t alter column a set statistics 500 -> t: SHARE UPDATE EXCLUSIVE",
      "alter table t set (fillfactor = 80) -> t: SHARE UPDATE EXCLUSIVE",
      "alter table ul set logged -> ul: ACCESS EXCLUSIVE, rewrites",
      "alter table child set unlogged -> child: ACCESS EXCLUSIVE, rewrites, builds child_pkey",
      "alter table t replica identity full -> t: ACCESS EXCLUSIVE",
      "alter table t enable row level security -> t: ACCESS EXCLUSIVE",
      "alter table t rename to t2 -> t: ACCESS EXCLUSIVE",
      "alter table t rename column d to d2 -> t: ACCESS EXCLUSIVE",
      "alter table t rename constraint t_a_pos to t_a_positive -> t: ACCESS EXCLUSIVE",
      "alter index t_a_idx rename to t_a_idx2 -> ",
      "alter table child disable trigger user -> child: SHARE ROW EXCLUSIVE",
      "alter table part attach partition cand for values from (100) to (200) -> cand: ACCESS EXCLUSIVE, scans, builds cand_v_idx | part: SHARE UPDATE EXCLUSIVE",
      "alter table part attach partition candck for values from (200) to (300) -> candck: ACCESS EXCLUSIVE, builds candck_v_idx | part: SHARE UPDATE EXCLUSIVE",
      "alter table part detach partition part1 -> part1: ACCESS EXCLUSIVE | part: ACCESS EXCLUSIVE",
      "alter table part add column z int default 1 -> part0: ACCESS EXCLUSIVE | part1: ACCESS EXCLUSIVE | part: ACCESS EXCLUSIVE",
      "alter table part alter column x set not null -> part0: ACCESS EXCLUSIVE, scans | part1: ACCESS EXCLUSIVE, scans | part: ACCESS EXCLUSIVE",
      "alter table only part alter column v set default 'x' -> part: ACCESS EXCLUSIVE",
      "create table part2 partition of part for values from (300) to (400) -> part2: ACCESS EXCLUSIVE | part: ACCESS EXCLUSIVE",
      "drop table part1 -> part1: ACCESS EXCLUSIVE | part: ACCESS EXCLUSIVE",
      "create index on t (d) -> t: SHARE, builds t_d_idx",
      "create unique index on t (a) -> t: SHARE, builds t_a_idx1",
      "create index on part (k) -> part0: SHARE, builds part0_k_idx | part1: SHARE, builds part1_k_idx | part: SHARE",
      "create index on only part (k) -> part: SHARE",
      "drop index t_a_idx -> t: ACCESS EXCLUSIVE",
      "reindex table t -> t: SHARE, builds t_a_idx t_pkey t_u_idx",
      "reindex index t_a_idx -> t: SHARE, builds t_a_idx",
      "create trigger new_trigger before insert on t for each row execute function touch() -> t: SHARE ROW EXCLUSIVE",
      "drop trigger old_trigger on child -> child: ACCESS EXCLUSIVE",
      "create policy readers on t using (true) -> t: ACCESS EXCLUSIVE",
      "create statistics st on a, b from t -> t: SHARE UPDATE EXCLUSIVE",
      "comment on table t is 'x' -> t: SHARE UPDATE EXCLUSIVE",
      "comment on column t.a is 'x' -> t: SHARE UPDATE EXCLUSIVE",
      "grant select on t to reader_of_locks -> t: ACCESS SHARE",
      "truncate child -> child: ACCESS EXCLUSIVE",
      "truncate parent cascade -> child: ACCESS EXCLUSIVE | parent: ACCESS EXCLUSIVE | t: ACCESS EXCLUSIVE",
      "drop table child -> child: ACCESS EXCLUSIVE | t: ACCESS EXCLUSIVE",
      "drop table t cascade -> child: ACCESS EXCLUSIVE | mv: ACCESS EXCLUSIVE | parent: ACCESS EXCLUSIVE | t: ACCESS EXCLUSIVE",
      "create table made (id int primary key, p bigint references parent) -> made: ACCESS EXCLUSIVE | parent: SHARE ROW EXCLUSIVE",
      "create table made (like t including all) -> made: ACCESS EXCLUSIVE | t: ACCESS SHARE",
      "create view v2 as select a from t -> t: ACCESS SHARE | v2: ACCESS EXCLUSIVE",
      "create or replace view v as select id, a, 1 as one from nn join (select 1 as a) q on true -> nn: ACCESS SHARE | v: ACCESS EXCLUSIVE",
      "drop view v -> v: ACCESS EXCLUSIVE",
      "refresh materialized view mv -> mv: ACCESS EXCLUSIVE, rewrites, builds mv_a | t: ACCESS SHARE",
      "refresh materialized view concurrently mv -> mv: EXCLUSIVE | t: ACCESS SHARE",
      "cluster t using t_a_idx -> t: ACCESS EXCLUSIVE, rewrites, builds t_a_idx t_pkey t_u_idx",
      "analyze t -> t: SHARE UPDATE EXCLUSIVE",
      "lock table t -> t: ACCESS EXCLUSIVE",
      "lock table t in share mode -> t: SHARE",
      "alter type mood add value 'good' -> ",
      "alter domain positive add check (value > 0) -> uses_domain: SHARE, scans",
      "alter domain positive set not null -> uses_domain: SHARE, scans",
      "update t set e = 'q' -> t: ROW EXCLUSIVE",
      "delete from child where id = 1 -> child: ROW EXCLUSIVE",
      "insert into parent values (100, 100) -> parent: ROW EXCLUSIVE",
      "alter table t add column z int generated always as (a + 1) virtual -> t: ACCESS EXCLUSIVE",
      "alter table t add constraint d_nn not null d not valid -> t: ACCESS EXCLUSIVE",
    ]
  `);
});

test("PostgreSQL 15 does the same, but for what is named here", async () => {
  const inTwin = await seenInTwin(statements.map(sqlOf));
  const expected = new Map([
    ...inTwin,
    ...statements.flatMap((statement) => (typeof statement === "string" ? [] : [[statement.sql, statement.on15] as const])),
  ]);
  expect(await seenIn(stageOf(serverOf(15).client), statements.map(sqlOf))).toEqual(expected);
});

/** "t: SHARE": what a statement would hold, read off what it waits for while another session holds as much. */
async function waitsFor(version: 15 | 18, { sql, held }: (typeof alone)[number]): Promise<string> {
  const { client, url } = serverOf(version);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query(`begin; lock table ${held}`);
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const running = client.query(sql);
  for (;;) {
    const { rows: locks } = await holder.query<{ relation: string; mode: string }>(
      "select relation::regclass::text as relation, mode from pg_locks where pid = $1 and not granted and relation is not null",
      [rows[0]?.pid],
    );
    const [waiting] = locks;
    if (!waiting) continue;
    await holder.end();
    await running;
    return `${waiting.relation}: ${waiting.mode
      .replace(/Lock$/, "")
      .replaceAll(/(?<=.)(?=[A-Z])/g, " ")
      .toUpperCase()}`;
  }
}

test("what the twin tells of statements that run outside a transaction, and PostgreSQL 15 and 18 wait for just those locks", async () => {
  const inTwin = await seenInTwin(alone.map(({ sql }) => sql));
  expect([...inTwin].map(asLine)).toMatchInlineSnapshot(`
    [
      "create index concurrently t_d_idx on t (d) -> t: SHARE UPDATE EXCLUSIVE, builds t_d_idx",
      "create unique index concurrently t_b_idx on t (id, b) -> t: SHARE UPDATE EXCLUSIVE, builds t_b_idx",
      "reindex index concurrently t_d_idx -> t: SHARE UPDATE EXCLUSIVE, builds t_d_idx",
      "reindex table concurrently child -> child: SHARE UPDATE EXCLUSIVE, builds child_pkey",
      "drop index concurrently t_d_idx -> t: SHARE UPDATE EXCLUSIVE",
      "vacuum t -> t: SHARE UPDATE EXCLUSIVE",
      "vacuum (full) child -> child: ACCESS EXCLUSIVE, rewrites, builds child_pkey",
      "reindex schema public -> cand: SHARE | candck: SHARE | child: SHARE, builds child_pkey | mv: SHARE, builds mv_a | nn: SHARE | parent: SHARE, builds parent_code_key parent_pkey | part0: SHARE, builds part0_v_idx | part1: SHARE, builds part1_v_idx | t: SHARE, builds t_a_idx t_b_idx t_pkey t_u_idx | ul: SHARE | uses_domain: SHARE",
      "alter table part detach partition part0 concurrently -> part0: ACCESS EXCLUSIVE | part: SHARE UPDATE EXCLUSIVE",
      "alter table part detach partition part1 concurrently -> part1: ACCESS EXCLUSIVE | part: SHARE UPDATE EXCLUSIVE",
    ]
  `);
  for (const version of [15, 18] as const) {
    for (const statement of alone)
      expect(inTwin.get(statement.sql)?.split("\n").map(withoutWork)).toContain(await waitsFor(version, statement));
  }
});

const asLine = ([sql, seen]: readonly [string, string]) => `${sql} -> ${seen.replaceAll("\n", " | ")}`;
const withoutWork = (line: string) => line.replace(/,.*/, "");
