import { type Catalog, readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { withoutPsqlLines } from "../../src/sql/psql.ts";
import { readRowComments } from "../../src/sql/row-comments.ts";
import { plannedSizes, rowCountsOf, type TextSizes } from "../../src/tools/text-sizes.ts";
import { type Loaded, loadSchemaText, needsOfText } from "../../src/twin/schema-text.ts";
import type { Session, Twin } from "../../src/twin/twin.ts";

export interface FromText extends TextSizes {
  readonly session: Session;
  readonly catalog: Catalog;
  readonly loaded: Loaded;
  /** Counts that nothing came of. */
  readonly limits: readonly string[];
}

/** Asks a twin that was made of DDL text, as the tools do, about all of its tables or those of these names. */
export async function fromText<Result>(
  twin: Twin,
  { text, rowCounts, only }: { text: string; rowCounts?: Readonly<Record<string, number>>; only?: readonly string[] },
  ask: (subject: FromText) => Promise<Result>,
): Promise<Result> {
  const script = withoutPsqlLines(text);
  const statements = await parseStatements(script, { what: "schema_sql", bytes: 4_000_000 });
  const comments = await readRowComments(script);
  return twin.use(needsOfText(statements), async (session) => {
    const loaded = await loadSchemaText(session, statements);
    const directory = await readDirectory(session);
    const counts = await rowCountsOf(session, { argument: rowCounts, comments, directory });
    const own = directory.relations
      .filter((relation) => !relation.system && (only?.includes(relation.name) ?? true))
      .map((relation) => relation.oid);
    const catalog = await readCatalog(session, { settings: directory.settings, relations: own, functions: [] });
    const sizes = await plannedSizes({ session, directory, loaded, counts }, catalog.tables, catalog.statistics);
    return ask({ ...sizes, session, loaded, limits: [...counts.limits, ...sizes.limits], catalog: { ...catalog, tables: sizes.tables } });
  });
}
