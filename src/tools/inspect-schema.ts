import * as z from "zod";
import type { UserType } from "../catalog/user-types.ts";
import { quote } from "../sql/quote.ts";
import { basis, join, limits, type ResponseFormat, renderLimits, renderSource, responseFormat } from "./answer.ts";
import { withWholeSchema } from "./schema.ts";
import { describeTables, details, tableEntry } from "./table-entry.ts";
import { cutLines, renderTable, renderType } from "./table-text.ts";
import { tool } from "./tool.ts";

const DEFAULT_LIMIT = 100;

const input = z.strictObject({
  detail: z.enum(details).default("names").describe("summary: columns and keys; full: everything"),
  schemas: z.array(z.string()).optional(),
  tables: z.array(z.string()).optional().describe("orders, app.orders; a partition only by its name"),
  limit: z.int().min(1).max(500).default(DEFAULT_LIMIT),
  offset: z.int().min(0).default(0).describe("Of the next page, as the last answer told it"),
  schema_sql: z.string().optional().describe("CREATE statements to inspect in place of the database"),
  response_format: responseFormat,
});
type Input = z.infer<typeof input>;

const type = z.object({ name: z.string(), kind: z.string(), values: z.array(z.string()).optional(), base: z.string().optional() });

const output = z.object({
  basis,
  examined: z.object({
    tables: z.int().describe("Tables and views in this answer"),
    of: z.int().describe("Tables and views that were asked for"),
    skipped: z.array(z.string()),
  }),
  tables: z.array(tableEntry),
  types: z.array(type).optional().describe("Made by somebody, and used by these columns"),
  limits,
  truncated: z.boolean(),
  next: z.string().optional().describe("The call that brings the rest"),
});
type Output = z.infer<typeof output>;

/** Characters for tables in an answer; what else it says fits beside them into what `join` lets through. */
const CHARACTERS: Readonly<Record<ResponseFormat, number>> = { concise: 4_500, detailed: 21_000 };

export default tool({
  name: "inspect_schema",
  title: "Inspect a schema",
  description:
    "Lists the tables, views, columns, keys and indexes of a Postgres schema, with sizes. Call it before writing SQL for tables you have not seen. Reads no rows.",
  input,
  output,

  async run(asked, context) {
    const { detail, schemas, tables, limit, offset, schema_sql } = asked;
    return withWholeSchema({ schema_sql, schemas, tables, page: { offset, limit } }, context, async (known) => {
      const found = describeTables({ schema: known.schema, detail, sizes: known.sizes });
      const shown = found.slice(
        0,
        fitting(
          found.map((table) => renderTable(table, detail).length + 1),
          charactersFor(asked),
        ),
      );
      const end = offset + shown.length;
      const truncated = end < known.relations;
      return {
        basis: known.basis,
        examined: { tables: shown.length, of: known.relations, skipped: skipped(known) },
        tables: shown,
        ...(detail !== "names" && typesOf(known.schema.types, shown)),
        limits: [...known.limits, ...(schema_sql !== undefined && detail === "full" ? [NOT_IN_TEXT] : [])],
        truncated,
        ...(truncated && { next: nextCall(asked, end) }),
      };
    });
  },

  render({ basis, examined, tables, types = [], limits, truncated, next }, asked) {
    return join(
      [
        [`${renderSource(basis)}. No rows were read.`, renderExamined(examined, asked)].join("\n"),
        tables.map((table) => cutLines(renderTable(table, asked.detail), charactersFor(asked), wayOut(asked))).join("\n"),
        cutLines(types.map(renderType).join("\n"), TYPES, "ask about fewer tables"),
        truncated ? `Next: ${next}` : "",
        renderLimits(limits),
      ],
      asked.detail === "names" ? "detailed" : asked.response_format,
    );
  },
});

const NOT_IN_TEXT = "owners and comments: schema_sql is read without them";

/** Characters for all types of an answer. */
const TYPES = 1_000;

const wayOut = ({ detail, response_format }: Input) =>
  response_format === "concise" ? "response_format detailed" : detail === "full" ? "detail summary" : "the structured answer has them";

/** Names are short as they are: of them `limit` alone decides. */
const charactersFor = ({ detail, response_format }: Input) => CHARACTERS[detail === "names" ? "detailed" : response_format];

/** How many of these lengths fit, at least one. */
function fitting(lengths: readonly number[], most: number): number {
  let sum = 0;
  const tooMany = lengths.findIndex((length) => {
    sum += length;
    return sum > most;
  });
  return tooMany < 0 ? lengths.length : Math.max(1, tooMany);
}

const skipped = ({ folded }: { readonly folded: number }): string[] =>
  folded === 0 ? [] : [`${folded} ${folded === 1 ? "partition" : "partitions"}, counted with their parents: name one in tables to see it`];

/** Only those that a column shown here has, itself or as an array. */
function typesOf(types: readonly UserType[], tables: Output["tables"]): Pick<Output, "types"> {
  const used = new Set(tables.flatMap((table) => (table.columns ?? []).map((column) => column.type.replace(/(\[\])+$/, ""))));
  const shown = types.filter((type) => used.has(type.name));
  return shown.length === 0 ? {} : { types: shown.map(asType) };
}

const asType = ({ name, kind, labels, base, attributes }: UserType) => ({
  name,
  kind,
  ...(labels.length > 0 && { values: [...labels] }),
  ...(attributes.length > 0 && { values: attributes.map((attribute) => `${quote(attribute.name)} ${attribute.type}`) }),
  ...(base !== undefined && { base }),
});

/** The same call from the next table on; the text of `schema_sql` is the caller's to repeat. */
function nextCall({ schema_sql, detail, ...asked }: Input, offset: number): string {
  const { schemas, tables, limit, response_format } = asked;
  const same = {
    detail,
    ...(schemas && { schemas }),
    ...(tables && { tables }),
    ...(limit !== DEFAULT_LIMIT && { limit }),
    offset,
    ...(response_format !== "concise" && { response_format }),
  };
  return `inspect_schema ${JSON.stringify(same)}${schema_sql === undefined ? "" : " with the same schema_sql"}`;
}

function renderExamined({ tables, of, skipped }: Output["examined"], { offset }: Input): string {
  const range = tables < of && tables > 0 ? `, ${offset + 1} to ${offset + tables}` : "";
  return `Examined: ${tables} of ${of} tables and views${range}.${skipped.length > 0 ? ` Skipped: ${skipped.join("; ")}.` : ""}`;
}
