import type { Database } from "../database/database.ts";
import type { Refused } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { type Name, nameOf } from "../sql/quote.ts";
import type { Alone } from "./alone.ts";
import { type LockMode, lockModes } from "./step.ts";

/** Where a script is rehearsed: statements run as a client sends them, and what they did can be read in the same transaction. */
export interface Stage extends Database {
  execute(sql: string): Promise<Executed>;
}

interface Executed {
  readonly refused: Refused | undefined;
  readonly notices: readonly { readonly severity: string; readonly message: string }[];
}

/** What one statement did to one relation, by the oid that the relation has on this stage. */
export interface Seen {
  readonly oid: number;
  readonly relation: Name;
  readonly lock: LockMode | undefined;
  readonly rewrites: boolean;
  readonly scans: boolean;
  readonly builds: readonly string[];
  readonly drops: boolean;
}

export type Observed =
  | { readonly refused: Refused; readonly seen?: undefined }
  | { readonly refused?: undefined; readonly seen: readonly Seen[] };

/** One look at everything that a statement can change and we tell of. */
export interface Look {
  readonly relations: ReadonlyMap<number, Relation>;
  readonly locks: ReadonlyMap<number, ReadonlySet<string>>;
  readonly scans: ReadonlyMap<number, number>;
  readonly foreignKeys: readonly { readonly name: string; readonly table: number }[];
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `relkind`. */
  readonly kind: string;
  /** `relfilenode`, 0 where there is no file. */
  readonly file: number;
  /** Of an index. */
  readonly table: number | null;
  /** Its bare name finds it. */
  readonly visible: boolean;
}

interface Row {
  readonly relations: readonly Relation[] | null;
  readonly locks: readonly { readonly oid: number; readonly mode: string }[] | null;
  readonly scans: readonly { readonly oid: number; readonly number: number }[] | null;
  readonly keys: Look["foreignKeys"] | null;
}

/** It locks nothing of the user's, so it does not see itself. The search_path is the script's: operators are named in full. */
const look = `
  select (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'oid', c.oid::pg_catalog.int8, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
                   'file', c.relfilenode::pg_catalog.int8, 'table', x.indrelid::pg_catalog.int8,
                   'visible', pg_catalog.pg_table_is_visible(c.oid)) order by c.oid)
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
            left join pg_catalog.pg_index x on x.indexrelid operator(pg_catalog.=) c.oid
           where c.relkind operator(pg_catalog.=) any ('{r,p,m,v,f,i,I}'::pg_catalog."char"[])
             and n.nspname operator(pg_catalog.!~) '^(information_schema$|pg_(catalog$|toast|temp))') as relations,
         (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', l.relation::pg_catalog.int8, 'mode', l.mode))
            from pg_catalog.pg_locks l
           where l.locktype operator(pg_catalog.=) 'relation' and l.granted
             and l.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid()) as locks,
         (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', s.relid::pg_catalog.int8, 'number', s.seq_scan))
            from pg_catalog.pg_stat_xact_user_tables s
           where s.seq_scan operator(pg_catalog.>) 0) as scans,
         (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', k.conname, 'table', k.conrelid::pg_catalog.int8))
            from pg_catalog.pg_constraint k
           where k.contype operator(pg_catalog.=) 'f') as keys`;

export async function lookAt(stage: Database): Promise<Look> {
  const [row] = await stage.read<Row>(look);
  const locks = new Map<number, Set<string>>();
  for (const { oid, mode } of row?.locks ?? []) locks.set(oid, (locks.get(oid) ?? new Set()).add(mode));
  return {
    relations: new Map((row?.relations ?? []).map((relation) => [relation.oid, relation])),
    locks,
    scans: new Map((row?.scans ?? []).map(({ oid, number }) => [oid, number])),
    foreignKeys: row?.keys ?? [],
  };
}

/** What Postgres says at `client_min_messages = debug1` while it reads a table to check it. */
const messages = { verifying: /^verifying table "(.*)"$/, validating: /^validating foreign key constraint "(.*)"$/ };

/** Runs a statement in the transaction that is open, and tells what it did beyond what the transaction had done before. */
export async function observe(stage: Stage, statement: Statement): Promise<Observed> {
  const before = await lookAt(stage);
  const { refused, notices } = await stage.execute(statement.text);
  if (refused) return { refused };
  const after = await lookAt(stage);
  return { seen: seenBetween({ before, after, said: notices.map(({ message }) => message), statement, locks: newLocks(before, after) }) };
}

/** Runs a statement that will have no transaction around it. Its locks are not seen but known. */
export async function observeAlone(stage: Stage, statement: Statement, { locks }: Alone): Promise<Observed> {
  const before = await lookAt(stage);
  const { refused, notices } = await stage.execute(statement.text);
  if (refused) return { refused };
  const after = await lookAt(stage);
  const known = new Map(locks([...before.relations.values()]).map(({ oid, mode }) => [oid, [mode]]));
  return { seen: seenBetween({ before, after, said: notices.map(({ message }) => message), statement, locks: known }) };
}

interface Between {
  readonly before: Look;
  readonly after: Look;
  readonly said: readonly string[];
  readonly statement: Statement;
  readonly locks: ReadonlyMap<number, readonly LockMode[]>;
}

function seenBetween(between: Between): readonly Seen[] {
  const { before, after, statement, locks } = between;
  const scanned = scannedTables(between);
  const [builds, rewritten] = statement.kind === "TruncateStmt" ? [new Map<number, string[]>(), new Set<number>()] : files(before, after);
  const touched = new Set([...locks.keys(), ...scanned, ...builds.keys(), ...rewritten]);
  return [...touched]
    .sort((a, b) => a - b)
    .flatMap((oid) => {
      const relation = before.relations.get(oid) ?? after.relations.get(oid);
      if (!relation || !standsForTable(relation)) return [];
      return [
        {
          oid,
          relation: nameOf(relation.schema, relation.name),
          lock: strongest(locks.get(oid) ?? []),
          rewrites: rewritten.has(oid),
          scans: scanned.has(oid),
          builds: builds.get(oid) ?? [],
          drops: !after.relations.has(oid),
        },
      ];
    });
}

const standsForTable = ({ kind }: Relation) => kind !== "i" && kind !== "I";

function newLocks(before: Look, after: Look): ReadonlyMap<number, readonly LockMode[]> {
  const found = new Map<number, readonly LockMode[]>();
  for (const [oid, modes] of after.locks) {
    const held = before.locks.get(oid);
    const taken = [...modes].filter((mode) => !held?.has(mode)).map(lockModeOf);
    if (taken.length > 0) found.set(oid, taken);
  }
  return found;
}

/** "AccessExclusiveLock" of `pg_locks` is what LOCK TABLE calls ACCESS EXCLUSIVE. */
function lockModeOf(mode: string): LockMode {
  const words = mode
    .replace(/Lock$/, "")
    .replaceAll(/(?<=.)(?=[A-Z])/g, " ")
    .toUpperCase();
  const known = lockModes.find((candidate) => candidate === words);
  if (!known) throw new Error(`pg_locks has a mode that is not one of a table: ${mode}`);
  return known;
}

const strongest = (modes: readonly LockMode[]): LockMode | undefined => lockModes.findLast((mode) => modes.includes(mode));

/** A new file is a rewrite of a table and a build of an index; an index that changes only its name or its oid keeps its file. */
function files(before: Look, after: Look): readonly [builds: Map<number, string[]>, rewritten: Set<number>] {
  const known = new Set([...before.relations.values()].map((relation) => relation.file));
  const builds = new Map<number, string[]>();
  const rewritten = new Set<number>();
  for (const { oid, kind, name, file, table } of after.relations.values()) {
    if (file === 0 || known.has(file)) continue;
    if (table === null) {
      if (before.relations.has(oid) && kind !== "v") rewritten.add(oid);
    } else if (before.relations.has(table)) builds.set(table, [...(builds.get(table) ?? []), name]);
  }
  return [builds, rewritten];
}

function scannedTables({ before, after, said, statement, locks }: Between): ReadonlySet<number> {
  const locked = new Set(locks.keys());
  const checked = said.flatMap((message) => {
    const table = messages.verifying.exec(message)?.[1];
    const key = messages.validating.exec(message)?.[1];
    if (table !== undefined) return tablesCalled(table, after, locked);
    return key === undefined ? [] : tablesWithKey(key, after, locked);
  });
  // Says nothing while it checks the tables that use the domain.
  const ofDomain = statement.kind === "AlterDomainStmt" ? [...after.scans] : [];
  const read = ofDomain.filter(([oid, number]) => number > (before.scans.get(oid) ?? 0)).map(([oid]) => oid);
  return new Set([...checked, ...read]);
}

/** Messages leave the schema out: what the statement locked comes first. */
function tablesCalled(name: string, { relations }: Look, locked: ReadonlySet<number>): readonly number[] {
  const called = [...relations.values()].filter((relation) => relation.name === name && standsForTable(relation)).map(({ oid }) => oid);
  return preferred(called, locked);
}

const tablesWithKey = (name: string, { foreignKeys }: Look, locked: ReadonlySet<number>) =>
  preferred(
    foreignKeys.filter((key) => key.name === name).map(({ table }) => table),
    locked,
  );

function preferred(oids: readonly number[], locked: ReadonlySet<number>): readonly number[] {
  const mine = oids.filter((oid) => locked.has(oid));
  return mine.length > 0 ? mine : oids;
}
