import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { admittedNodes, bareNodes } from "../../../src/database/guard/nodes.ts";
import type { Mode } from "../../../src/database/guard/statement.ts";
import type { Kind } from "../../../src/sql/walk.ts";
import { refusal } from "./refusals.ts";

/** For each kind of node a statement that cannot do without it. */
const needs: Readonly<Partial<Record<Kind, string>>> = {
  SelectStmt: "select",
  WithClause: "with a as (select 1) select 1",
  CommonTableExpr: "with a as (select 1) select 1",
  CTESearchClause: "with recursive a as (select 1 as id union all select id from a) search depth first by id set seen select 1 from a",
  CTECycleClause: "with recursive a as (select 1 as id union all select id from a) cycle id set looped using way select 1 from a",
  ResTarget: "select 1",
  SortBy: "select 1 order by 1",
  GroupingSet: "select from orders group by rollup (id)",
  GroupingFunc: "select grouping(id) from orders group by id",
  WindowDef: "select count(*) over () from orders",
  List: "select 1 where 1 in (1, 2)",
  RangeVar: "select from orders",
  Alias: "select from orders o",
  JoinExpr: "select from orders cross join lines",
  RangeSubselect: "select from (select 1) s",
  RangeFunction: "select from now()",
  ColumnDef: "select from json_to_record('{}') as r(a int)",
  RangeTableSample: "select from orders tablesample system (1)",
  RangeTableFunc: "select from xmltable('/a' passing '<a/>' columns b text)",
  RangeTableFuncCol: "select from xmltable('/a' passing '<a/>' columns b text)",
  JsonTable: "select from json_table('[]', '$' columns (a int))",
  JsonTableColumn: "select from json_table('[]', '$' columns (a int))",
  JsonTablePathSpec: "select from json_table('[]', '$' columns (a int))",
  A_Const: "select 1",
  Integer: "select 1",
  Float: "select 1.5",
  Boolean: "select true",
  String: "select 'a'",
  BitString: "select b'1'",
  ColumnRef: "select id from orders",
  A_Star: "select * from orders",
  ParamRef: "select $1",
  A_Expr: "select 1 + 1",
  BoolExpr: "select not true",
  NullTest: "select 1 is null",
  BooleanTest: "select true is unknown",
  CaseExpr: "select case when true then 1 end",
  CaseWhen: "select case when true then 1 end",
  CoalesceExpr: "select coalesce(1, 2)",
  MinMaxExpr: "select greatest(1, 2)",
  FuncCall: "select now()",
  NamedArgExpr: "select make_interval(days => 1)",
  SQLValueFunction: "select current_date",
  SubLink: "select exists (select)",
  RowExpr: "select row(1, 2)",
  A_ArrayExpr: "select array[1]",
  A_Indirection: "select (array[1])[1]",
  A_Indices: "select (array[1])[1]",
  TypeCast: "select 1::text",
  TypeName: "select 1::text",
  CollateClause: `select 'a' collate "C"`,
  XmlExpr: "select xmlelement(name a)",
  XmlSerialize: "select xmlserialize(content '<a/>' as text)",
  JsonFuncExpr: "select json_value('1', '$')",
  JsonArgument: "select json_value('1', '$' passing 1 as a)",
  JsonBehavior: "select json_value('1', '$' null on error)",
  JsonOutput: "select json_scalar(1), json_value('1', '$' returning int)",
  JsonReturning: "select json_value('1', '$' returning int)",
  JsonFormat: "select json('1')",
  JsonValueExpr: "select json('1')",
  JsonParseExpr: "select json('1')",
  JsonScalarExpr: "select json_scalar(1)",
  JsonSerializeExpr: "select json_serialize('1')",
  JsonIsPredicate: "select '1' is json",
  JsonKeyValue: "select json_object('a': 1)",
  JsonObjectConstructor: "select json_object('a': 1)",
  JsonArrayConstructor: "select json_array(1)",
  JsonArrayQueryConstructor: "select json_array(select 1)",
  JsonAggConstructor: "select json_arrayagg(id) from orders",
  JsonObjectAgg: "select json_objectagg('a': id) from orders",
  JsonArrayAgg: "select json_arrayagg(id) from orders",
  InsertStmt: "insert into orders default values",
  UpdateStmt: "update orders set id = 1",
  DeleteStmt: "delete from orders",
  MergeStmt: "merge into orders o using lines l on true when matched then delete",
  MergeWhenClause: "merge into orders o using lines l on true when matched then delete",
  MergeSupportFunc: "merge into orders o using lines l on true when matched then delete returning merge_action()",
  OnConflictClause: "insert into orders default values on conflict do nothing",
  InferClause: "insert into orders default values on conflict (id) do nothing",
  IndexElem: "insert into orders default values on conflict (id) do nothing",
  MultiAssignRef: "update orders set (id, total) = (1, 2)",
  SetToDefault: "update orders set id = default",
  ReturningClause: "delete from orders returning id",
  ReturningOption: "delete from orders returning with (old as o) o.id",
  LockingClause: "select from orders for update",
};

test("every kind of node that is admitted is needed by an honest statement, which is refused without it", async () => {
  expect(Object.keys(needs).sort()).toEqual([...admittedNodes.explain].sort());
  for (const [mode, admitted] of Object.entries(admittedNodes) as [Mode, ReadonlySet<Kind>][]) {
    for (const kind of admitted) {
      const sql = needs[kind] ?? "";
      if (kind !== "ParamRef") expect(await refusal(sql, mode), sql).toBe("admitted");
      expect(await refusal(sql, mode, new Set([...admitted].filter((other) => other !== kind))), `${kind}: ${sql}`).toMatch(
        /^refused: .*statement\)/,
      );
    }
  }
});

const definitions = readFileSync(new URL("../../../node_modules/@pgsql/types/types.d.ts", import.meta.url), "utf8");
const kinds = [...definitions.slice(0, definitions.indexOf("export interface")).matchAll(/^ {4}(\w+): \w+;/gm)].map(
  ([, kind = ""]) => kind,
);

test("the parser's list of nodes is the one that was gone through: whoever comes new to it is seen here", () => {
  expect(kinds.length).toBe(278);
  const [refused, statements] = [kinds.filter((kind) => !admittedNodes.explain.has(kind as Kind)), /Stmt$/];
  expect(refused.filter((kind) => !statements.test(kind)).join(" ")).toMatchInlineSnapshot(
    `"ParseResult ScanResult OidList IntList TableFunc IntoClause Var Param Aggref WindowFunc WindowFuncRunCondition SubscriptingRef FuncExpr OpExpr DistinctExpr NullIfExpr ScalarArrayOpExpr SubPlan AlternativeSubPlan FieldSelect FieldStore RelabelType CoerceViaIO ArrayCoerceExpr ConvertRowtypeExpr CollateExpr CaseTestExpr ArrayExpr RowCompareExpr JsonConstructorExpr JsonExpr JsonTablePath JsonTablePathScan JsonTableSiblingJoin MergeAction CoerceToDomain CoerceToDomainValue CurrentOfExpr NextValueExpr InferenceElem ReturningExpr TargetEntry RangeTblRef FromExpr OnConflictExpr Query RoleSpec TableLikeClause DefElem PartitionElem PartitionSpec PartitionBoundSpec PartitionRangeDatum PartitionCmd RangeTblEntry RTEPermissionInfo RangeTblFunction TableSampleClause WithCheckOption SortGroupClause WindowClause RowMarkClause TriggerTransition AlterTableCmd ATAlterConstraint ObjectWithArgs AccessPriv Constraint CreateOpClassItem StatsElem FunctionParameter InlineCodeBlock CallContext VacuumRelation PublicationTable PublicationObjSpec ScanToken SummaryResult Table Function FilterColumn"`,
  );
  expect(refused.filter((kind) => statements.test(kind)).join(" ")).toMatchInlineSnapshot(
    `"RawStmt SetOperationStmt ReturnStmt PLAssignStmt CreateSchemaStmt AlterTableStmt ReplicaIdentityStmt AlterCollationStmt AlterDomainStmt GrantStmt GrantRoleStmt AlterDefaultPrivilegesStmt CopyStmt VariableSetStmt VariableShowStmt CreateStmt CreateTableSpaceStmt DropTableSpaceStmt AlterTableSpaceOptionsStmt AlterTableMoveAllStmt CreateExtensionStmt AlterExtensionStmt AlterExtensionContentsStmt CreateFdwStmt AlterFdwStmt CreateForeignServerStmt AlterForeignServerStmt CreateForeignTableStmt CreateUserMappingStmt AlterUserMappingStmt DropUserMappingStmt ImportForeignSchemaStmt CreatePolicyStmt AlterPolicyStmt CreateAmStmt CreateTrigStmt CreateEventTrigStmt AlterEventTrigStmt CreatePLangStmt CreateRoleStmt AlterRoleStmt AlterRoleSetStmt DropRoleStmt CreateSeqStmt AlterSeqStmt DefineStmt CreateDomainStmt CreateOpClassStmt CreateOpFamilyStmt AlterOpFamilyStmt DropStmt TruncateStmt CommentStmt SecLabelStmt DeclareCursorStmt ClosePortalStmt FetchStmt IndexStmt CreateStatsStmt AlterStatsStmt CreateFunctionStmt AlterFunctionStmt DoStmt CallStmt RenameStmt AlterObjectDependsStmt AlterObjectSchemaStmt AlterOwnerStmt AlterOperatorStmt AlterTypeStmt RuleStmt NotifyStmt ListenStmt UnlistenStmt TransactionStmt CompositeTypeStmt CreateEnumStmt CreateRangeStmt AlterEnumStmt ViewStmt LoadStmt CreatedbStmt AlterDatabaseStmt AlterDatabaseRefreshCollStmt AlterDatabaseSetStmt DropdbStmt AlterSystemStmt ClusterStmt VacuumStmt ExplainStmt CreateTableAsStmt RefreshMatViewStmt CheckPointStmt DiscardStmt LockStmt ConstraintsSetStmt ReindexStmt CreateConversionStmt CreateCastStmt CreateTransformStmt PrepareStmt ExecuteStmt DeallocateStmt DropOwnedStmt ReassignOwnedStmt AlterTSDictionaryStmt AlterTSConfigurationStmt CreatePublicationStmt AlterPublicationStmt CreateSubscriptionStmt AlterSubscriptionStmt DropSubscriptionStmt"`,
  );
});

test("every field that holds a node without its name is known", () => {
  const fields = [...definitions.matchAll(/export interface (\w+) \{([^}]*)\}/g)].flatMap(([, kind = "", body = ""]) =>
    [...body.matchAll(/(\w+)\?: (\w+);/g)].map(([, field, type = ""]) => ({ kind, place: `${kind}.${field}`, type })),
  );
  const bare = fields.filter(({ kind, type }) => admittedNodes.explain.has(kind as Kind) && kinds.includes(type));
  expect(Object.fromEntries(bare.map(({ place, type }) => [place, type]))).toEqual(bareNodes);
});
