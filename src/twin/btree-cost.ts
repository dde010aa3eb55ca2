/** What this build of PGlite exports beside its published types: functions of Postgres, and the address of a setting. */
export interface Costing {
  readonly HEAPU8: Uint8Array;
  readonly _cpu_operator_cost: number;
  _genericcostestimate(root: number, path: number, loops: number, costs: number): void;
  _GetIndexAmRoutine(handler: number): number;
  _palloc0(bytes: number): number;
  addFunction(call: (...call: Call) => void, signature: "viidiiiii"): number;
}

/** Arguments of `amcostestimate` (src/include/access/amapi.h); the answers go to the last five. */
export type Call = [
  root: number,
  path: number,
  loops: number,
  startup: number,
  total: number,
  selectivity: number,
  correlation: number,
  pages: number,
];

/** A server before 18. */
export interface OldServer {
  /** `server_version_num` */
  readonly versionNumber: number;
  /** "family operator" of every `=` that a B-tree can serve. */
  readonly equality: ReadonlySet<string>;
}

export interface BtreeCosts {
  /** Has the planner ask here what this index costs, if it is a B-tree. */
  askHere(view: DataView, index: number): void;
  /** Whether {@link PROBE}, planned before anybody was followed, stood in memory as expected and cost the same by both rules. */
  agreed(): boolean;
  /** Undefined: the twin's own rule. */
  follow(server: OldServer | undefined): void;
}

/** 17 descends at most once for each third page of the index, however long an IN list is (`btcostestimate` in src/backend/utils/adt/selfuncs.c). */
const FEWER_DESCENTS = 170000;
const DESCENTS_PER_PAGE = 0.3333333;

/** Byte offsets and node tags of this build (pathnodes.h, primnodes.h, pg_list.h in src/include/nodes; selfuncs.h in src/include/utils): checked, not searched for. */
export const PATH = { index: 72, clauses: 76 };
const CLAUSE = { quals: 8, column: 14 };
const QUAL = { expression: 4 };
const EXPRESSION = { operator: 4, nullTest: 8 };
export const INDEX = { relation: 12, pages: 16, tuples: 24, height: 32, families: 52, method: 80, estimate: 116 };
const LIST = { length: 4, elements: 12 };
const COSTS = { startup: 0, total: 8, selectivity: 16, pages: 32, tuples: 40, scans: 56, bytes: 64 };
const TAG = { operator: 17, array: 20, nullTest: 52 };
const IS_NULL = 0;

/** Oids in pg_am.dat and pg_proc.dat. */
const BTREE = { method: 403, handler: 330 };
const ROUTINE_BYTES = 200;
/** `DEFAULT_PAGE_CPU_MULTIPLIER` in selfuncs.c. */
const OPERATORS_PER_PAGE = 50;

/** A condition of each kind on an index's only column, an integer. */
export const PROBE = "a = 1 and a > any ('{1,2}') and a is null";
const PROBED = [`${TAG.operator} 96`, `${TAG.array} 521`, `${TAG.nullTest} ${IS_NULL}`];

/**
 * Puts a function of ours where the planner asks what a B-tree scan costs. 18 takes a column without a condition for one
 * that is skipped from value to value, and no setting tells it not to: for an older server the cost is put together here
 * by the older rule, of parts that Postgres itself reckons. `relationTuples` is an offset in `RelOptInfo`.
 */
export const btreeCosts = (module: object, relationTuples: number): BtreeCosts | undefined =>
  isCosting(module) ? costsIn(module, relationTuples) : undefined;

function costsIn(module: Costing, relationTuples: number): BtreeCosts {
  const { pointer, table } = placed(module, (...call) => {
    if (probing) probe(call);
    else if (server) estimate(call, server);
    else ask(call);
  });
  const ask = (call: Call): void => table.get(own)(...call);
  const probes: boolean[] = [];
  let probing = true;
  let own = 0;
  let server: OldServer | undefined;

  function estimate(call: Call, old: OldServer): void {
    const clauses = clausesOf(viewOf(module), call[1]);
    const bound = boundary(clauses, old.equality);
    const counts = old.versionNumber < FEWER_DESCENTS && clauses.some(hasArray);
    if (bound < clauses.length || counts) asBefore(module, { call, bound, ask, relationTuples, versionNumber: old.versionNumber });
    else ask(call);
  }

  function probe(call: Call): void {
    ask(call);
    const answers = () => call.slice(3).map((address) => viewOf(module).getFloat64(address, true));
    const right = answers();
    const clauses = clausesOf(viewOf(module), call[1]);
    const isKnown = PROBED.every((one) => clauses.some(({ quals }) => quals.some((qual) => `${qual.tag} ${qual.detail}` === one)));
    if (isKnown) asBefore(module, { call, bound: clauses.length, ask, relationTuples, versionNumber: FEWER_DESCENTS });
    probes.push(isKnown && answers().every((answer, position) => Math.abs(answer - (right[position] ?? Number.NaN)) <= 1e-9 * answer));
  }

  return {
    askHere(view, index) {
      const estimate = view.getUint32(index + INDEX.estimate, true);
      if (own === 0 && view.getUint32(index + INDEX.method, true) === BTREE.method && isRoutines(module, BTREE.handler, estimate))
        own = estimate;
      if (own !== 0 && estimate === own) view.setUint32(index + INDEX.estimate, pointer, true);
    },
    agreed: () => probes.length > 0 && probes.every(Boolean),
    follow(followed) {
      probing = false;
      server = followed;
    },
  };
}

export const isCosting = (module: Partial<Costing>): module is Costing =>
  typeof module.addFunction === "function" &&
  typeof module._genericcostestimate === "function" &&
  typeof module._GetIndexAmRoutine === "function" &&
  typeof module._palloc0 === "function" &&
  typeof module._cpu_operator_cost === "number";

export const viewOf = (module: Costing) => new DataView(module.HEAPU8.buffer);

/** Functions by the numbers that C knows them by. */
interface FunctionTable {
  get(pointer: number): (...call: Call) => void;
  set(pointer: number, call: unknown): void;
}

/** The standard library's types for Node leave WebAssembly out. */
interface WebAssemblyScope {
  readonly WebAssembly: { readonly Table: { readonly prototype: FunctionTable } };
}

/** PGlite keeps its table of functions to itself, and shows it only to whoever looks on while one is added. */
export function placed(module: Costing, call: (...call: Call) => void): { pointer: number; table: FunctionTable } {
  const { prototype } = (globalThis as unknown as WebAssemblyScope).WebAssembly.Table;
  const { set } = prototype;
  let table: FunctionTable | undefined;
  prototype.set = function (this: FunctionTable, ...entry) {
    table = this;
    set.apply(this, entry);
  };
  const pointer = module.addFunction(call, "viidiiiii");
  prototype.set = set;
  if (!table) throw new Error("PGlite added a function to no table");
  return { pointer, table };
}

/** Whether the routines that this handler tells name this function. */
export function isRoutines(module: Costing, handler: number, estimate: number): boolean {
  const routine = module._GetIndexAmRoutine(handler);
  return new Uint32Array(module.HEAPU8.buffer, routine, ROUTINE_BYTES / 4).includes(estimate);
}

interface Qual {
  readonly tag: number;
  /** The operator, or the kind of the null test. */
  readonly detail: number;
  /** Of the index's column. */
  readonly family: number;
}

interface Clause {
  readonly column: number;
  readonly quals: readonly Qual[];
}

const hasArray = ({ quals }: Clause) => quals.some(({ tag }) => tag === TAG.array);

export function clausesOf(view: DataView, path: number): readonly Clause[] {
  const families = view.getUint32(view.getUint32(path + PATH.index, true) + INDEX.families, true);
  return elements(view, view.getUint32(path + PATH.clauses, true)).map((clause) => {
    const column = view.getInt16(clause + CLAUSE.column, true);
    const family = view.getUint32(families + column * 4, true);
    const quals = elements(view, view.getUint32(clause + CLAUSE.quals, true)).map((qual) => {
      const expression = view.getUint32(qual + QUAL.expression, true);
      const tag = view.getUint32(expression, true);
      const detail = view.getUint32(expression + (tag === TAG.nullTest ? EXPRESSION.nullTest : EXPRESSION.operator), true);
      return { tag, detail, family };
    });
    return { column, quals };
  });
}

/** Addresses of what a `List` holds. */
export function elements(view: DataView, list: number): readonly number[] {
  if (list === 0) return [];
  const first = view.getUint32(list + LIST.elements, true);
  return Array.from({ length: view.getInt32(list + LIST.length, true) }, (_, position) => view.getUint32(first + position * 4, true));
}

/** Leaves out of a `List` all that `isMeant` says yes to; the address of what is left, as an empty list is none (src/include/nodes/pg_list.h). */
export function without(view: DataView, list: number, isMeant: (element: number) => boolean): number {
  const kept = elements(view, list).filter((element) => !isMeant(element));
  if (kept.length === 0) return 0;
  const first = view.getUint32(list + LIST.elements, true);
  for (const [position, element] of kept.entries()) view.setUint32(first + position * 4, element, true);
  view.setInt32(list + LIST.length, kept.length, true);
  return list;
}

/** How many of the clauses bound the scan: those on the first columns as far as each has an `=`, and on the column after them (`btcostestimate` of 17). */
function boundary(clauses: readonly Clause[], equality: ReadonlySet<string>): number {
  let column = 0;
  let equal = false;
  for (const [position, clause] of clauses.entries()) {
    if (clause.column !== column) {
      if (!equal || clause.column !== column + 1) return position;
      column += 1;
      equal = false;
    }
    equal ||= clause.quals.some(({ tag, detail, family }) => {
      if (tag === TAG.nullTest) return detail === IS_NULL;
      return (tag === TAG.operator || tag === TAG.array) && equality.has(`${family} ${detail}`);
    });
  }
  return clauses.length;
}

interface Reckoning {
  readonly call: Call;
  /** How many clauses bound the scan. */
  readonly bound: number;
  readonly ask: (call: Call) => void;
  readonly relationTuples: number;
  readonly versionNumber: number;
}

/** What bounds the scan tells how much of the index is read; every condition then tells what is done to each entry, and how many remain. */
function asBefore(module: Costing, { call, bound, ask, relationTuples, versionNumber }: Reckoning): void {
  const [, path, , startup, total, selectivity, , pages] = call;
  const before = viewOf(module);
  const index = before.getUint32(path + PATH.index, true);
  const clauses = before.getUint32(path + PATH.clauses, true);
  const all = before.getInt32(clauses + LIST.length, true);

  before.setInt32(clauses + LIST.length, bound, true);
  // Only the correlation stays of these answers: no condition changes it.
  ask(call);
  const bounded = generic(module, call, { tuples: 0, scans: 0 });
  const view = viewOf(module);
  view.setInt32(clauses + LIST.length, all, true);

  const blocks = view.getUint32(index + INDEX.pages, true);
  const rows = view.getFloat64(view.getUint32(index + INDEX.relation, true) + relationTuples, true);
  const isClamped = versionNumber >= FEWER_DESCENTS;
  const scans = isClamped ? Math.max(1, Math.min(bounded.scans, Math.ceil(blocks * DESCENTS_PER_PAGE))) : bounded.scans;
  const tuples = toEven((bounded.selectivity * rows) / scans);
  // Before 17 each element of every IN list counted as a scan, wherever its column stood.
  const whole = generic(module, call, { tuples, scans: isClamped ? scans : 0 });

  const after = viewOf(module);
  const descent = descentOperators(after, index) * after.getFloat64(module._cpu_operator_cost, true);
  after.setFloat64(startup, whole.startup + descent, true);
  after.setFloat64(total, whole.total + whole.scans * descent, true);
  after.setFloat64(selectivity, whole.selectivity, true);
  after.setFloat64(pages, whole.pages, true);
}

/** Of 0 is found out by Postgres from the conditions. */
function generic(module: Costing, [root, path, loops]: Call, { tuples, scans }: { tuples: number; scans: number }) {
  // Postgres's own memory of this planning: a function in a condition may plan another statement meanwhile.
  const costs = module._palloc0(COSTS.bytes);
  const before = viewOf(module);
  before.setFloat64(costs + COSTS.tuples, tuples, true);
  before.setFloat64(costs + COSTS.scans, scans, true);
  module._genericcostestimate(root, path, loops, costs);
  const after = viewOf(module);
  const read = (offset: number) => after.getFloat64(costs + offset, true);
  return {
    startup: read(COSTS.startup),
    total: read(COSTS.total),
    selectivity: read(COSTS.selectivity),
    pages: read(COSTS.pages),
    scans: read(COSTS.scans),
  };
}

function descentOperators(view: DataView, index: number): number {
  const tuples = view.getFloat64(index + INDEX.tuples, true);
  const comparisons = tuples > 1 ? Math.ceil(Math.log(tuples) / Math.log(2)) : 0;
  return comparisons + (view.getInt32(index + INDEX.height, true) + 1) * OPERATORS_PER_PAGE;
}

/** `rint` of C: halves go to the even number. */
const toEven = (value: number) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));
