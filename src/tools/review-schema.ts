import * as z from "zod";
import type { Schema } from "../catalog/schema.ts";
import { ToolError } from "../error.ts";
import { type Finding, finding, severities } from "../finding.ts";
import { run } from "../rules/rule.ts";
import { schemaRules } from "../rules/schema-rules.ts";
import { loadGrammar } from "../sql/grammar.ts";
import { withoutPsqlLines } from "../sql/psql.ts";
import { basis, count, join, limits, renderLimits, renderSource, responseFormat, rowCounts, tally } from "./answer.ts";
import { erDiagram } from "./er-diagram.ts";
import { fairShare, renderFolded, ruleTotals } from "./folded-findings.ts";
import { isManaged, managedAmong } from "./managed-schemas.ts";
import { compared, comparedSchemas, renderCompared } from "./review-schema-compare.ts";
import { judgedForms, normalFormsTold, renderForms } from "./review-schema-normal-forms.ts";
import { renderPolicies, rowSecurity, triedPolicies } from "./review-schema-policies.ts";
import { reckonedVolume, renderVolume, volume } from "./review-schema-volume.ts";
import { type KnownSchema, withWholeSchema } from "./schema.ts";
import { schemaPicture } from "./schema-picture.ts";
import { gradedByFile, type RuleFile, renderTurnedOff, turnedOff } from "./suppressed.ts";
import { type Context, tool } from "./tool.ts";

/** Findings in the structured answer, some 400 characters each. */
const DEFAULT_LIMIT = 50;

const input = z.strictObject({
  schemas: z.array(z.string()).optional(),
  tables: z.array(z.string()).optional().describe("orders, app.orders; brings a diagram of them"),
  schema_sql: z.string().optional().describe("CREATE, GRANT and POLICY statements to review in place of the database"),
  compare_to: z.string().optional().describe("Instead: differences from a configured database, snapshot, migrations folder or DDL"),
  row_counts: rowCounts,
  limit: z.int().min(1).max(1000).default(DEFAULT_LIMIT).describe("Findings"),
  response_format: responseFormat,
});

const output = z.object({
  basis,
  examined: z.object({
    tables: z.int(),
    views: z.int(),
    indexes: z.int(),
    policies: z.int(),
    functions: z.int(),
    rules: z.int(),
    skipped: z.array(z.string()).describe("What was not looked at, and why"),
  }),
  verdict: z.string(),
  rules: ruleTotals,
  findings: z.array(finding),
  suppressed: turnedOff.optional().describe("By backend-db-mcp.json"),
  truncated: z.boolean(),
  compared: compared.optional(),
  row_security: rowSecurity.optional(),
  normal_forms: normalFormsTold.optional(),
  volume: volume.optional(),
  diagram: z.string().optional().describe("Mermaid"),
  limits,
  next: z.string().optional(),
});
export type Output = z.infer<typeof output>;

export default tool({
  name: "review_schema",
  title: "Review a schema",
  description:
    "Finds what is wrong with a Postgres schema: missing keys and indexes, types that overflow, row-level security that is off or open. Call it for a database you did not design, or DDL before it ships.",
  view: "schema",
  input,
  output,

  async run(asked, context) {
    await loadGrammar();
    if (asked.compare_to !== undefined) return comparison({ ...asked, compare_to: asked.compare_to }, context);
    const { schemas, tables, schema_sql, row_counts } = asked;
    const known = await withWholeSchema({ schemas, tables, schema_sql, row_counts }, context, async (read) => read);
    context.progress("Reviewing");
    const { schema } = inQuestion(known.schema, asked);
    const forms = await judgedForms(schema, known, asked.response_format === "detailed", context);
    const plain = review(known, asked, context.ruleFile());
    const reviewed = { ...plain, ...(forms.told && { normal_forms: forms.told }), limits: [...plain.limits, ...forms.limits] };
    context.draw(schemaPicture(schema, reviewed.findings));
    if (asked.response_format !== "detailed") return reviewed;
    const { tried, limits } = await triedPolicies(known.schema, managedIn(known.schema), context);
    const reckoned = reckonedVolume(schema, known.sizes === "measured");
    return {
      ...reviewed,
      ...(tried && { row_security: tried }),
      ...(reckoned.volume && { volume: reckoned.volume }),
      limits: [...reviewed.limits, ...limits, ...reckoned.limits],
    };
  },

  render(
    { basis, examined, verdict, rules, findings, suppressed, compared, row_security, normal_forms, volume, diagram, limits, next },
    { response_format },
  ) {
    return join(
      [
        [`${renderSource(basis)}. Only the catalog was read.`, ...(compared ? [] : [renderExamined(examined)])].join("\n"),
        verdict,
        compared === undefined ? "" : renderCompared(compared, response_format),
        renderFolded(findings, rules, response_format),
        suppressed === undefined ? "" : renderTurnedOff(suppressed),
        row_security === undefined ? "" : renderPolicies(row_security),
        normal_forms === undefined ? "" : renderForms(normal_forms, response_format),
        volume === undefined ? "" : renderVolume(volume),
        diagram === undefined ? "" : `\`\`\`mermaid\n${diagram}\n\`\`\``,
        renderLimits(limits),
        next === undefined ? "" : `Next: ${next}`,
      ],
      response_format,
    );
  },
});

/** No rule is asked: what differs is the question. */
async function comparison(asked: z.infer<typeof input> & { compare_to: string }, context: Context): Promise<Output> {
  const { row_counts, ...rest } = asked;
  if (row_counts) throw new ToolError("invalid_argument", "row_counts says nothing of a comparison: leave it out.");
  const answer = await comparedSchemas(rest, context);
  const isClosable = answer.compared.closing.sql !== "";
  return {
    ...answer,
    examined: { tables: 0, views: 0, indexes: 0, policies: 0, functions: 0, rules: 0, skipped: ["every rule: call without compare_to"] },
    rules: [],
    findings: [],
    ...(isClosable && { next: "migration_checklist with closing.sql as sql, before it is run" }),
  };
}

/** Its first line keeps psql from running it as it is (https://www.postgresql.org/docs/current/extend-extensions.html). */
const isExtensionScript = (text: string) => /^\\echo Use "(CREATE|ALTER) EXTENSION /im.test(text);

function review(known: KnownSchema, asked: z.infer<typeof input>, file: RuleFile): Output {
  const { schemas, tables, schema_sql = "", limit, response_format } = asked;
  const extensionScript = isExtensionScript(schema_sql) ? withoutPsqlLines(schema_sql) : undefined;
  const { schema, skipped } = inQuestion(known.schema, { schemas, tables });
  const { findings, suppressed } = gradedByFile(run(schemaRules, { ...schema, extensionScript }, versionOf(known)), file);
  const { shown, totals } = fairShare(findings, limit);
  const truncated = shown.length < findings.length;
  const drawn = tables !== undefined || response_format === "detailed";
  const diagram = drawn ? erDiagram(schema, tables === undefined ? "keys" : "all") : undefined;
  return {
    basis: known.basis,
    examined: examined(schema, [...skipped, ...unread(known)]),
    verdict: verdict(findings),
    rules: totals,
    findings: shown,
    ...(suppressed && { suppressed }),
    truncated,
    ...(diagram && { diagram: diagram.text }),
    limits: [
      ...known.limits,
      ...assumed(known),
      ...(diagram && diagram.left > 0 ? [`${diagram.left} tables in the diagram: name some in tables`] : []),
      ...(truncated ? [`${findings.length - shown.length} of ${findings.length} findings, which are beyond limit`] : []),
    ],
    ...(findings.some(({ fix }) => fix !== undefined) && { next: "migration_checklist with the fixes you take, before they are run" }),
  };
}

/** Of DDL text every rule is asked: nobody says on which version it will run. */
const versionOf = ({ basis: { source }, directory: { settings } }: KnownSchema) =>
  source !== "schema_sql" ? Math.floor(settings.versionNumber / 10_000) : undefined;

function verdict(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Verdict: nothing found.";
  const blocks = findings.some(({ severity }) => severity === severities[0]);
  return `Verdict: ${blocks ? "block, " : ""}${tally(findings)}.`;
}

const examined = ({ tables, views, indexes, policies, functions }: Schema, skipped: string[]): Output["examined"] => ({
  tables: tables.length,
  views: views.length,
  indexes: indexes.length,
  policies: policies.length,
  functions: functions.length,
  rules: schemaRules.length,
  skipped,
});

/** What somebody named is, whoever manages it. */
const inQuestion = (schema: Schema, { schemas, tables }: Pick<z.infer<typeof input>, "schemas" | "tables">) =>
  schemas === undefined && tables === undefined ? withoutManaged(schema) : { schema, skipped: [] };

/** On Supabase its own tables are nobody's to mend. Policies on them are the user's. */
function withoutManaged(schema: Schema): { readonly schema: Schema; readonly skipped: string[] } {
  const names = [...managedIn(schema)];
  if (names.length === 0) return { schema, skipped: [] };
  const own = <Thing extends { readonly schema: string }>(things: readonly Thing[]) => things.filter((thing) => !isManaged(thing.schema));
  const ofOwn = <Thing extends { readonly table: { readonly schema: string } }>(things: readonly Thing[]) =>
    things.filter(({ table }) => !isManaged(table.schema));
  return {
    schema: {
      ...schema,
      tables: own(schema.tables),
      views: own(schema.views),
      functions: own(schema.functions),
      sequences: own(schema.sequences),
      foreignKeys: ofOwn(schema.foreignKeys),
      indexes: ofOwn(schema.indexes),
      triggers: ofOwn(schema.triggers),
    },
    skipped: [`${names.join(", ")}, which Supabase manages: name one in schemas to see it`],
  };
}

const managedIn = ({ schemas, roles }: Schema): ReadonlySet<string> =>
  managedAmong(
    schemas.map(({ name }) => name),
    roles.map(({ name }) => name),
  );

const unread = ({ schema: { sequences } }: KnownSchema): string[] => {
  const hidden = sequences.filter(({ readable }) => !readable).length;
  return hidden === 0 ? [] : [`the position of ${hidden} ${hidden === 1 ? "sequence" : "sequences"}, which this role may not read`];
};

/** What rules weigh and a text does not say. */
function assumed({ basis: { source }, sizes, schema: { policies, sequences } }: KnownSchema): readonly string[] {
  if (source !== "schema_sql") return [];
  return [
    `what only a live server counts: unused indexes, invalid ones, what follows from what in rows${sequences.some(({ last }) => last !== undefined) ? "" : ", how far sequences are"}`,
    ...(sizes === "unknown" ? ["sizes: pass row_counts ({ table: rows })"] : []),
    ...(policies.length > 0
      ? ["a role that schema_sql does not create is taken to log in, and the owner of everything for a superuser"]
      : []),
  ];
}

function renderExamined({ tables, views, indexes, policies, functions, rules, skipped }: Output["examined"]): string {
  const counts = [
    count(tables, "table"),
    count(views, "view"),
    count(indexes, "index"),
    count(policies, "policy"),
    count(functions, "function"),
    count(rules, "rule"),
  ].join(", ");
  return `Examined: ${counts}.${skipped.length > 0 ? ` Skipped: ${skipped.join("; ")}.` : ""}`;
}
