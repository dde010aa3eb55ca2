import { type Call, type Costing, clausesOf, INDEX, isCosting, isRoutines, PATH, placed, viewOf } from "./btree-cost.ts";

/** From this version on the planner charges for the pages and comparisons of a descent (`gincostestimate` in src/backend/utils/adt/selfuncs.c). */
const CHARGES_DESCENTS = 160000;

/** Oids in pg_am.dat and pg_proc.dat. */
const GIN = { method: 2742, handler: 333 };

export interface GinCosts {
  /** Has the planner ask here what this index costs, if it is a GIN index. */
  askHere(view: DataView, index: number): void;
  /** `server_version_num`; undefined: the twin's own rule. */
  follow(versionNumber: number | undefined): void;
}

/**
 * Puts a function of ours where the planner asks what the scan of a GIN index costs. What newer servers charge for descents
 * is counted in operators, so with operators for nothing the same function tells the older cost, but for that of the conditions.
 */
export const ginCosts = (module: object): GinCosts | undefined => (isCosting(module) ? costsIn(module) : undefined);

function costsIn(module: Costing): GinCosts {
  const { pointer, table } = placed(module, (...call) => {
    if (older) withoutDescents(module, call, () => table.get(own)(...call));
    else table.get(own)(...call);
  });
  let own = 0;
  let older = false;
  return {
    askHere(view, index) {
      const estimate = view.getUint32(index + INDEX.estimate, true);
      if (own === 0 && view.getUint32(index + INDEX.method, true) === GIN.method && isRoutines(module, GIN.handler, estimate))
        own = estimate;
      if (own !== 0 && estimate === own) view.setUint32(index + INDEX.estimate, pointer, true);
    },
    follow(versionNumber) {
      older = versionNumber !== undefined && versionNumber < CHARGES_DESCENTS;
    },
  };
}

function withoutDescents(module: Costing, [, path, , , total, selectivity]: Call, ask: () => void): void {
  const operator = viewOf(module).getFloat64(module._cpu_operator_cost, true);
  const setOperator = (cost: number) => viewOf(module).setFloat64(module._cpu_operator_cost, cost, true);
  setOperator(0);
  try {
    ask();
  } finally {
    setOperator(operator);
  }
  const view = viewOf(module);
  const entries = view.getFloat64(view.getUint32(path + PATH.index, true) + INDEX.tuples, true);
  const conditions = clausesOf(view, path).reduce((sum, { quals }) => sum + quals.length, 0);
  const checked = entries * view.getFloat64(selectivity, true) * operator * conditions;
  view.setFloat64(total, view.getFloat64(total, true) + checked, true);
}
