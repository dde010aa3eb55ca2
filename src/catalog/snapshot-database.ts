import type { Database } from "../database/database.ts";
import type { LiveDatabase } from "../database/live-database.ts";
import { ToolError } from "../error.ts";
import type { Oid } from "./names.ts";
import { queriesFor } from "./queries.ts";
import type { CatalogQuery } from "./query.ts";
import { type Row, readSnapshotFile, type Snapshot } from "./snapshot-file.ts";

/** A snapshot in the place of a live database. The file is read when the first question comes, and again if that failed. */
export function openSnapshot(file: string): LiveDatabase {
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;

  async function load(): Promise<Loaded> {
    loading ??= readSnapshotFile(file).then((snapshot) => ({ snapshot, database: answersOf(snapshot) }));
    try {
      loaded = await loading;
      return loaded;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  }

  return {
    access: "catalog",
    explain: () => Promise.reject(new Error("A snapshot plans nothing.")),
    async transaction(run, { signal }) {
      const { database } = await load();
      if (signal?.aborted) throw new ToolError("cancelled", "The question was cancelled before it was answered.");
      return run(database);
    },
    version: async () => Math.floor((await load()).snapshot.versionNumber / 10_000),
    describe: () => loaded?.snapshot.database ?? file,
    snapshot: () => loaded && { takenAt: loaded.snapshot.takenAt, values: loaded.snapshot.holds.includes("values") },
    close: async () => undefined,
  };
}

interface Loaded {
  readonly snapshot: Snapshot;
  readonly database: Database;
}

type Answer = (lists: readonly (readonly Oid[])[]) => readonly unknown[];

/** Answers every catalog query as the server did that the rows are from. */
export function answersOf({ rows, versionNumber }: Snapshot): Database {
  const answers = new Map(queriesFor(versionNumber).map((query) => [query.sql, answerOf(query, rows)]));
  return {
    async read<Asked>(sql: string, values: readonly unknown[] = []): Promise<readonly Asked[]> {
      const answer = answers.get(sql);
      if (!answer) throw new Error(`no snapshot holds the answer to: ${sql.slice(0, 80)}`);
      return answer(values.map(listOf)) as readonly Asked[];
    },
  };
}

function answerOf(query: CatalogQuery, recorded: Snapshot["rows"]): Answer {
  const rows = recorded.get((query.from ?? query).name) ?? [];
  const { about, answer, live } = query;
  if (live) return () => [];
  if (answer) return (lists) => answer(rows, ...lists);
  if (about === undefined) return () => rows;
  let places: ReadonlyMap<unknown, readonly number[]> | undefined;
  return ([asked = []]) => {
    places ??= placesBy(rows, about);
    const found = [...new Set(asked)].flatMap((oid) => places?.get(oid) ?? []).sort((a, b) => a - b);
    return found.map((place) => rows[place]);
  };
}

/** Where the rows about each thing stand, in their order. */
function placesBy(rows: readonly Row[], column: string): ReadonlyMap<unknown, readonly number[]> {
  const places = new Map<unknown, number[]>();
  for (const [place, row] of rows.entries()) {
    const others = places.get(row[column]);
    if (others) others.push(place);
    else places.set(row[column], [place]);
  }
  return places;
}

/** The text that `oids()` makes. */
const listOf = (value: unknown): readonly Oid[] => (String(value).match(/\d+/g) ?? []).map(Number);
