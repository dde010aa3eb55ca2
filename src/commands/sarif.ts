import { spanOf } from "../sql/position.ts";
import { keyOf } from "./baseline.ts";
import { type Judged, type Told, toldIn } from "./told.ts";

/** The part of the knowledge that explains rules. */
export interface Sections {
  section(uri: string): Promise<{ readonly title: string; readonly text: string }>;
}

const levels = { error: "error", warning: "warning", info: "note" } as const;

/** What has no section of its own. */
const others: Readonly<Record<string, string>> = {
  refused: "Postgres refused the statement when it was rehearsed",
  "ignore-without-effect": "A comment that is to silence a rule silences nothing",
};

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export async function sarif(judged: readonly Judged[], { version, knowledge }: { version: string; knowledge: Sections }) {
  const all = judged.flatMap(({ path, sql, answer }) => toldIn(answer).map((told) => ({ path, sql, told })));
  const rules = [...new Map(all.map(({ told }) => [told.rule, told])).values()];
  const indexes = new Map(rules.map(({ rule }, index) => [rule, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "backend-db-mcp", version, rules: await Promise.all(rules.map((told) => descriptorOf(told, knowledge))) },
        },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true }],
        results: all.map(({ path, sql, told }) => ({
          ruleId: told.rule,
          ruleIndex: indexes.get(told.rule),
          level: levels[told.severity],
          message: { text: told.fix === undefined ? told.message : `${told.message}\n${told.fix}` },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path) }, region: regionOf(told, sql) } }],
          partialFingerprints: { "ruleAndObject/v1": keyOf(told, path) },
        })),
      },
    ],
  };
}

async function descriptorOf({ rule, page }: Told, knowledge: Sections) {
  if (page === undefined) return { id: rule, shortDescription: { text: others[rule] ?? rule } };
  const { title, text } = await knowledge.section(page);
  return { id: rule, shortDescription: { text: title }, help: { text, markdown: text } };
}

const uriOf = (path: string) => path.split("/").map(encodeURIComponent).join("/");

/** With its end, which stands behind its last character. */
function regionOf({ line, column, end }: Told, sql: string) {
  if (end === undefined) return { startLine: line };
  const last = spanOf(sql, end, end);
  return { startLine: line, startColumn: column, endLine: last.line, endColumn: last.column };
}
