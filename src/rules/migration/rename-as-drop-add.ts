import type { AlterTableCmd, ColumnDef, Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import type { Step } from "../../migration/step.ts";
import { type Alteration, addedColumnOf, alterationsOf, constraintsOf } from "../../sql/alterations.ts";
import { treesAround } from "../../sql/around.ts";
import { type Name, sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { isSameType, shapeOfType, type TypeShape, typeShape, typeText } from "../../sql/type-name.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, sizedTable } from "../touched.ts";

function commandsOn(table: Name, trees: readonly Node[]): readonly AlterTableCmd[] {
  return trees.flatMap((tree) => {
    const { relation, cmds = [] } = "AlterTableStmt" in tree ? tree.AlterTableStmt : {};
    const isOfTable = relation?.relname === table.name && (relation.schemaname ?? table.schema) === (table.schema ?? relation.schemaname);
    return isOfTable ? cmds.flatMap((node) => ("AlterTableCmd" in node ? [node.AlterTableCmd] : [])) : [];
  });
}

/** What Postgres computes by itself takes no values from another column. */
const isComputed = (column: ColumnDef) =>
  constraintsOf(column).some(({ contype }) => contype === "CONSTR_GENERATED" || contype === "CONSTR_IDENTITY");

const copies: ReadonlySet<string> = new Set([
  "UpdateStmt",
  "InsertStmt",
  "MergeStmt",
  "CreateTableAsStmt",
  "SelectStmt",
  "DoStmt",
  "CallStmt",
]);

/** A statement before the drop speaks of the column, so its values may be elsewhere by then. */
const isCopied = (column: string, before: readonly Node[]) =>
  before.some((tree) => copies.has(Object.keys(tree)[0] ?? "") && JSON.stringify(tree).includes(column));

/** A column that it also adds, which must not be NULL and has no value: where there are rows the statement fails, and nothing is lost. */
const failsOnRows = ({ statement }: Step): string | undefined =>
  alterationsOf(statement).flatMap((alteration) => {
    const column = addedColumnOf(alteration);
    const kinds = new Set(constraintsOf(column).map(({ contype }) => contype));
    const isRequired = kinds.has("CONSTR_NOTNULL") || kinds.has("CONSTR_PRIMARY");
    const isEmpty = isRequired && !kinds.has("CONSTR_DEFAULT") && column && !isComputed(column) && !isSerial(column);
    return isEmpty ? (column.colname ?? []) : [];
  })[0];

const isSerial = ({ typeName }: ColumnDef) => /^(?:big|small)?serial\d?$/.test(namesIn(typeName?.names).at(-1) ?? "");

interface Pair {
  readonly candidates: readonly string[];
  /** "text"; undefined: nobody knows the type of what is dropped. */
  readonly type: string | undefined;
  /** As many columns of the type are dropped as added. */
  readonly isEven: boolean;
  /** Nothing else that is dropped could be what is added. */
  readonly isOnly: boolean;
}

function pairOf(step: Step, { table, command: { name = "" } }: Alteration): Pair | undefined {
  const { before, after } = treesAround(step.statement);
  if (isCopied(name, before)) return undefined;
  const commands = commandsOn(table, [...before, step.statement.tree, ...after]);
  const dropped = commands.flatMap((command) => (command.subtype === "AT_DropColumn" ? (command.name ?? []) : []));
  const added = commands
    .flatMap(({ subtype, def }) => (subtype === "AT_AddColumn" && def && "ColumnDef" in def ? [def.ColumnDef] : []))
    .filter((column) => !isComputed(column) && !dropped.includes(column.colname ?? ""));
  const columns = step.table(table)?.columns;
  const type = typeIn(columns, name);
  if (!type)
    return added.length === 1 && dropped.length === 1
      ? { candidates: namesOf(added), type: undefined, isEven: true, isOnly: true }
      : undefined;
  const parent = parentOf(step, table, name);
  const others = dropped.filter((other) => typeText(typeIn(columns, other) ?? type) === typeText(type));
  const same = added
    .filter(({ typeName }) => typeName !== undefined && isSameType(typeShape(typeName), type))
    .filter(({ colname = "" }) => isSameKey(parent, referenced(leftTable(step, table), colname)))
    .filter(({ colname = "" }) => !isNearer(colname, name, others));
  const isOnly = same.every(({ colname = "" }) => others.every((other) => other === name || isNearer(colname, other, [name])));
  return { candidates: namesOf(same), type: typeText(type), isEven: same.length <= others.length, isOnly };
}

/** Before the script, or when the step runs: its foreign key may have been dropped first. */
const parentOf = (step: Step, table: Name, column: string) =>
  referenced(effectOn(step, table)?.table, column) ?? referenced(step.table(table), column);

/** Another of those that are dropped shares a word with it, and this one none: `profile_bio` is what becomes `bio`, not `profile_url`. */
const isNearer = (added: string, name: string, dropped: readonly string[]) =>
  !sharesWord(added, name) && dropped.some((other) => sharesWord(added, other));

const sharesWord = (one: string, other: string) => wordsOf(one).some((word) => wordsOf(other).includes(word));

/** "profileURL" and "profile_url": "profile", "url". */
const wordsOf = (name: string) => name.split(/_|(?<=[a-z\d])(?=[A-Z])/).map((word) => word.toLowerCase());

const isSameKey = (one: string | undefined, other: string | undefined) => one === undefined || other === undefined || one === other;

/** The table that a foreign key of this column alone points at, by its last name: a column that points elsewhere is another one. */
function referenced(table: Pick<Table, "constraints"> | undefined, column: string): string | undefined {
  const key = table?.constraints.find(({ kind, columns }) => kind === "foreign key" && columns.join() === column);
  return key && /REFERENCES (?:(?:"(?:[^"]|"")+"|[^\s."(]+)\.)?("(?:[^"]|"")+"|[^\s."(]+)\(/.exec(key.definition)?.[1];
}

const namesOf = (columns: readonly ColumnDef[]) => columns.map(({ colname = "" }) => colname);

function typeIn(columns: readonly { readonly name: string; readonly type: string }[] = [], column: string): TypeShape | undefined {
  const found = columns.find(({ name }) => name === column);
  return found && shapeOfType(found.type);
}

const isSure = ({ type, isEven }: Pair, step: Step) => type !== undefined && isEven && failsOnRows(step) === undefined;

function outcomeOf(step: Step): string {
  const empty = failsOnRows(step);
  if (empty === undefined) return "its values are lost, and RENAME COLUMN would keep them";
  return `RENAME COLUMN keeps its values, and this fails where there are rows: ${empty} has no value and must not be NULL`;
}

export default migrationRule({
  id: "migration/rename-as-drop-add",
  severity: "error",

  *check(step) {
    for (const alteration of alterationsOf(step.statement)) {
      const { table, command, span } = alteration;
      if (command.subtype !== "AT_DropColumn" || step.isNew(table)) continue;
      const pair = pairOf(step, alteration);
      const [first, ...others] = pair?.candidates ?? [];
      if (!pair || first === undefined) continue;

      const { name = "" } = command;
      const added = [first, ...others].join(" or ");
      const both = pair.type === undefined ? "" : `, both ${pair.type}`;
      yield {
        message: `This drops ${name} and adds ${added} to ${sizedTable(step, table).name}${both}: if that is ${name} under another name, ${outcomeOf(step)}.`,
        span,
        object: `${table}.${name}`,
        ...(isSure(pair, step) ? {} : { severity: "warning" as const }),
        ...(others.length === 0 && pair.isOnly && { fix: sql`alter table ${table} rename column ${name} to ${first};` }),
      };
    }
  },
});
