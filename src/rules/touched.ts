import type { Table } from "../catalog/tables.ts";
import type { Severity } from "../finding.ts";
import type { Effect, Step } from "../migration/step.ts";
import { spanOf } from "../sql/position.ts";
import type { Name } from "../sql/quote.ts";
import type { Problem } from "./rule.ts";

/** Up to so much a scan or a rewrite is over before anyone notices: a thousand blocks of Postgres's own size. */
export const SMALL = 8 * 1024 * 1024;
/** From so much on it is an outage, even at a gigabyte in a few seconds. */
export const LARGE = 1024 * 1024 * 1024;
/** Where only the rows are known: a wide row has about 100 bytes. */
const BYTES_PER_ROW = 100;

type Known = Pick<Problem, "evidence" | "severity">;

export interface Sized {
  /** "orders (about 2,000,000 rows, 180 MB)"; the bare name where nobody knows. */
  readonly name: string;
  /** For a problem whose damage grows with the table. */
  readonly known: Known;
}

/** What is known of the size of a table that a step waits for, scans or rewrites. */
export function sizedTable(step: Step, name: Name): Sized {
  const { rows, bytes } = sizeOf(effectOn(step, name)?.table ?? step.table(name));
  const said = [
    ...(rows === undefined ? [] : [`about ${rows.toLocaleString("en-US")} rows`]),
    ...(bytes === undefined ? [] : [megabytes(bytes)]),
  ];
  if (said.length === 0) return { name: name.toString(), known: {} };
  const evidence = { ...(rows === undefined ? {} : { rows }), ...(bytes === undefined ? {} : { bytes }) };
  const severity = severityOf(bytes ?? (rows ?? 0) * BYTES_PER_ROW);
  return { name: `${name} (${said.join(", ")})`, known: { evidence, severity } };
}

/** A table that nobody has counted says 0 bytes as easily as many, and no rows are none to speak of. */
function sizeOf(table: Table | undefined): { readonly rows: number | undefined; readonly bytes: number | undefined } {
  const rows = table?.rows;
  const bytes = table?.bytes;
  return { rows, bytes: bytes === 0 ? undefined : bytes };
}

const severityOf = (bytes: number): Severity => (bytes < SMALL ? "info" : bytes < LARGE ? "warning" : "error");

export const megabytes = (bytes: number): string =>
  bytes < LARGE
    ? `${Math.max(1, Math.round(bytes / 1024 / 1024)).toLocaleString("en-US")} MB`
    : `${(bytes / LARGE).toLocaleString("en-US", { maximumFractionDigits: 1 })} GB`;

/** What the step did to the table when it was rehearsed. Undefined too where it did nothing to it. */
export function effectOn(step: Step, { schema, name }: Name): Effect | undefined {
  const place = schema ?? step.table({ schema, name })?.schema;
  return step.effects?.find(({ relation }) => relation.name === name && (place === undefined || (relation.schema ?? place) === place));
}

/** Whether the step was rehearsed and did no such thing to any table that was there: what the text threatens does not happen. */
export const isSpared = (step: Step, does: (effect: Effect) => boolean): boolean =>
  step.effects !== undefined && !step.effects.some((effect) => effect.table !== undefined && does(effect));

/** Of the whole statement. */
export const placeOf = ({ statement: { source, start, end } }: Step) => spanOf(source, start, end);

/** What is written instead of it has to run in the same transaction. */
export const isBound = ({ inTransaction, canLeave }: Pick<Step, "inTransaction" | "canLeave">): boolean => inTransaction && !canLeave;
