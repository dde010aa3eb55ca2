import { expect, test } from "vitest";
import { type Candidate, shapeOf } from "../../src/indexes/candidate.ts";
import { existingOf, servedBy } from "../../src/indexes/served.ts";
import { twinWith } from "./kinds/offered.ts";

const schema = [
  "create table users (id int primary key, org_id int not null, email varchar(100) not null, name text not null, status text not null, deleted_at timestamptz)",
  "create index by_org on users (org_id, name desc) include (status)",
  "create index by_email on users (lower(email))",
  "create index by_start on users (name text_pattern_ops)",
  "create index live on users (org_id) where deleted_at is null and status = 'open'",
  "create index short on users (status) where length(name) < 5",
  "insert into users select i, i % 40, 'a' || i, 'n' || i, case when i % 2 = 0 then 'open' else 'done' end, case when i % 3 = 0 then now() end from generate_series(1, 500) i",
  "analyze users",
];

const { catalog, offered } = await twinWith({ extensions: [], schema });
const [users] = catalog.tables;
const existing = users ? await existingOf(users) : [];

async function server(sql: string, shape: string): Promise<string | undefined> {
  const candidate: Candidate | undefined = (await offered(sql)).find((each) => shapeOf(each) === shape);
  if (!candidate) throw new Error(`no candidate ${shape}`);
  return servedBy(candidate, existing)?.name;
}

test("an index with the same keys in front serves, read in either direction", async () => {
  expect(await server("select email from users where org_id = 3", "(org_id)")).toBe("by_org");
  expect(await server("select email from users where org_id = 3 order by name desc", "(org_id, name)")).toBeUndefined();
  expect(await server("select email from users order by org_id, name desc", "(org_id, name desc)")).toBe("by_org");
});
test("an index that carries the columns serves one that would", async () => {
  expect(await server("select status from users where org_id = 3", "(org_id) include (status)")).toBe("by_org");
  expect(await server("select status, id from users where org_id = 3", "(org_id) include (id, status)")).toBeUndefined();
});
test("an index on the same expression serves, however the catalog prints it", async () =>
  expect(await server("select name from users where lower(email) = 'a'", "((lower(email)))")).toBe("by_email"));
test("an index that sorts by characters serves the start of a text and no order", async () => {
  expect(await server("select id from users where name like 'n1%'", "(name text_pattern_ops)")).toBe("by_start");
  expect(await server("select id from users where name = 'n1'", "(name)")).toBeUndefined();
});
test("an index of the same rows serves, one of other rows does not", async () => {
  const sql = "select email from users where org_id = 3 and status = 'open' and deleted_at is null";
  expect(await server(sql, "(org_id) where deleted_at is null and status = 'open'")).toBe("live");
  expect(await server(sql, "(org_id, status) where deleted_at is null")).toBeUndefined();
  expect(await server("select id from users where status = 'open'", "(status)")).toBeUndefined();
});
test("nothing is left to do behind a unique key", async () =>
  expect(await server("select name from users where id = 3 and org_id = 4", "(id, org_id)")).toBe("users_pkey"));
