import { expect, test } from "vitest";
import foreignTableExposed from "../../../src/rules/schema/foreign-table-exposed.ts";
import rlsBypassOwner from "../../../src/rules/schema/rls-bypass-owner.ts";
import sbGraphqlAnonExposed from "../../../src/rules/schema/sb-graphql-anon-exposed.ts";
import sbGraphqlAuthExposed from "../../../src/rules/schema/sb-graphql-auth-exposed.ts";
import sbPublicBucketListing from "../../../src/rules/schema/sb-public-bucket-listing.ts";
import superuserAppRole from "../../../src/rules/schema/superuser-app-role.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

const notes = `create table notes (id int primary key, author text); insert into notes values (1, 'app_owner'), (2, 'other');
  alter table notes enable row level security; create policy own on notes using (author = current_user);`;
const owned = `create role app_owner login; ${notes} alter table notes owner to app_owner;`;

judge(rlsBypassOwner, {
  bad: {
    "an owner who may log in": {
      sql: owned,
      says: "app_owner may log in and owns notes, and policies do not hold for an owner",
      fix: "alter table notes force row level security;",
    },
    "one beside whom others use the table": {
      sql: `${owned} create role web login; grant usage on schema public to web; grant select on notes to web`,
      says: "app_owner may log in",
      severity: "info",
    },
  },
  good: {
    "policies that are forced": `${owned} alter table notes force row level security`,
    "an owner who cannot log in": `${owned} alter role app_owner nologin`,
    "one past whom every policy is": `${owned} alter role app_owner bypassrls`,
    "a table without policies": `create role app_owner login; create table t (id int primary key); alter table t owner to app_owner`,
    "a table that is closed to all": `create role app_owner login; create table t (id int primary key); alter table t owner to app_owner; alter table t enable row level security`,
  },
});

test("the owner sees every row until the policies are forced", async () => {
  const counts = await within(`${owned} grant usage on schema public to app_owner`, async () => {
    const seen = async () => {
      await postgres.exec("set local role app_owner");
      const { rows } = await postgres.query<{ count: number }>("select count(*)::int as count from notes");
      await postgres.exec("reset role");
      return rows[0]?.count;
    };
    const before = await seen();
    await postgres.exec("alter table notes force row level security");
    return [before, await seen()];
  });
  expect(counts).toEqual([2, 1]);
});

judge(superuserAppRole, {
  bad: {
    "a superuser who may log in": {
      sql: "create role shop_app login superuser",
      says: "shop_app may log in as a superuser",
      fix: "alter role shop_app nosuperuser;",
    },
  },
  good: {
    "one who cannot log in": "create role admins superuser nologin",
    "one who is none": "create role shop_app login createdb",
    "a provider's own": "create role rdsadmin login superuser",
  },
});

test("policies do not hold for a superuser, forced or not", async () => {
  const rows = await within(
    `create role app_owner; create role boss superuser; ${notes} alter table notes force row level security`,
    async () => {
      await postgres.exec("set local role boss");
      return (await postgres.query("select from notes")).rows;
    },
  );
  expect(rows).toHaveLength(2);
});

const remote = "create foreign data wrapper w; create server s foreign data wrapper w; create foreign table f (id int) server s;";

judge(foreignTableExposed, {
  bad: {
    "one beside tables with policies": {
      sql: `create role web login; grant usage on schema public to web; ${notes} ${remote} grant select on f to web`,
      says: "web may read the foreign table f, which can have no policies",
      fix: "revoke select on f from web;",
    },
    "on Supabase always": {
      sql: `create schema auth; create role anon; grant usage on schema public to anon; ${remote} grant select on f to anon`,
      says: "anon may read the foreign table f",
      severity: "error",
    },
  },
  good: {
    "one that nobody may read": `${notes} ${remote}`,
    "where no table has policies": `create role web login; grant usage on schema public to web; ${remote} grant select on f to web`,
  },
});

test("a foreign table takes no policy", async () => {
  await expect(within(remote, () => postgres.exec("alter table f enable row level security"))).rejects.toThrow(
    "cannot be performed on relation",
  );
});

const graphql = `create schema auth; create role anon; create role authenticated; grant usage on schema public to anon, authenticated;
  insert into pg_extension values (4000003, 'pg_graphql', 10, 'public'::regnamespace, false, '1.5.9', null, null);`;

judge(sbGraphqlAnonExposed, {
  bad: {
    "a table that anon may read": {
      sql: `${graphql} ${notes} grant select on notes to anon`,
      says: "whoever has the public key the names and columns of notes",
    },
    "what PUBLIC may read": {
      sql: `${graphql} create view v as select 1 as one; grant select on v to public`,
      says: "names and columns of v",
    },
  },
  good: {
    "what only users may read": `${graphql} ${notes} grant select on notes to authenticated`,
    "without the extension": `create schema auth; create role anon; grant usage on schema public to anon; ${notes} grant select on notes to anon`,
    "what may only be written": `${graphql} ${notes} grant insert on notes to anon`,
  },
});

judge(sbGraphqlAuthExposed, {
  bad: {
    "a table that users may read": {
      sql: `${graphql} ${notes} grant select on notes to authenticated`,
      says: "every signed-in user the names and columns of notes",
    },
  },
  good: { "what only anon may read": `${graphql} ${notes} grant select on notes to anon` },
});

const storage = `create role authenticated; create schema storage; grant usage on schema storage to authenticated;
  create table storage.objects (bucket_id text, name text); alter table storage.objects enable row level security;`;
const listing = (using: string, rest = "for select to authenticated") =>
  `${storage} create policy p on storage.objects ${rest} using (${using})`;

judge(sbPublicBucketListing, {
  bad: {
    "a whole bucket": { sql: listing("bucket_id = 'pictures'"), says: "Policy p lets authenticated list every file of bucket 'pictures'" },
    "a bucket with an odd name": { sql: listing("bucket_id = 'a|b''\\z'"), says: "list every file of bucket" },
    "every bucket, to everybody": { sql: listing("true", "for all"), says: "lets everybody list every file of every bucket" },
  },
  good: {
    "files of one's own": listing("bucket_id = 'pictures' and name like current_user || '/%'"),
    "a policy for uploads": listing("bucket_id = 'pictures'", "for update to authenticated"),
    "a restriction": listing("bucket_id = 'pictures'", "as restrictive for select to authenticated"),
  },
});
