import * as z from "zod";
import { readExtendedValues } from "../catalog/extended-statistics-values.ts";
import type { Schema } from "../catalog/schema.ts";
import { type ColumnStatistics, readStatistics } from "../catalog/statistics.ts";
import { checkOf, type Decomposition, decompositionOf, isNamedIn } from "../normal-forms/decomposition.ts";
import { grades } from "../normal-forms/dependency.ts";
import type { Violation } from "../normal-forms/forms.ts";
import { type Learned, type NormalForms, normalForms } from "../normal-forms/normal-forms.ts";
import { proved } from "../normal-forms/proof.ts";
import { nameOf } from "../sql/quote.ts";
import { needsOf } from "../twin/build.ts";
import { count } from "./answer.ts";
import type { KnownSchema } from "./schema.ts";
import type { Context } from "./tool.ts";

export const normalFormsTold = z.object({
  judged: z.int().describe("Tables whose statistics say what follows from what"),
  first: z.array(z.object({ table: z.string(), kind: z.string(), columns: z.array(z.string()), says: z.string() })),
  dependencies: z.array(
    z.object({
      table: z.string(),
      form: z.enum(["2NF", "3NF", "BCNF"]).describe("That it breaks"),
      determines: z.array(z.string()),
      determined: z.array(z.string()),
      grade: z.enum(grades),
      evidence: z.array(z.string()),
      check: z.string().describe("SQL: 0 where it holds"),
      costs: z.array(z.string()).optional(),
      sql: z.string().optional(),
      undo: z.string().optional(),
      generated: z.int().optional().describe("Sets of rows on which the twin ran it, kept each row and took it back"),
    }),
  ),
});
type Told = z.infer<typeof normalFormsTold>;

interface Judged {
  readonly told: Told | undefined;
  readonly limits: readonly string[];
}

/** Decompositions that the twin tries, and tables whose values are looked at. */
const MOST_TRIED = 5;
const MOST_TABLES = 500;

/** `detailed`: also what only names hint at, BCNF and 2NF, what values look like, and the way to mend each. */
export async function judgedForms(schema: Schema, known: KnownSchema, detailed: boolean, context: Context): Promise<Judged> {
  const isText = known.basis.source === "schema_sql";
  const learned = isText ? { extended: [], values: [], hidden: [] } : await learnedOf(schema, detailed, context);
  const found = normalForms(schema, learned);
  const violations = found.violations.filter(
    ({ form, grade }) => detailed || (form === "3NF" && (grade === "measured" || grade === "likely")),
  );
  const limits = isText ? [] : thinLimits(found, learned.hidden, detailed);
  if (found.smells.length + violations.length === 0) return { told: undefined, limits };
  const mended = detailed ? await mendedBy(schema, violations, context) : { told: violations.map(plainly), limits: [] };
  return {
    told: {
      judged: found.judged.length,
      first: found.smells.map(({ table, columns, ...smell }) => ({
        ...smell,
        table: nameOf(table.schema, table.name).toString(),
        columns: [...columns],
      })),
      dependencies: mended.told,
    },
    limits: [...limits, ...mended.limits],
  };
}

/** Nothing is asked where nothing was measured of several columns. Values are only looked at in detail, and stay in memory. */
async function learnedOf(schema: Schema, detailed: boolean, context: Context): Promise<Learned & { readonly hidden: readonly string[] }> {
  const { versionNumber } = schema.settings;
  const objects = schema.statistics.map(({ table, ...object }) => ({ ...object, table: table.oid }));
  const lookedAt = detailed ? schema.tables.filter((table) => table.columns.some(({ type }) => /^(text|character|jsonb$)/.test(type))) : [];
  if (objects.length + lookedAt.length === 0) return { extended: [], values: [], hidden: [] };
  const read = await context.database().transaction(async (connection) => {
    const relations = lookedAt.slice(0, MOST_TABLES).map(({ oid }) => oid);
    const values: readonly ColumnStatistics[] = await readStatistics(connection, { relations, versionNumber });
    return { values, extended: await readExtendedValues(connection, { objects, versionNumber }) };
  }, context);
  const hidden = objects.filter(({ table, name }) => !read.extended.some((each) => each.table === table && each.name === name));
  return { ...read, hidden: hidden.map(({ schema: place, name }) => nameOf(place, name).toString()) };
}

const NAMED = 3;
const few = (names: readonly string[]) =>
  `${names.slice(0, NAMED).join(", ")}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ""}`;

function thinLimits({ judged, thin, keyless }: NormalForms, hidden: readonly string[], detailed: boolean): readonly string[] {
  const isSaid = detailed || judged.length === 0;
  const names = (tables: NormalForms["thin"]) => few(tables.map((table) => nameOf(table.schema, table.name).toString()));
  return [
    ...(isSaid && thin.length > 0
      ? [`what depends on what in ${names(thin)}: under 1,000 rows are known, or they were never analyzed`]
      : []),
    ...(detailed && keyless.length > 0 ? [`the normal form of ${names(keyless)}: no key is declared`] : []),
    ...(hidden.length > 0 ? [`what statistics ${few(hidden)} say: never analyzed, or not for this role to see`] : []),
  ];
}

const plainly = (violation: Violation): Told["dependencies"][number] => ({
  table: nameOf(violation.table.schema, violation.table.name).toString(),
  form: violation.form,
  determines: [...violation.determinant],
  determined: [...violation.dependents],
  grade: violation.grade,
  evidence: [...violation.evidence],
  check: checkOf(violation),
});

/** Each with a decomposition that the twin ran; what it refused is told, and not to be run. */
async function mendedBy(schema: Schema, violations: readonly Violation[], context: Context) {
  const told: Told["dependencies"] = [];
  const limits: string[] = [];
  let tried = 0;
  for (const violation of violations) {
    const plain = plainly(violation);
    const way = tried < MOST_TRIED ? decompositionOf(violation, schema) : undefined;
    if (!way) {
      told.push(plain);
      continue;
    }
    if (tried++ === 0) context.progress("Trying decompositions");
    const proof = await context.twin.use(
      { ...needsOf(schema), alone: true },
      (scratch) => proved(scratch, schema, violation, way),
      context.signal,
    );
    if ("refused" in proof) limits.push(`how to take ${plain.determined.join(", ")} out of ${plain.table}: ${proof.refused}`);
    told.push("refused" in proof ? plain : { ...plain, ...mending(violation, way, schema), generated: proof.sets });
  }
  if (tried === MOST_TRIED && violations.length > tried) limits.push(`more than ${MOST_TRIED} decompositions`);
  return { told, limits };
}

const mending = (violation: Violation, way: Decomposition, schema: Schema) => ({
  costs: costsOf(violation, way, schema),
  sql: way.statements.join("\n"),
  undo: way.undo.join("\n"),
});

/** What else changes with it; nothing is told in numbers that nobody measured. */
function costsOf({ table, dependents, form }: Violation, { target, joins }: Decomposition, { views, policies }: Schema): string[] {
  const [here, there] = [nameOf(table.schema, table.name).toString(), nameOf(target.schema, target.name).toString()];
  const isIn = (text: string | undefined) => text !== undefined && dependents.some((name) => isNamedIn(text, name));
  const indexes = table.indexes.filter(({ constraint, definition }) => !constraint && isIn(definition.slice(definition.indexOf("("))));
  const constraints = table.constraints.filter(({ columns }) => columns.some((name) => dependents.includes(name)));
  const dropped = [...indexes, ...constraints].map(({ name }) => nameOf(undefined, name).toString());
  const readers = views.filter(({ definition }) => isIn(definition) && isNamedIn(definition ?? "", table.name));
  const ruled = policies.filter((policy) => policy.table.oid === table.oid && isIn(`${policy.using} ${policy.check}`));
  return [
    `queries that read ${dependents.join(", ")} of ${here} join ${there} on ${joins.map(({ here: column }) => column).join(", ")}`,
    ...(form === "BCNF" ? [`a key of ${here} has ${dependents.join(", ")} in it and goes: no constraint holds over two tables`] : []),
    ...(dropped.length > 0 ? [`dropped with the columns: ${few(dropped)}`] : []),
    ...(readers.length > 0
      ? [`to be written anew first, if they read them: ${few(readers.map((view) => nameOf(view.schema, view.name).toString()))}`]
      : []),
    ...(ruled.length > 0 ? [`policies that name them: ${few(ruled.map(({ name }) => nameOf(undefined, name).toString()))}`] : []),
    "every row of both is read and the columns are gone at once: programs that still write them fail",
  ];
}

/** Lines of a concise answer. */
const CONCISE = 3;

export function renderForms({ judged, first, dependencies }: Told, format: "concise" | "detailed"): string {
  const lines = [...first.map(({ table, says }) => `- 1NF, ${table}: ${says}.`), ...dependencies.map((each) => dependencyText(each))];
  const shown = format === "concise" ? lines.slice(0, CONCISE) : lines;
  const left = lines.length - shown.length;
  return [
    `Normal forms (statistics of ${count(judged, "table")} say what follows from what; they are of a sample, the check reads all rows):`,
    ...shown,
    ...(left > 0 ? [`… and ${left} more: response_format detailed`] : []),
  ].join("\n");
}

const words = {
  declared: "by a constraint",
  measured: "in all statistics seen",
  likely: "in all statistics seen, which are of each column alone",
  possible: "possibly",
} as const;

function dependencyText({
  table,
  form,
  determines,
  determined,
  grade,
  evidence,
  check,
  costs,
  sql,
  undo,
  generated,
}: Told["dependencies"][number]): string {
  const lines = [
    `- ${form}, ${table}: ${determines.join(", ")} determines ${determined.join(", ")} ${words[grade]} (${evidence.join("; ")}).`,
    `   check (0 where it holds): ${check}`,
    ...(sql === undefined ? [] : [sql.replaceAll(/^/gm, "   "), `   undo: ${(undo ?? "").replaceAll("\n", " ")}`]),
    ...(generated === undefined
      ? []
      : [`   run in the twin on ${generated} sets of generated rows: the join has the same rows, and so has the table after the undo`]),
    ...(costs === undefined ? [] : [`   costs: ${costs.join("; ")}`]),
  ];
  return lines.join("\n");
}
