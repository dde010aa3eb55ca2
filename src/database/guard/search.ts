import type { Database } from "../database.ts";
import { type ByType, castsIn, isPossible, membersIn, type Reach } from "./by-type.ts";
import { emptyExpansion, functionPart, relationPart } from "./expansion.ts";
import { isSystem, refuseForeign, refuseRules, refuseSecret } from "./forbidden-relations.ts";
import { type FunctionFacts, isBuiltIn, isTrusted, objection, written } from "./functions.ts";
import type { NamedOperator } from "./meanings.ts";
import type { Operator } from "./names.ts";
import { FIRST_NORMAL_OID, onlySelects, referencesIn } from "./node-tree.ts";
import { type Member, type Objects, type OperatorFacts, readObjects, type TypeFacts } from "./objects.ts";
import { refused } from "./refused.ts";
import { type RelationFacts, readRelations, type StoredExpression } from "./relations.ts";
import { refusedFunction, type Source } from "./source.ts";
import type { Mode } from "./statement.ts";

/** Views and functions, one inside the other. */
const DEPTH = 12;

/** A body in SQL that is kept as text, to be read like a statement. */
export interface Body {
  readonly facts: FunctionFacts;
  readonly text: string;
  readonly source: Source;
}

export interface Search {
  /** What was looked up by name, and may be met by its identifier. */
  remember(functions: readonly FunctionFacts[]): void;
  /** What is known of a function is judged at once; what it leads to is looked up later. */
  call(facts: FunctionFacts, source: Source): void;
  relation(oid: number, source: Source): void;
  type(oid: number, source: Source): void;
  /** A type of Postgres that is named. */
  named(oids: readonly number[]): void;
  /** That a written one can mean. */
  operator(operator: NamedOperator, written: Operator): void;
  /** Looks up all that is waiting. Resolves with the bodies that were met. */
  follow(): Promise<readonly Body[]>;
  /** Of a relation that was looked up. */
  hasColumn(relation: number, column: string): boolean;
  refuseLarge(): void;
}

interface Options {
  readonly schemas: readonly string[];
  readonly mode: Mode;
  readonly trusted: readonly string[];
  readonly writes: boolean;
  readonly byType: ByType;
}

interface Waiting {
  readonly oid: number;
  readonly source: Source;
}

/** Goes from object to object, each round a query for all that was met, until nothing new is. Throws at the first that is refused. */
export function startSearch(reads: Database, { mode, schemas, trusted, writes, byType }: Options): Search {
  const expansion = emptyExpansion();
  const relations = new Map<number, RelationFacts>();
  const functionsKnown = new Map<number, FunctionFacts>();
  const operatorsKnown = new Map<number, OperatorFacts>();
  const typesKnown = new Map<number, TypeFacts>();
  const seen = new Set<string>();
  const types = new Set<number>();
  const named = new Set<number>();
  const operators: { readonly operator: NamedOperator; readonly as: Operator }[] = [];
  let familiesWaiting: number[] = [];
  let namesMade = false;
  let relationsWaiting: Waiting[] = [];
  let objectsWaiting: (Waiting & { readonly as: "function" | "operator" | "type" | "any" })[] = [];
  let bodies: Body[] = [];

  const isNew = (key: string) => !seen.has(key) && seen.add(key) !== undefined;

  /** The operators of Postgres only compute. */
  function object(as: "function" | "operator" | "any", oid: number, source: Source): void {
    if (oid >= (as === "operator" ? FIRST_NORMAL_OID : 1) && isNew(`${as} ${oid} ${source.place}`))
      objectsWaiting.push({ as, oid, source });
  }

  function tree(text: string, source: Source): void {
    const { builtIn, made, relations: scanned, calls } = referencesIn(text);
    for (const oid of builtIn) object("function", oid, source);
    for (const oid of made) object("any", oid, source);
    for (const oid of scanned) if (relationPart(oid) !== source.part) relation(oid, source);
    for (const oid of calls) expansion.add(source.part, functionPart(oid));
  }

  function relation(oid: number, source: Source): void {
    expansion.add(source.part, relationPart(oid));
    const facts = relations.get(oid);
    if (facts && source.place !== "system view") refuseSecret(facts);
    if (isNew(`relation ${oid} ${source.place === "system view"}`)) relationsWaiting.push({ oid, source });
  }

  function type(oid: number, source: Source): void {
    if (oid < FIRST_NORMAL_OID || types.has(oid)) return;
    types.add(oid);
    objectsWaiting.push({ as: "type", oid, source });
  }

  function judge(facts: FunctionFacts, source: Source): void {
    if (source.place !== "support") for (const oid of facts.types) type(oid, source);
    if (isTrusted(facts, trusted) || !isNew(`judged ${facts.oid} ${source.place}`)) return;
    const wrong = objection(facts, source.place, schemas);
    if (wrong !== undefined) throw refusedFunction(facts, wrong, source);
    if (!isBuiltIn(facts) || facts.language === "sql") lookInto(facts, within(facts, source));
  }

  function lookInto(facts: FunctionFacts, inside: Source): void {
    object("function", facts.support, { ...inside, place: "support" });
    for (const oid of facts.parts) object("function", oid, { ...inside, place: facts.extension === null ? "call" : "support" });
    for (const oid of facts.operators) object("operator", oid, inside);
    tree(facts.defaultValues ?? "", inside);
    readIn(facts, inside);
  }

  function readIn(facts: FunctionFacts, inside: Source): void {
    if (facts.language !== "sql") return;
    if (facts.source !== null) bodies.push({ facts, text: facts.source, source: inside });
    else if (!onlySelects(facts.body ?? "")) throw refusedFunction(facts, "does more than select", inside);
    else tree(facts.body ?? "", inside);
  }

  function within(facts: FunctionFacts, { layer, depth }: Source): Source {
    if (depth >= DEPTH) throw tooDeep();
    return { layer, what: `the function ${written(facts)}`, place: "call", depth: depth + 1, part: functionPart(facts.oid) };
  }

  function judgeOperator({ name, code, estimators, replacements, types: its }: OperatorFacts, source: Source): void {
    const at: Source = { ...source, layer: "operators", what: source.what ?? `the operator ${name}` };
    object("function", code, at);
    for (const estimator of estimators) object("function", estimator, { ...at, place: "support" });
    for (const replacement of replacements) object("operator", replacement, at);
    for (const one of its) type(one, at);
  }

  function judgeType({ oid, schema, name, types: its, functions, checks, defaultValue }: TypeFacts, { depth, part }: Source): void {
    types.add(oid);
    const at: Source = { layer: "types", what: `the type ${schema}.${name}`, place: "call", depth, part };
    for (const one of its) type(one ?? 0, at);
    for (const one of functions) object("function", one ?? 0, { ...at, place: "support" });
    for (const check of checks) tree(check, at);
    if (defaultValue !== null && writes) tree(defaultValue, { ...at, place: "default" });
  }

  function judgeRelation(facts: RelationFacts, waiting: readonly Waiting[]): void {
    relations.set(facts.oid, facts);
    const from = waiting.filter(({ oid }) => oid === facts.oid).map(({ source }) => source);
    if (from.some(({ place }) => place !== "system view")) refuseSecret(facts);
    refuseForeign(facts, mode);
    if (writes) refuseRules(facts);
    const at: Source = {
      layer: "relations",
      what: `${facts.schema}.${facts.name}`,
      place: "call",
      depth: depthOf(from.length > 0 ? from : waiting.map(({ source }) => source)),
      part: "",
    };
    for (const oid of facts.rowTypes) types.add(oid);
    for (const oid of facts.types) type(oid, at);
    for (const oid of facts.handlers) object("function", oid, { ...at, place: "support" });
  }

  function judgeExpression({ relation: oid, what, place, tree: text }: StoredExpression, waiting: readonly Waiting[]): void {
    const from = waiting.filter((one) => one.oid === oid);
    const depth = depthOf((from.length > 0 ? from : waiting).map(({ source }) => source)) + 1;
    if (depth > DEPTH) throw tooDeep();
    const facts = relations.get(oid);
    const inSystem = facts?.kind === "v" && isSystem(facts);
    const at: Source = {
      layer: "relations",
      what: facts?.kind === "v" ? `the view ${what}` : what,
      place: inSystem ? "system view" : place,
      depth,
      part: relationPart(oid),
    };
    tree(text, at);
  }

  async function followRelations(): Promise<void> {
    const waiting = relationsWaiting;
    relationsWaiting = [];
    const oids = [...new Set(waiting.map(({ oid }) => oid))].filter((oid) => !relations.has(oid));
    if (oids.length === 0) return;
    const found = await readRelations(reads, { relations: oids, writes });
    for (const facts of found.relations) judgeRelation(facts, waiting);
    for (const expression of found.expressions) judgeExpression(expression, waiting);
    for (const family of found.families) if (isNew(`family ${family}`)) familiesWaiting.push(family);
  }

  async function followObjects(): Promise<void> {
    const waiting = objectsWaiting;
    objectsWaiting = [];
    const unknown = (as: "function" | "operator" | "type") =>
      waiting.flatMap((one) => ((one.as === as || one.as === "any") && isNew(`known ${as} ${one.oid}`) ? [one.oid] : []));
    const wanted = { functions: unknown("function"), operators: unknown("operator"), types: unknown("type"), families: familiesWaiting };
    familiesWaiting = [];
    if (Object.values(wanted).some((oids) => oids.length > 0)) remember(await readObjects(reads, wanted));
    for (const one of waiting) visit(one);
  }

  function remember({ functions, operators: found, types: met, members }: Objects): void {
    for (const facts of functions) keep("function", functionsKnown, facts);
    for (const facts of met) keep("type", typesKnown, facts);
    for (const facts of found) keep(facts.complete ? "operator" : "incomplete", operatorsKnown, facts);
    for (const member of members) compared(member);
  }

  function keep<Facts extends { readonly oid: number }>(as: string, known: Map<number, Facts>, facts: Facts): void {
    known.set(facts.oid, facts);
    seen.add(`known ${as} ${facts.oid}`);
  }

  function compared({ function: called, operator }: Member): void {
    const at: Source = { layer: "operators", what: "an operator class", place: "call", depth: 0, part: "" };
    object("function", called, { ...at, place: "support" });
    object("operator", operator, at);
  }

  function visit({ as, oid, source }: (typeof objectsWaiting)[number]): void {
    const met = <Facts>(kind: typeof as, known: ReadonlyMap<number, Facts>) => (as === kind || as === "any" ? known.get(oid) : undefined);
    const called = met("function", functionsKnown);
    const operator = met("operator", operatorsKnown);
    const facts = met("type", typesKnown);
    if (called) judge(called, source);
    if (operator) judgeOperator(operator, source);
    if (facts && isNew(`type ${oid}`)) judgeType(facts, source);
  }

  /** What follows from the types met and the operators written. */
  function followTypes(): void {
    const reach: Reach = { types, named, namesMade, writes };
    const at: Source = { layer: "types", what: undefined, place: "call", depth: 0, part: "" };
    for (const { operator, as } of operators) if (canBeMeant(operator, as)) object("operator", operator.oid, { ...at, layer: "operators" });
    for (const { function: called, target } of castsIn(byType, reach)) {
      object("function", called, { ...at, what: "a cast" });
      type(target, at);
    }
    for (const member of membersIn(byType, reach)) compared(member);
  }

  /**
   * Of each operand the statement has a value, or something that can become one. Between two of the latter Postgres prefers
   * an operator on text, where it has one of that name.
   */
  function canBeMeant({ types: [left = 0, right = 0], common }: NamedOperator, { untypedLeft, untypedRight }: Operator): boolean {
    const there = [left, right].filter((operand) => operand !== 0 && isPossible(operand, types));
    const canStand = (operand: number, untyped: boolean) => operand === 0 || untyped || there.includes(operand);
    return canStand(left, untypedLeft) && canStand(right, untypedRight) && (!common || there.length > 0);
  }

  return {
    remember: (functions) => remember({ functions, operators: [], types: [], members: [] }),
    call(facts, source) {
      if (facts.oid >= FIRST_NORMAL_OID) expansion.add(source.part, functionPart(facts.oid));
      judge(facts, source);
    },
    relation,
    type(oid, source) {
      namesMade = true;
      type(oid, source);
    },
    named(oids) {
      for (const oid of oids) named.add(oid);
    },
    operator: (operator, as) => void operators.push({ operator, as }),
    async follow() {
      for (followTypes(); relationsWaiting.length + objectsWaiting.length + familiesWaiting.length > 0; followTypes()) {
        while (relationsWaiting.length > 0) await followRelations();
        if (objectsWaiting.length + familiesWaiting.length > 0) await followObjects();
      }
      const met = bodies;
      bodies = [];
      return met;
    },
    hasColumn: (oid, column) => relations.get(oid)?.columns.includes(column) ?? false,
    refuseLarge: expansion.refuseLarge,
  };
}

const depthOf = (sources: readonly Source[]) => Math.min(DEPTH, ...sources.map(({ depth }) => depth));

const tooDeep = () =>
  refused("relations", `its views and functions are nested more than ${DEPTH} levels deep`, "Ask about the tables behind them.");
