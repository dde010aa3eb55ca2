import { loadGrammar } from "../sql/grammar.ts";
import { parseExpression } from "../sql/parse.ts";
import { quote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";
import type { Session } from "../twin/twin.ts";
import { type Drawn, documented, isDocument } from "./expression-document.ts";
import { estimate, type Point, type Source } from "./expression-estimate.ts";
import { type Attribute, copyValues, restoreValues, restoreWords, SAMPLE } from "./expression-restore.ts";
import { type Column, columnsSql, distinctTogether, isDense, pointsOf, rowsOf, SAMPLED_ROWS } from "./expression-sample.ts";

/** One key of an index that is no plain column. */
export interface Expression {
  readonly index: number;
  readonly schema: string;
  readonly name: string;
  readonly attribute: string;
  readonly expression: string;
  /** The same with no more parentheses than it needs. */
  readonly shown: string;
  readonly predicate: string | null;
  readonly table: number;
  readonly rows: number;
  /** Of another index over all rows, whose same key has statistics. */
  readonly same: Attribute | null;
}

const expressionsSql = `
  select x.indexrelid as index, n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name,
         a.attname::pg_catalog.text as attribute,
         pg_catalog.pg_get_indexdef(x.indexrelid, a.attnum, false) as expression,
         pg_catalog.pg_get_indexdef(x.indexrelid, a.attnum, true) as shown,
         pg_catalog.pg_get_expr(x.indpred, x.indrelid) as predicate,
         t.oid as "table", t.reltuples::pg_catalog.float8 as rows,
         (select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', oc.relname, 'attribute', oa.attname)
            from pg_catalog.pg_index o
            join pg_catalog.pg_class oc on oc.oid = o.indexrelid
            join pg_catalog.pg_attribute oa on oa.attrelid = o.indexrelid and o.indkey[oa.attnum - 1] = 0
           where o.indrelid = x.indrelid and o.indpred is null and o.indexprs is not null
             and o.indexrelid <> all ($1::pg_catalog.oid[]) and o.indexrelid <> all ($2::pg_catalog.oid[])
             and pg_catalog.pg_get_indexdef(o.indexrelid, oa.attnum, false) = pg_catalog.pg_get_indexdef(x.indexrelid, a.attnum, false)
             and exists (select from pg_catalog.pg_statistic s where s.starelid = o.indexrelid and s.staattnum = oa.attnum)
           limit 1) as same
    from pg_catalog.pg_index x
    join pg_catalog.pg_class c on c.oid = x.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and x.indkey[a.attnum - 1] = 0
   where x.indexrelid = any ($1::pg_catalog.oid[]) and c.relkind = 'i'
   order by x.indexrelid, a.attnum`;

/** Of each session, the indexes that were given statistics here. */
const estimated = new WeakMap<Session, Set<number>>();

/**
 * Gives the expressions of these indexes the statistics that ANALYZE would find: those of an index that has the same expression, or else from
 * those of the columns that they read: an expression is evaluated in the twin over values that its columns are known to have. Without it the
 * planner takes a half percent of the rows for any equality. Tells for each index what its statistics rest on, or lack.
 */
export async function estimateExpressions(session: Session, indexes: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const limits = new Map<number, string[]>();
  const expressions = await readExpressions(session, indexes);
  if (expressions.length === 0) return limits;
  await loadGrammar();
  const columns = await readColumns(session, expressions);
  const copies: string[] = [];
  for (const group of alike(expressions, columns)) {
    const [first, ...others] = group;
    if (!first) continue;
    const limit = first.same ? undefined : await inject(session, first, ofTable(columns, first));
    if (limit !== undefined) for (const { index } of group) limits.set(index, [...(limits.get(index) ?? []), limit]);
    copies.push(...(first.same ? group : others).map((expression) => copyValues(first.same ?? first, expression)));
  }
  if (copies.length > 0) await session.run(copies);
  return limits;
}

async function readExpressions(session: Session, indexes: readonly number[]): Promise<readonly Expression[]> {
  if (indexes.length === 0) return [];
  const own = estimated.get(session) ?? new Set<number>();
  estimated.set(session, own);
  const expressions = await session.read<Expression>(expressionsSql, [`{${indexes.join(",")}}`, `{${[...own].join(",")}}`]);
  for (const index of indexes) own.add(index);
  return expressions;
}

function readColumns(session: Session, expressions: readonly Expression[]): Promise<readonly Column[]> {
  const tables = new Set(expressions.map(({ table }) => table));
  const names = new Set(expressions.flatMap(({ expression, predicate }) => [...namesOf(expression), ...namesOf(predicate ?? "true")]));
  return session.read<Column>(columnsSql, [`{${[...tables].join(",")}}`, JSON.stringify([...names])]);
}

/** Expressions that have the same values, over the same rows as far as anybody knows. */
function alike(expressions: readonly Expression[], columns: readonly Column[]): readonly (readonly Expression[])[] {
  const found = new Map<string, Expression[]>();
  for (const expression of expressions) {
    const held = heldBy(expression, columnsIn(expression.expression, ofTable(columns, expression)) ?? []);
    const id = JSON.stringify([expression.table, expression.expression, held]);
    found.set(id, [...(found.get(id) ?? []), expression]);
  }
  return [...found.values()];
}

const ofTable = (columns: readonly Column[], { table: own }: Expression) => columns.filter(({ table }) => table === own);

/** The predicate, where it tells something of the columns that the expression reads. */
const heldBy = ({ predicate }: Expression, columns: readonly Column[]) =>
  predicate !== null && (columnsIn(predicate, columns)?.length ?? 0) > 0 ? predicate : undefined;

async function inject(session: Session, expression: Expression, columns: readonly Column[]): Promise<string | undefined> {
  const unknown = `no statistics for ${expression.shown}: the planner takes its defaults`;
  const read = columnsIn(expression.expression, columns);
  if (!read || read.length === 0) return unknown;
  const blind = read.filter(({ common, bounds, nulls }) => common + bounds === 0 && nulls !== 1);
  if (blind.length > 0) return `${unknown}, since there are none of ${blind.map(({ name }) => name).join(", ")}`;
  const { type, points, drawn } = await evaluate(session, expression, read);
  const found = type === "tsvector" ? undefined : estimate(points, sourceOf({ points, drawn }, expression, read));
  const restore = type === "tsvector" ? restoreWords(expression) : found && restoreValues(expression, found);
  const outcomes = await session.run([...(restore === undefined ? [] : [restore]), `drop table if exists ${SAMPLE}`]);
  if (restore === undefined || outcomes[0]?.refused || outcomes[0]?.warned) return unknown;
  if (read.length > 1) return `${expression.shown} is estimated as if its columns had nothing to do with each other`;
  return found?.guessed === undefined
    ? undefined
    : `how many rows share a value of ${expression.shown} is a guess: the ${found.guessed} that ANALYZE kept all differ`;
}

/** The columns that a text of the catalog names, which prints them bare. */
function namesOf(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { kind, node } of walk(parseExpression(text))) if (kind === "ColumnRef") names.add(namesIn(node.fields)[0] ?? "");
  return names;
}

/** Undefined where something else is read: the row as a whole. */
function columnsIn(text: string, columns: readonly Column[]): readonly Column[] | undefined {
  const names = namesOf(text);
  const found = columns.filter(({ name }) => names.has(name));
  return found.length === names.size ? found : undefined;
}

interface Sample {
  readonly points: readonly Point[];
  /** Of the expression. */
  readonly type: string;
  /** Of a column of documents. */
  readonly drawn: readonly Drawn[];
}

const NONE: Sample = { points: [], type: "", drawn: [] };

const POINTS = `${SAMPLE}_points`;
/** What cannot be sorted has no statistics to speak of. */
const SORTED = `select dense_rank() over (order by x), dense_rank() over (order by y) from ${SAMPLE} limit 0`;

/** A value that the expression refuses is left out: first those that were only made up, then each that is refused by itself. */
async function evaluate(session: Session, expression: Expression, columns: readonly Column[]): Promise<Sample> {
  const [column, ...more] = columns;
  if (!column) return NONE;
  const { rows } = expression;
  const single = more.length === 0;
  const fine = single ? pointsOf(column, { rows, fine: "fine" }) : rowsOf(columns, SAMPLED_ROWS.all);
  const known = single ? pointsOf(column, { rows, fine: "known" }) : rowsOf(columns, SAMPLED_ROWS.few);
  let isSorted = false;
  const isMade = async (sample: string) => {
    const [made, sorted] = await session.run([`create table ${SAMPLE} as ${evaluated(expression, columns, sample)}`, SORTED]);
    isSorted = sorted?.refused === undefined;
    return made?.refused === undefined;
  };
  if (!(await isMade(fine)) && !(await isMade(known))) {
    const each = evaluated(expression, columns, `select * from ${POINTS}`);
    const places = single ? column.common + column.bounds + 1 : SAMPLED_ROWS.few;
    const outcomes = await session.run([
      `create table ${POINTS} as ${known}`,
      `create table ${SAMPLE} as ${each} with no data`,
      ...Array.from({ length: places }, (_, place) => `insert into ${SAMPLE} ${each} and p.place = ${place + 1}`),
      `drop table ${POINTS}`,
      SORTED,
    ]);
    isSorted = outcomes.at(-1)?.refused === undefined;
  }
  if (!isSorted) return NONE;
  const holds = single && isDocument(column) ? drawnSql : "'[]'";
  const [{ type, points: sampled, drawn } = { type: "", points: [], drawn: [] }] = await session.read<Read>(pointsSql(holds));
  const from = new Map(sampled.map(([, place, , , rank]) => [place, rank]));
  const points = sampled.map(([kind, , partner, steps, rank, to, weight]): Point => {
    return { kind, from: rank, to, weight, steps, partner: from.get(partner) ?? 0 };
  });
  return { points, type, drawn };
}

interface Read extends Omit<Sample, "points"> {
  readonly points: readonly Row[];
}

type Row = readonly [kind: Point["kind"], place: number, partner: number, steps: number, from: number, to: number, weight: number];

const drawnSql = `(select coalesce(json_agg(json_build_object('document', x::text, 'value', y::text)), '[]') from ${SAMPLE} where kind = 'bound')`;

const pointsSql = (drawn: string) => `
  select ${drawn} as drawn,
         (select pg_catalog.format_type(a.atttypid, null) from pg_catalog.pg_attribute a where a.attrelid = '${SAMPLE}'::regclass and a.attname = 'y') as type,
         coalesce(json_agg(json_build_array(kind, place, partner, steps::real,
           case when x is null then 0 else xs end, case when y is null then 0 else ys end, weight::real)), '[]') as points
    from (select *, dense_rank() over (order by x) as xs, dense_rank() over (order by y) as ys from ${SAMPLE}) s`;

/** The columns are named in a query of their own, so that they are found before those of the sample. */
function evaluated(expression: Expression, columns: readonly Column[], sample: string): string {
  const own = columns.map(({ name }, position) => `p.x${position + 1} as ${quote(name)}`).join(", ");
  const on = (text: string) => `(select (${text}) from (select ${own}) c)`;
  const held = heldBy(expression, columns);
  const all = columns.map((_, position) => `p.x${position + 1}`).join(", ");
  // Of several columns, which rows are the same.
  const x = columns.length === 1 ? all : `pg_catalog.hashtextextended(pg_catalog.concat_ws('; ', ${all}), 0)`;
  return `select p.kind, p.place, p.partner, p.steps, p.weight, ${x} as x, ${on(expression.expression)} as y from (${sample}) p where ${held === undefined ? "true" : on(held)}`;
}

function sourceOf(
  { points, drawn }: Pick<Sample, "points" | "drawn">,
  { rows, predicate }: Expression,
  columns: readonly Column[],
): Source {
  const [column, ...more] = columns;
  const all = Math.max(1, rows);
  const held =
    predicate === null
      ? 1
      : Math.min(
          1,
          points.reduce((sum, { weight }) => sum + weight, 0),
        );
  return {
    rows: Math.max(1, all * held),
    distinct: Math.max(1, distinctTogether(columns, all) * held),
    correlation: more.length === 0 ? (column?.correlation ?? 0) : 0,
    isDense: more.length === 0 && column !== undefined && isDense(column),
    documented: more.length === 0 && column !== undefined && isDocument(column) ? documented(drawn, column, all) : undefined,
  };
}
