import { expect, test } from "vitest";
import { runsAlone } from "../../../src/migration/alone.ts";
import { readMigrations } from "../../../src/migration/files/read.ts";
import { type Runner, runners } from "../../../src/migration/files/runner.ts";
import { filesOf } from "../../../src/migration/files/write.ts";
import { parseStatements } from "../../../src/sql/parse.ts";

/** Where the tool would put its own. */
const filled = (name: string) => name.replace(/<(?:time|version)(\d*)>/, (_, number = "") => `2026010100000${number || 0}`);

const scripts = {
  index: `create index concurrently "By Number" on orders (number);`,
  steps: "alter table orders add constraint c check (a > 0) not valid;\nalter table orders validate constraint c;",
  plain: "alter table orders rename a to b;",
  batches: `create function f() returns trigger language plpgsql as $$
begin
  new.a := '#{x} \\ ''y''';
  return new;
end $$;
do $batches$
begin
  update orders set a = 1;
  commit;
end $batches$;
create unique index concurrently n on orders (a);
begin;
set local lock_timeout = '5s';
alter table orders drop column b;
alter table orders rename column a to b;
commit;
-- later: drop function f();`,
};

const written: readonly Runner[] = runners.filter((runner) => !["psql", "Drizzle", "node-pg-migrate"].includes(runner));

test.each(written.flatMap((runner) => Object.entries(scripts).map(([what, sql]) => ({ runner, what, sql }))))(
  "$runner runs the files of $what as the script runs, each step for itself",
  async ({ runner, sql, what }) => {
    const files = (await filesOf(runner, sql, 'orders."By Number"')) ?? [];
    const named = files.map(({ name, text }) => ({ name: filled(name), text }));
    const migrations = await readMigrations(named, { runner });
    const original = await parseStatements(sql);
    const ran = migrations.flatMap(({ up }) => up.statements);
    const bare = (text: string) => text.replaceAll(/\s+/g, " ");
    expect(ran.map(({ statement }) => bare(statement.text))).toEqual(original.map(({ text }) => bare(text)));
    expect(ran.filter(({ statement, transaction }) => runsAlone(statement) && transaction !== undefined)).toEqual([]);
    expect(migrations.flatMap(({ notices }) => notices)).toEqual([]);
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);

    // Only what stands between BEGIN and COMMIT may share a transaction.
    let open = false;
    let number = 0;
    const own = original.map(({ tree }) => {
      const kind = "TransactionStmt" in tree ? tree.TransactionStmt.kind : undefined;
      if (!open) number += 1;
      if (kind === "TRANS_STMT_BEGIN") open = true;
      if (kind === "TRANS_STMT_COMMIT") open = false;
      return number;
    });
    const shared = migrations.flatMap(({ up }, file) =>
      up.statements.map(({ transaction }, at) => (transaction === undefined ? `${file} ${at} alone` : `${file} ${transaction}`)),
    );
    for (const [at, one] of shared.entries())
      for (const [other, two] of shared.entries()) if (one === two && what !== "plain") expect(own[at]).toBe(own[other]);
    expect(
      files
        .map(({ text }) => text)
        .join("\n")
        .includes("later: drop function f()"),
    ).toBe(what === "batches");
  },
);

test("a tool whose files cannot leave its transaction has none", async () => {
  for (const runner of ["psql", "Drizzle", "node-pg-migrate"] as const)
    expect(await filesOf(runner, scripts.index, "orders")).toBeUndefined();
});

test("the files say who runs them, so that what is pasted is read as it is run", async () => {
  for (const runner of written.filter((one) => !["golang-migrate", "sqlx"].includes(one))) {
    const files = (await filesOf(runner, scripts.index, "orders")) ?? [];
    const [migration] = await readMigrations(files.map(({ name, text }) => ({ name: filled(name), text })));
    expect(migration?.runner).toBe(runner);
  }
});
