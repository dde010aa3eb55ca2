import type { IndexUse } from "../../catalog/index-use.ts";
import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import { type IndexParts, indexParts } from "../../sql/index-parts.ts";
import { nameOf } from "../../sql/quote.ts";
import type { Circumstances } from "./circumstances.ts";

/** An index as it is judged: that of a partitioned table stands for all its parts. */
export interface Standing {
  readonly index: Index;
  readonly table: Table;
  /** Undefined where its definition cannot be read: then nothing is said to cover it. */
  readonly form: Form | undefined;
  readonly use: IndexUse | undefined;
  /** What holds its entries: itself, or its parts at the partitions. */
  readonly leaves: readonly Index[];
  readonly bytes: number;
}

export interface Form extends IndexParts {
  /** Of a constraint that may be checked at the end of the transaction: no foreign key and no ON CONFLICT rests on it. */
  readonly deferrable: boolean;
}

/** Those of one table, the parts of a partitioned parent's indexes included. `tables`: all that may be partitions. */
export function standingsOf(table: Table, tables: readonly Table[], circumstances: Circumstances | undefined): readonly Standing[] {
  return table.indexes.map((index) => {
    const leaves = leavesOf(index, table, tables);
    return {
      index,
      table,
      form: formOf(index, table),
      use: circumstances?.uses.get(index.oid),
      leaves,
      bytes: leaves.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  });
}

function formOf({ definition, name }: Index, { constraints }: Table): Form | undefined {
  const parts = indexParts(definition);
  return parts && { ...parts, deferrable: constraints.some((constraint) => constraint.name === name && constraint.deferrable) };
}

function leavesOf(index: Index, table: Table, tables: readonly Table[]): readonly Index[] {
  if (table.kind !== "partitioned table") return [index];
  return tables.flatMap((part) =>
    part.indexes.filter(({ parent }) => parent === index.oid).flatMap((child) => leavesOf(child, part, tables)),
  );
}

export const shownName = ({ schema, name }: Index): string => nameOf(schema, name).toString();
