import * as z from "zod";
import type { KeyReach } from "../reach/keys.ts";
import type { PolicyReach } from "../reach/policies.ts";
import type { Reach } from "../reach/reach.ts";
import type { Firing } from "../reach/triggers.ts";
import { quote } from "../sql/quote.ts";
import type { ResponseFormat } from "./answer.ts";

const firing = z.object({
  name: z.string(),
  timing: z.enum(["before", "after", "instead of"]),
  event: z.enum(["insert", "update", "delete"]),
  each: z.enum(["row", "statement"]),
  function: z.string(),
  conditional: z.boolean().describe("It has a WHEN"),
});

export const reach = z.object({
  statement: z.int(),
  operation: z.enum(["insert", "update", "delete", "merge"]),
  table: z.string(),
  whole: z.boolean().describe("No condition holds it back"),
  rows: z.number().optional(),
  rows_are: z.enum(["exactly", "at most", "about"]).optional(),
  table_rows: z.number().optional(),
  share: z.number().optional().describe("Of the table, 0 to 1"),
  triggers: z.array(firing),
  foreign_keys: z.array(
    z.object({
      name: z.string(),
      table: z.string(),
      references: z.string(),
      columns: z.array(z.string()),
      action: z.enum(["no action", "restrict", "cascade", "set null", "set default"]),
      rows: z.number().optional().describe("That refer to those reached, on an even spread"),
      table_rows: z.number().optional(),
      index: z.string().optional().describe("Absent: all of the table is read for each row"),
      triggers: z.array(firing),
      depth: z.int(),
    }),
  ),
  policies: z
    .object({
      hold: z.boolean().optional().describe("For the role that asked"),
      because: z.string().optional(),
      denied: z.boolean().describe("No permissive one is for such a change: it reaches no row"),
      names: z.array(z.object({ name: z.string(), command: z.string(), permissive: z.boolean(), roles: z.array(z.string()).optional() })),
    })
    .optional()
    .describe("Absent: no row-level security"),
});
export type ReachTold = z.infer<typeof reach>;

export const reachTold = (
  statement: number,
  { operation, table, whole, rows, tableRows, share, triggers, keys, policies }: Reach,
): ReachTold => ({
  statement,
  operation,
  table: table.toString(),
  whole,
  ...(rows && { rows: rows.count, rows_are: rows.how }),
  ...(tableRows !== undefined && { table_rows: tableRows }),
  ...(share !== undefined && { share: Number(share.toPrecision(3)) }),
  triggers: triggers.map((each) => ({ ...each })),
  foreign_keys: keys.map(keyTold),
  ...(policies && { policies: policiesTold(policies) }),
});

const keyTold = ({ name, table, references, columns, action, rows, tableRows, index, triggers, depth }: KeyReach) => ({
  name,
  table: table.toString(),
  references: references.toString(),
  columns: [...columns],
  action,
  ...(rows !== undefined && { rows }),
  ...(tableRows !== undefined && { table_rows: tableRows }),
  ...(index !== undefined && { index }),
  triggers: triggers.map((each: Firing) => ({ ...each })),
  depth,
});

const policiesTold = ({ holds, because, denied, policies }: PolicyReach) => ({
  denied,
  ...(holds !== undefined && { hold: holds }),
  ...(because !== undefined && { because }),
  names: policies.map(({ name, command, permissive, roles }) => ({ name, command, permissive, ...(roles && { roles: [...roles] }) })),
});

/** Keys and triggers of one write in a concise answer. */
const CONCISE = 6;

/** A write, then what it fires, what it is carried on to and which policies it meets. */
export function reachLines(reached: ReachTold, format: ResponseFormat): readonly string[] {
  const { triggers, foreign_keys, policies } = reached;
  return [
    `Reach: ${extent(reached)}.`,
    ...shortened(triggers.map(triggerLine), "triggers", format),
    ...shortened(foreign_keys.map(keyLine), "foreign keys", format),
    ...(policies ? [policyLine(policies)] : []),
  ];
}

const number = (value: number) => Math.round(value).toLocaleString("en-US");
const rowsOf = (value: number) => `${number(value)} ${value === 1 ? "row" : "rows"}`;

function extent({ operation, table, whole, rows, rows_are, table_rows, share }: ReachTold): string {
  const what = `${operation.toUpperCase()} ${operation === "insert" || operation === "merge" ? "into" : operation === "delete" ? "from" : "of"} ${table}`;
  if (whole) return `${what}, every row${table_rows === undefined ? "" : ` (about ${number(table_rows)})`}`;
  if (rows === undefined) return `${what}, nobody knows how many rows`;
  const many = rows_are === "exactly" ? rowsOf(rows) : `${rows_are} ${rowsOf(rows)}`;
  const part = share === undefined || table_rows === undefined ? "" : `, ${percent(share)} of ${number(table_rows)}`;
  return `${what}, ${many}${part}`;
}

const percent = (share: number) => (share > 0 && share < 0.001 ? "under 0.1 %" : `${Number((share * 100).toFixed(1))} %`);

function triggerLine({ name, timing, event, each, function: runs, conditional }: Firing): string {
  return `trigger ${quote(name)}: ${timing} ${event}, each ${each}${conditional ? " that its WHEN lets through" : ""}, ${runs}()`;
}

function keyLine({ name, table, references, action, rows, table_rows, index, triggers, depth }: ReachTold["foreign_keys"][number]): string {
  const refuses = action === "no action" || action === "restrict";
  const many = rows === undefined ? "" : `, about ${rowsOf(rows)}`;
  const how = refuses ? `refuses while ${table} refers to ${references}` : `${action} in ${table}${many}`;
  const read = table_rows === undefined ? `all of ${table}` : `all ${rowsOf(table_rows)} of ${table}`;
  const by = index === undefined ? `no index, so ${read} are read for each row` : `by ${quote(index)}`;
  const fired = triggers.length === 0 ? "" : `; fires ${triggers.map((each) => quote(each.name)).join(", ")}`;
  return `${"  ".repeat(depth)}${quote(name)}: ${how}; ${by}${fired}`;
}

function policyLine({ hold, because, denied, names }: NonNullable<ReachTold["policies"]>): string {
  const list = names.map(({ name, command, permissive }) => `${quote(name)} (${command}${permissive ? "" : ", restrictive"})`);
  const all = `   policies: ${list.join(", ") || "none for it"}`;
  const none = denied ? "; none lets such a change through" : "";
  if (hold === false) return `${all}${none}; they do not hold here: ${because}`;
  return hold === undefined ? `${all}${none}` : `${all}${none}; they hold for this role`;
}

function shortened(lines: readonly string[], what: string, format: ResponseFormat): readonly string[] {
  const shown = format === "concise" ? lines.slice(0, CONCISE) : lines;
  const left = lines.length - shown.length;
  return [...shown.map((line) => `   ${line}`), ...(left > 0 ? [`   … and ${left} more ${what}: response_format detailed`] : [])];
}
