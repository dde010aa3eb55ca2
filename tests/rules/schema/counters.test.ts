import { beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/finding.ts";
import { run } from "../../../src/rules/rule.ts";
import { schemaRules } from "../../../src/rules/schema-rules.ts";
import { loadGrammar } from "../../../src/sql/grammar.ts";
import { type Asked, schemaIn } from "./asked.ts";
import { openLive } from "./live.ts";

/** What only a server in use has counted, or wrote down when its libraries were others. */
const servers = ["PostgreSQL 15", "PostgreSQL 18"] as const;
const open: Record<string, Asked> = {};

beforeAll(async () => {
  await loadGrammar();
  open["PostgreSQL 15"] = await openLive(15);
  open["PostgreSQL 18"] = await openLive(18);
  for (const version of [15, 18] as const)
    open[`PostgreSQL ${version}, sorted by ICU`] = await openLive(version, "locale_provider icu icu_locale 'de' locale 'C'");
  for (const server of servers) {
    await on(server).exec("create schema work; set search_path = work");
    await on(server).exec(`
      create table scanned (id int, n int) with (autovacuum_enabled = off); insert into scanned select i, i from generate_series(1, 20000) i; analyze scanned;
      create table small (id int) with (autovacuum_enabled = off); insert into small select i from generate_series(1, 100) i; analyze small;
      create table first_rows (id int) with (autovacuum_enabled = off); insert into first_rows select i from generate_series(1, 20000) i; analyze first_rows;
      create table updated (id int primary key, n int) with (autovacuum_enabled = off);
      create index on updated (n); insert into updated select i, i from generate_series(1, 6000) i;
      create table roomy (id int primary key, n int) with (autovacuum_enabled = off, fillfactor = 50);
      create index on roomy (n); insert into roomy select i, i from generate_series(1, 6000) i; analyze updated, roomy;
      create table stale (id int) with (autovacuum_enabled = off); insert into stale select i from generate_series(1, 5000) i;
      create table fresh (id int) with (autovacuum_enabled = off); insert into fresh select i from generate_series(1, 5000) i;
      create table written (id int, pad text) with (autovacuum_enabled = off); create index written_pad_idx on written (pad);
      insert into written select i, lpad(i::text, 200, 'x') from generate_series(1, 60000) i; analyze written;`);
    await on(server).exec(
      "do $$ begin for i in 1..120 loop perform count(*) from scanned where n = i; perform from first_rows limit 1; perform count(*) from small; end loop; end $$",
    );
    await on(server).exec(
      "update updated set n = n + 1; update updated set n = n + 1; update roomy set n = n + 1; update roomy set n = n + 1",
    );
    // Of what a transaction wrote itself ANALYZE knows nothing until it ends.
    await on(server).exec("select pg_stat_force_next_flush()");
    await on(server).exec("analyze stale, fresh, updated, roomy");
    await on(server).exec(
      "insert into stale select i from generate_series(1, 1500) i; insert into fresh select i from generate_series(1, 900) i",
    );
    await on(server).exec("set enable_seqscan = off; select count(*) from written where pad = 'x'; reset enable_seqscan");
    await on(server).exec("select pg_stat_force_next_flush()");
  }
});

function on(server: string): Asked {
  const postgres = open[server];
  if (!postgres) throw new Error(`No ${server}.`);
  return postgres;
}

const found = async (server: string, rule: string): Promise<readonly Finding[]> =>
  run(schemaRules, await schemaIn(on(server)), undefined).filter((finding) => finding.rule === rule);

const told = (findings: readonly Finding[]) => findings.map(({ object, severity }) => `${severity} ${object}`);

test.each(servers)(
  "%s: a large table that is read from end to end again and again is told, a small one and one that stops early not",
  async (server) => {
    const findings = await found(server, "schema/missing-index-seq-scans");
    expect(told(findings)).toEqual(["warning work.scanned"]);
    expect(findings[0]?.message).toMatch(/was read from end to end 12\d times, about (19|20),\d{3} rows each, and by an index 0 times/);
  },
);

test.each(servers)(
  "%s: updates that found no room, or changed an indexed column, are counted; a fillfactor of one's own is left alone",
  async (server) => {
    const findings = await found(server, "schema/fillfactor-hot-updates");
    expect(told(findings)).toEqual(["info work.updated"]);
    expect(findings[0]?.message).toContain("Of 12,000 updates of work.updated 0 % found room on the page of their row (HOT)");
    await on(server).exec(findings[0]?.fix ?? "");
    expect(await found(server, "schema/fillfactor-hot-updates")).toEqual([]);
    await on(server).exec(findings[0]?.undo ?? "");
    expect(told(await found(server, "schema/fillfactor-hot-updates"))).toEqual(["info work.updated"]);
  },
);

test.each(servers)("%s: statistics are stale once a fifth of the rows and a thousand of them are others", async (server) => {
  const stale = (await found(server, "schema/stats-stale")).filter(({ object }) => object === "work.stale" || object === "work.fresh");
  expect(told(stale)).toEqual(["warning work.stale"]);
  expect(stale[0]?.message).toMatch(
    /^1,500 rows of work\.stale \(now about 6,[0-9]{3}\) were written or deleted since it was analysed on \d{4}-\d\d-\d\d/,
  );
  await on(server).exec(stale[0]?.fix ?? "");
  await on(server).exec("select pg_stat_force_next_flush()");
  expect((await found(server, "schema/stats-stale")).filter(({ object }) => object === "work.stale")).toEqual([]);
});

test.each(servers)("%s: a large index with a thousand writes for each scan is told with both numbers", async (server) => {
  const findings = await found(server, "schema/rarely-used-large-index");
  expect(told(findings)).toEqual(["info work.written.written_pad_idx"]);
  expect(findings[0]?.message).toMatch(/was read 1 time on this server while 60,000 writes maintained its \d+(\.\d)? MB/);
  expect(findings[0]?.undo).toMatch(/^CREATE INDEX CONCURRENTLY written_pad_idx/);
});

test.each(servers)(
  "%s: a database or a collation whose sorting rules are another version now is an error, until it is refreshed",
  async (server) => {
    const postgres = on(server);
    await postgres.exec("begin");
    try {
      expect(await found(server, "schema/collation-version-mismatch")).toEqual([]);
      await postgres.exec(`
      create collation work.german (provider = icu, locale = 'de'); create table work.people (name text collate work.german primary key);
      update pg_collation set collversion = '1' where collname = 'german'`);
      const [finding, ...more] = await found(server, "schema/collation-version-mismatch");
      expect(more).toEqual([]);
      expect(finding).toMatchObject({ severity: "error", object: "work.german", evidence: { recorded: "1" } });
      expect(finding?.message).toContain("Collation work.german was made with version 1 of its sorting rules");
      expect(finding?.fix).toMatch(/^reindex database concurrently \w+;\nalter collation work\.german refresh version;$/);
      await postgres.exec("alter collation work.german refresh version");
      expect(await found(server, "schema/collation-version-mismatch")).toEqual([]);
    } finally {
      await postgres.exec("rollback");
    }
  },
);

test.each(servers)("%s: so it is of a whole database", async (server) => {
  const postgres = on(`${server}, sorted by ICU`);
  const problems = async () =>
    run(schemaRules, await schemaIn(postgres), undefined).filter(({ rule }) => rule === "schema/collation-version-mismatch");
  await postgres.exec("create table people (name text primary key)");
  expect(await problems()).toEqual([]);
  await postgres.exec("update pg_database set datcollversion = '1' where datname = current_database()");
  const [finding, ...more] = await problems();
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ severity: "error", evidence: { recorded: "1", textIndexes: 1 } });
  for (const step of finding?.fix?.split("\n") ?? []) await postgres.exec(step);
  expect(await problems()).toEqual([]);
});
