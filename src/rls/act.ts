import type { Table } from "../catalog/tables.ts";
import { literal } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import type { Session } from "../twin/twin.ts";
import type { Actor } from "./actors.ts";
import { markOf, type World } from "./worlds.ts";

/** Where it is tried: one transaction of a superuser. */
export type Scratch = Pick<Session, "run" | "read">;

/** One statement that somebody sends. */
export interface Act {
  /** Run first, by the superuser and without triggers. */
  readonly prepare: readonly string[];
  readonly sql: string;
  /** It returns rows, each as one text, and changes nothing that is looked at. */
  readonly reads: boolean;
  /** Tables that are compared with what they were before. */
  readonly watched: readonly Table[];
}

/** What came of it. */
export interface Outcome {
  readonly refused: { readonly code: string; readonly message: string } | undefined;
  readonly seen: readonly string[];
  /** Rows by where they stand: an update moves them. Undefined: nothing was watched. */
  readonly after: Rows | undefined;
}

export type Rows = Readonly<Record<string, string>>;

/** Takes back all that the statement does, so that every act finds the same rows. */
const actFunction = `
create function backend_db_mcp.act(who text, settings jsonb, prepare jsonb, statement text, reads boolean, probe text) returns text language plpgsql as $act$
declare
  seen json; after json; item record; state text; said text;
begin
  perform pg_catalog.set_config('session_replication_role', 'replica', true);
  for item in select value from pg_catalog.jsonb_array_elements_text(prepare) loop execute item.value; end loop;
  perform pg_catalog.set_config('session_replication_role', 'origin', true);
  for item in select key, value from pg_catalog.jsonb_each_text(settings) loop perform pg_catalog.set_config(item.key, item.value, true); end loop;
  perform pg_catalog.set_config('role', who, true);
  if reads then execute statement into seen; else execute statement; end if;
  set constraints all immediate;
  perform pg_catalog.set_config('role', 'none', true);
  if probe is not null then execute probe into after; end if;
  raise exception using errcode = 'BDM00';
exception when others or assert_failure then
  get stacked diagnostics state = returned_sqlstate, said = message_text;
  if state = 'BDM00' then return pg_catalog.json_build_object('seen', seen, 'after', after)::text; end if;
  return pg_catalog.json_build_object('refused', pg_catalog.json_build_object('code', state, 'message', said))::text;
end $act$`;

export const openActs = (scratch: Scratch) => scratch.run(["create schema backend_db_mcp", actFunction]);

const rowsSql = (tables: readonly Table[]) =>
  `select coalesce(pg_catalog.json_object_agg(k, r), '{}') from (${tables
    .map((table) => `select pg_catalog.concat(t.tableoid, t.ctid) as k, t::pg_catalog.text as r from ${qualified(table)} t`)
    .join(" union all ")}) x`;

/** None, where Postgres does not show them. */
export const rowsNow = async (scratch: Scratch, tables: readonly Table[]): Promise<Rows> =>
  (await perform(scratch, { role: "none", settings: {} }, { prepare: [], sql: "select", reads: false, watched: tables })).after ?? {};

export async function perform(
  scratch: Scratch,
  { role, settings }: Pick<Actor, "role" | "settings">,
  { prepare, sql, reads, watched }: Act,
): Promise<Outcome> {
  const probe = watched.length === 0 ? "null" : literal(rowsSql(watched));
  const statement = reads ? `select pg_catalog.json_agg(r) from (${sql}) r` : sql;
  const [row] = await scratch.read<{ told: string }>(
    `select backend_db_mcp.act($1, $2::pg_catalog.jsonb, $3::pg_catalog.jsonb, $4, ${reads}, ${probe}) as told`,
    [role, JSON.stringify(settings), JSON.stringify(prepare), statement],
  );
  const told: { refused?: Outcome["refused"]; seen?: readonly unknown[] | null; after?: Rows | null } = JSON.parse(row?.told ?? "{}");
  return { refused: told.refused, seen: (told.seen ?? []).map((each) => JSON.stringify(each)), after: told.after ?? undefined };
}

/** How many rows of this user came to light. */
export const seenOf = ({ seen }: Outcome, world: World): number => seen.filter((text) => markOf[world].test(text)).length;

/** Rows of this user that are no longer what they were, and those that are new. */
export function changesOf({ after }: Outcome, before: Rows, world: World): { readonly changed: number; readonly added: number } {
  if (!after) return { changed: 0, added: 0 };
  const theirs = (rows: Rows, others: Rows) =>
    Object.entries(rows).filter(([place, text]) => markOf[world].test(text) && !(place in others)).length;
  return { changed: theirs(before, after), added: theirs(after, before) };
}
