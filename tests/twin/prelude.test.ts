import { expect, test } from "vitest";
import { parseStatements } from "../../src/sql/parse.ts";
import { loadSchemaText, needsOfText } from "../../src/twin/schema-text.ts";
import { startTwin } from "./twin.ts";

const twin = startTwin();

async function refusedIn(ddl: string): Promise<readonly string[]> {
  const statements = await parseStatements(ddl);
  return twin.use(needsOfText(statements), async (session) => {
    const { refused } = await loadSchemaText(session, statements);
    return refused.map((one) => one.refused.message);
  });
}

test.each([
  "insert into storage.buckets (id, name, public) values ('images', 'images', true); create policy own on storage.objects for select to authenticated using (auth.uid()::text = (storage.foldername(name))[1]);",
  "create table t (id uuid default extensions.uuid_generate_v4(), owner uuid references auth.users);",
  "create table t (id uuid default uuid_generate_v4(), owner uuid references auth.users);",
  'create extension "uuid-ossp" with schema extensions; create table t (id uuid default extensions.uuid_generate_v4(), owner uuid references auth.users);',
])("what every Supabase database has is there: %s", async (ddl) => {
  expect(await refusedIn(ddl)).toEqual([]);
});

test("what a text of no Supabase project names is not made up", async () => {
  expect(await refusedIn("create table t (id uuid default uuid_generate_v4());")).toEqual(["function uuid_generate_v4() does not exist"]);
});
