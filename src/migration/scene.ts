import { readTables, type Table } from "../catalog/tables.ts";
import { namesWritten } from "./named.ts";
import { type Look, lookAt, type Stage } from "./observe.ts";
import { withOwnPath } from "./own-path.ts";
import type { Step } from "./step.ts";

/** What is on the stage at one moment. */
export interface Scene {
  readonly look: Look;
  /** By oid on the stage: those that the script names. */
  readonly tables: ReadonlyMap<number, Table>;
}

export async function sceneOf({ stage, names }: { readonly stage: Stage; readonly names: ReadonlySet<string> }): Promise<Scene> {
  const look = await lookAt(stage);
  const wanted = [...look.relations.values()]
    .filter((relation) => names.has(relation.name) && relation.table === null)
    .map(({ oid }) => oid);
  const tables = await withOwnPath(stage, () => readTables(stage, wanted));
  return { look, tables: new Map(tables.map((table) => [table.oid, table])) };
}

/** Of tables, views and the like that the steps name. */
export const namesOf = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(steps.flatMap(({ statement }) => namesWritten(statement).map(({ name }) => name)));

type Written = Parameters<Step["table"]>[0];

interface Known {
  /** The real table that this one stands for, with its sizes. */
  realOf(oid: number): Table | undefined;
  isEmpty(table: Table): boolean;
  /** What the stage refused to make, only the text tells. */
  readonly text: Pick<Step, "isNew">;
}

/** What a name means in this scene: the columns as they are by then, with the size of the real table. */
export function meaningIn({ look, tables }: Scene, { realOf, isEmpty, text }: Known): Pick<Step, "table" | "isNew"> {
  const relations = [...look.relations.values()];
  const find = (written: Written) =>
    relations.find(
      ({ schema, name, visible }) => name === written.name && (written.schema === undefined ? visible : schema === written.schema),
    );
  return {
    table(written: Written) {
      const table = tables.get(find(written)?.oid ?? 0);
      if (!table) return undefined;
      const real = realOf(table.oid);
      return real
        ? { ...table, rows: real.rows, bytes: real.bytes, size: real.size, toastBytes: real.toastBytes }
        : { ...table, rows: undefined, bytes: undefined };
    },
    isNew(written: Written) {
      const found = find(written);
      if (!found) return text.isNew(written);
      const real = realOf(found.oid);
      return real === undefined || isEmpty(real);
    },
  };
}
