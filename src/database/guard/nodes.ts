import type { Node } from "@pgsql/types";
import { type Inner, type Kind, kindOf } from "../../sql/walk.ts";
import { refused } from "./refused.ts";
import type { Mode } from "./statement.ts";

/** What a query that only reads is made of, by purpose. Whatever is not named here is refused, whoever invents it. */
const reading: readonly Kind[] = [
  // The query and its clauses.
  ...(["SelectStmt", "WithClause", "CommonTableExpr", "CTESearchClause", "CTECycleClause", "ResTarget", "SortBy"] as const),
  ...(["GroupingSet", "GroupingFunc", "WindowDef", "List"] as const),
  // What stands in FROM.
  ...(["RangeVar", "Alias", "JoinExpr", "RangeSubselect", "RangeFunction", "ColumnDef", "RangeTableSample"] as const),
  ...(["RangeTableFunc", "RangeTableFuncCol", "JsonTable", "JsonTableColumn", "JsonTablePathSpec"] as const),
  // Constants, columns and parameters.
  ...(["A_Const", "Integer", "Float", "Boolean", "String", "BitString", "ColumnRef", "A_Star", "ParamRef"] as const),
  // Expressions.
  ...(["A_Expr", "BoolExpr", "NullTest", "BooleanTest", "CaseExpr", "CaseWhen", "CoalesceExpr", "MinMaxExpr"] as const),
  ...(["FuncCall", "NamedArgExpr", "SQLValueFunction", "SubLink", "RowExpr", "A_ArrayExpr", "A_Indirection", "A_Indices"] as const),
  ...(["TypeCast", "TypeName", "CollateClause", "XmlExpr", "XmlSerialize"] as const),
  // SQL/JSON.
  ...(["JsonFuncExpr", "JsonArgument", "JsonBehavior", "JsonOutput", "JsonReturning", "JsonFormat", "JsonValueExpr"] as const),
  ...(["JsonParseExpr", "JsonScalarExpr", "JsonSerializeExpr", "JsonIsPredicate", "JsonKeyValue", "JsonObjectConstructor"] as const),
  ...(["JsonArrayConstructor", "JsonArrayQueryConstructor", "JsonAggConstructor", "JsonObjectAgg", "JsonArrayAgg"] as const),
];

/** What may be planned, because a plain EXPLAIN runs none of it, and never run. */
const writing: readonly Kind[] = [
  ...(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "MergeWhenClause", "MergeSupportFunc", "OnConflictClause"] as const),
  ...(["InferClause", "IndexElem", "MultiAssignRef", "SetToDefault", "ReturningClause", "ReturningOption", "LockingClause"] as const),
];

export const admittedNodes: Readonly<Record<Mode, ReadonlySet<Kind>>> = {
  analyze: new Set(reading),
  explain: new Set([...reading, ...writing]),
};

/** Nodes that stand in their field without their name around them. One that is missing here has no name, and is refused. */
export const bareNodes: Readonly<Record<string, Kind>> = {
  "A_Const.ival": "Integer",
  "A_Const.fval": "Float",
  "A_Const.boolval": "Boolean",
  "A_Const.sval": "String",
  "A_Const.bsval": "BitString",
  "SelectStmt.intoClause": "IntoClause",
  "SelectStmt.withClause": "WithClause",
  "SelectStmt.larg": "SelectStmt",
  "SelectStmt.rarg": "SelectStmt",
  "CommonTableExpr.search_clause": "CTESearchClause",
  "CommonTableExpr.cycle_clause": "CTECycleClause",
  "FuncCall.over": "WindowDef",
  "TypeCast.typeName": "TypeName",
  "XmlSerialize.typeName": "TypeName",
  "ColumnDef.typeName": "TypeName",
  "ColumnDef.collClause": "CollateClause",
  "ColumnDef.identitySequence": "RangeVar",
  "RangeVar.alias": "Alias",
  "RangeSubselect.alias": "Alias",
  "RangeFunction.alias": "Alias",
  "RangeTableFunc.alias": "Alias",
  "RangeTableFuncCol.typeName": "TypeName",
  "JoinExpr.alias": "Alias",
  "JoinExpr.join_using_alias": "Alias",
  "JsonFuncExpr.context_item": "JsonValueExpr",
  "JsonFuncExpr.output": "JsonOutput",
  "JsonFuncExpr.on_empty": "JsonBehavior",
  "JsonFuncExpr.on_error": "JsonBehavior",
  "JsonObjectConstructor.output": "JsonOutput",
  "JsonArrayConstructor.output": "JsonOutput",
  "JsonArrayQueryConstructor.output": "JsonOutput",
  "JsonArrayQueryConstructor.format": "JsonFormat",
  "JsonObjectAgg.constructor": "JsonAggConstructor",
  "JsonObjectAgg.arg": "JsonKeyValue",
  "JsonArrayAgg.constructor": "JsonAggConstructor",
  "JsonArrayAgg.arg": "JsonValueExpr",
  "JsonAggConstructor.output": "JsonOutput",
  "JsonAggConstructor.over": "WindowDef",
  "JsonValueExpr.format": "JsonFormat",
  "JsonReturning.format": "JsonFormat",
  "JsonOutput.typeName": "TypeName",
  "JsonOutput.returning": "JsonReturning",
  "JsonKeyValue.value": "JsonValueExpr",
  "JsonIsPredicate.format": "JsonFormat",
  "JsonArgument.val": "JsonValueExpr",
  "JsonTable.context_item": "JsonValueExpr",
  "JsonTable.pathspec": "JsonTablePathSpec",
  "JsonTable.on_error": "JsonBehavior",
  "JsonTable.alias": "Alias",
  "JsonTableColumn.typeName": "TypeName",
  "JsonTableColumn.pathspec": "JsonTablePathSpec",
  "JsonTableColumn.format": "JsonFormat",
  "JsonTableColumn.on_empty": "JsonBehavior",
  "JsonTableColumn.on_error": "JsonBehavior",
  "JsonParseExpr.expr": "JsonValueExpr",
  "JsonParseExpr.output": "JsonOutput",
  "JsonScalarExpr.output": "JsonOutput",
  "JsonSerializeExpr.expr": "JsonValueExpr",
  "JsonSerializeExpr.output": "JsonOutput",
  "InsertStmt.relation": "RangeVar",
  "InsertStmt.onConflictClause": "OnConflictClause",
  "InsertStmt.returningClause": "ReturningClause",
  "InsertStmt.withClause": "WithClause",
  "UpdateStmt.relation": "RangeVar",
  "UpdateStmt.returningClause": "ReturningClause",
  "UpdateStmt.withClause": "WithClause",
  "DeleteStmt.relation": "RangeVar",
  "DeleteStmt.returningClause": "ReturningClause",
  "DeleteStmt.withClause": "WithClause",
  "MergeStmt.relation": "RangeVar",
  "MergeStmt.returningClause": "ReturningClause",
  "MergeStmt.withClause": "WithClause",
  "OnConflictClause.infer": "InferClause",
};

export type Found = { [K in Kind]: { readonly kind: K; readonly node: Inner<K> } }[Kind];

/** Every node of the tree. Throws at the first that is not admitted; it keeps its own stack, so depth does not matter. */
export function* nodesOf(root: Node, admitted: ReadonlySet<Kind>): Generator<Found> {
  const stack: Step[] = [{ value: root, place: "" }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const { value, place } = step;
    if (Array.isArray(value)) stack.push(...value.map((element) => ({ value: element, place })).reverse());
    else if (typeof value === "object" && value !== null && !isNull(value, place)) {
      const found = foundAt(value, place, admitted);
      yield found;
      stack.push(...fieldsOf(found));
    }
  }
}

interface Step {
  readonly value: unknown;
  /** "A_Const.ival": the node around it and the field in which it stands. */
  readonly place: string;
}

/** The grammar's null, such as the list that DISTINCT without ON has. */
const isNull = (value: object, place: string) => Object.keys(value).length === 0 && bareNodes[place] === undefined;

function foundAt(value: object, place: string, admitted: ReadonlySet<Kind>): Found {
  const wrapped = kindOf(value);
  const kind = wrapped ?? bareNodes[place];
  if (kind === undefined || !admitted.has(kind)) throw notAdmitted(kind ?? place);
  return { kind, node: wrapped === undefined ? value : Object.values(value)[0] } as Found;
}

const fieldsOf = ({ kind, node }: Found): readonly Step[] =>
  Object.entries(node)
    .map(([field, value]) => ({ value, place: `${kind}.${field}` }))
    .reverse();

const plainPlan = "Ask for the plan without `analyze: true`.";

/** Of parts that people write, what they do and what helps. */
const sentences: Readonly<Record<string, readonly [reason: string, wayOut: string]>> = {
  IntoClause: ["SELECT INTO creates a table", "Leave INTO out."],
  LockingClause: ["FOR UPDATE and FOR SHARE lock rows", `Leave the clause out. ${plainPlan}`],
  CurrentOfExpr: ["WHERE CURRENT OF needs a cursor of your session", "Name the row by its key."],
  SetToDefault: ["DEFAULT stands for no value in a SELECT", "Write the value."],
  InsertStmt: ["INSERT writes", plainPlan],
  UpdateStmt: ["UPDATE writes", plainPlan],
  DeleteStmt: ["DELETE writes", plainPlan],
  MergeStmt: ["MERGE writes", plainPlan],
};

function notAdmitted(part: string) {
  const [reason, wayOut] = sentences[part] ?? [
    part.endsWith("Stmt") ? `a ${part} is no query` : `${part} is not among the parts of a query that are let through`,
    "Ask about one SELECT, INSERT, UPDATE, DELETE or MERGE.",
  ];
  return refused("statement", reason, wayOut);
}
