import assert from "node:assert/strict";
import * as z from "zod";
import type { Database } from "../database.ts";
import { task } from "../task.ts";

const schema = `
create role leak_reader;
create table projects (id bigint generated always as identity primary key, owner uuid not null, name text not null);
create table tasks (id bigint generated always as identity primary key, owner uuid not null, project_id bigint not null references projects, title text not null);
alter table projects enable row level security;
alter table tasks enable row level security;
create policy own_projects on projects for all to leak_reader using (owner = current_setting('request.jwt.claim.sub')::uuid) with check (owner = current_setting('request.jwt.claim.sub')::uuid);
create policy own_tasks on tasks for select to leak_reader using (owner = current_setting('request.jwt.claim.sub')::uuid);
create policy insert_tasks on tasks for insert to leak_reader with check (owner = current_setting('request.jwt.claim.sub')::uuid);
create policy update_tasks on tasks for update to leak_reader using (true) with check (true);
create view project_names as select id, name from projects;
grant select, insert, update on projects, tasks to leak_reader;
grant select on project_names to leak_reader;
`;
const [ours, theirs] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];
const rows = `
insert into projects (owner, name) values ('${ours}', 'ours'), ('${theirs}', 'theirs');
insert into tasks (owner, project_id, title) values ('${ours}', 1, 'ours'), ('${theirs}', 2, 'theirs');`;

export default task({
  level: "hard",
  question: `Each user is to reach only their own rows; the API logs in as leak_reader and sets request.jwt.claim.sub. Through which tables and views can a user read or change rows of another?\n${schema}`,
  setting: { given: "text", schema, rows },
  answer: z.object({ tables_and_views: z.array(z.string()) }),

  async check({ tables_and_views }, database) {
    const leaks: string[] = [];
    if ((await asUser(database, "select name from projects where name = 'theirs'")).length > 0) leaks.push("projects");
    if ((await asUser(database, "select name from project_names where name = 'theirs'")).length > 0) leaks.push("project_names");
    await asUser(database, "update tasks set title = 'taken'");
    const taken = await database.query(`select from tasks where owner = '${theirs}' and title = 'taken'`);
    const seen = await asUser(database, "select title from tasks where title = 'theirs'");
    if (taken.length + seen.length > 0) leaks.push("tasks");
    assert.deepEqual([...tables_and_views].sort(), leaks.sort());
  },

  async scripted(call) {
    const { row_security } = await call("review_schema", { schema_sql: schema, response_format: "detailed" });
    const others = row_security.reached.filter(({ whose }: { whose: string }) => whose === "other");
    const names = others
      // A reference to a row of somebody else is no row of theirs.
      .filter(({ what }: { what: string }) => /^(read|update|delete)/.test(what))
      .map(({ object }: { object: string }) => object.replace("public.", ""));
    return { tables_and_views: [...new Set<string>(names)] };
  },
  naive: { tables_and_views: ["tasks"] },
});

async function asUser(database: Database, sql: string) {
  await database.query(`set role leak_reader; set request.jwt.claim.sub = '${ours}'`);
  try {
    return await database.query(sql);
  } finally {
    await database.query("reset role");
  }
}
