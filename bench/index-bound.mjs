// What the best choice among our own candidates reaches within given bytes: an exact bound, offline and without a deadline.
//
// Of each statement a tree of plans is kept. A node stands for every set of candidates that holds `within` and none of those taken away on
// the way to it; its plan is made with all others in place, so no such set has a cheaper one. Sets that hold all that this plan reads have
// this very plan; the others are split by the first index that they lack. A tree is unfolded only where an optimum of the relaxed problem (an
// integer programme, solved by HiGHS) stands on a node whose plan it cannot have: the optimum of the last programme is then a lower bound
// and a real answer at once. It rests on one property of the planner: more indexes never make a plan dearer. `broken` counts how often that fails.
import loadHighs from "highs";

/** A plan may be dearer with more indexes by this share: the planner takes paths as alike within 1 % (STD_FUZZ_FACTOR in src/backend/optimizer/util/pathnode.c). */
const FUZZ = 0.01;
/** Between the lower bound and the answer that reaches it, as a share. */
const GAP = 0.001;
const MOST_ROUNDS = 200;

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Every candidate, at its exact size, stands in the twin from here on until `end`. */
export async function boundsFor(ours, { session, catalog, find, statements }) {
  const question = { session, searchPath: ["public"], tables: catalog.tables, find, statements };
  const { planned } = await ours.planAll(question);
  const wishes = planned.flatMap((statement) => ours.wishesIn(statement, question));
  const facts = await ours.readFacts(session, [...new Set(wishes.map(({ table }) => table))], catalog.tables);
  const { worth } = await ours.sift(ours.candidatesFor(wishes, facts), question);
  const candidates = worth.map(({ candidate }) => candidate);
  const { trials } = await ours.createTrials(session, { candidates, tables: catalog.tables, searchPath: ["public"] });
  const highs = await loadHighs();
  const atlas = atlasOf({ session, planned, trials });
  for (const place of planned.keys()) await atlas.plant(place);
  return {
    candidates: trials.length,
    get plans() {
      return atlas.asked;
    },
    get broken() {
      return atlas.broken;
    },
    nearest: (wanted) => nearest({ highs, atlas, planned, trials }, wanted),
    /** How many statements at least keep more than half of their cost, whatever is chosen within `budget` bytes and `sumAtMost` of the start cost. */
    fewestDear: (wanted) => least({ highs, atlas, planned, trials }, { ...wanted, figure: "dear" }),
    end: () => ours.dropTrials(session, trials),
  };
}

const bitOf = (number) => 1n << BigInt(number);

function numbersIn(mask) {
  const numbers = [];
  for (let rest = mask, number = 0; rest > 0n; rest >>= 1n, number += 1) if (rest & 1n) numbers.push(number);
  return numbers;
}

/** The trees of all statements. */
function atlasOf({ session, planned, trials }) {
  const byName = new Map(trials.flatMap(({ names }, number) => names.map((name) => [name, number])));
  const all = (1n << BigInt(trials.length)) - 1n;
  const trees = [];
  const answers = planned.map(() => []);
  const statistics = { asked: 0, compared: 0, broken: 0, worst: 0 };

  async function plansOf(place, sets) {
    const told = (set) => answers[place].find(({ seen, used }) => (set & ~seen) === 0n && (used & ~set) === 0n);
    const open = sets.filter((set) => !told(set));
    const { statement } = planned[place];
    const costs = await session.costs(
      trials.flatMap(({ oids }) => oids),
      open.map((set) => ({
        sql: statement.text,
        searchPath: ["public"],
        generic: false,
        shown: trials.flatMap(({ oids }, number) => (set & bitOf(number) ? oids : [])),
      })),
    );
    for (const [position, { cost, indexes = [] }] of costs.entries()) {
      const used = indexes.reduce((mask, index) => (byName.has(index) ? mask | bitOf(byName.get(index)) : mask), 0n);
      answers[place].push({ seen: open[position], used, cost });
      statistics.asked += 1;
    }
    return sets.map(told);
  }

  const nodeOf = (within, set, { cost, used }) => ({ within, set, cost, used, open: (used & ~within) !== 0n, children: [] });

  async function split(place, node) {
    node.open = false;
    const missing = numbersIn(node.used & ~node.within).sort((one, other) => trials[other].bytes - trials[one].bytes);
    const parts = missing.map((number, position) => ({
      within: missing.slice(0, position).reduce((mask, each) => mask | bitOf(each), node.within),
      set: node.set & ~bitOf(number),
      without: number,
    }));
    const plans = await plansOf(
      place,
      parts.map(({ set }) => set),
    );
    for (const [position, { within, set, without }] of parts.entries()) {
      const plan = plans[position];
      statistics.compared += 1;
      if (plan.cost < node.cost / (1 + FUZZ)) statistics.broken += 1;
      statistics.worst = Math.max(statistics.worst, node.cost / plan.cost - 1);
      // By the property; where it fails a bound must not rise with what fails.
      node.children.push({ without, node: nodeOf(within, set, plan) });
    }
  }

  return {
    get asked() {
      return statistics.asked;
    },
    get broken() {
      const { compared, broken, worst } = statistics;
      return { compared, broken, worst: Number((100 * worst).toFixed(1)) };
    },
    async plant(place) {
      const [plan] = await plansOf(place, [all]);
      trees[place] = nodeOf(0n, all, plan);
    },
    /** What a statement can have: `needs` a set of candidates, and then costs at least this. */
    atoms(place) {
      const found = [];
      const visit = (node) => {
        found.push({ needs: node.open ? node.within : node.used, cost: node.cost, node });
        for (const child of node.children) visit(child.node);
      };
      visit(trees[place]);
      return found
        .sort((one, other) => one.cost - other.cost)
        .filter(({ needs }, position, sorted) => !sorted.slice(0, position).some((cheaper) => (cheaper.needs & ~needs) === 0n));
    },
    split,
    /** The cost of a statement with this set, by planning it where no plan tells. How many nodes were split for it. */
    async costOf(place, set) {
      let node = trees[place];
      let splits = 0;
      while ((node.used & ~set) !== 0n) {
        if (node.open) {
          await split(place, node);
          splits += 1;
        }
        const next = node.children.find(({ without }) => !(set & bitOf(without)));
        node = next.node;
      }
      return { cost: node.cost, splits };
    },
  };
}

/**
 * How near both figures can come to what is asked at once: the least factor, from 1 on, by which some answer exceeds `asked` in the figure
 * that is further off. Shares of the start cost; without `geomean` the sum alone counts. Nothing is below `lower`.
 */
async function nearest(place, { budget, asked, most }) {
  const summed = await least(place, { budget, figure: "sum" });
  const told = { sum: summed.lower, proven: summed.proven };
  if (asked.geomean === undefined) return { ...told, factor: Math.max(1, summed.lower / asked.sum) };
  const at = (factor) => least(place, { budget, figure: "geomean", sumAtMost: asked.sum * factor });
  const first = await at(1);
  const both = { ...told, geomean: first.feasible ? first.lower : undefined };
  const isHad = ({ feasible, geomean }, factor) => feasible && geomean <= asked.geomean * factor;
  if (isHad(first, 1)) return { ...both, factor: 1 };
  let [low, high, proven] = [1, most, told.proven && first.proven];
  while (high - low > STEP) {
    const middle = (low + high) / 2;
    const found = await at(middle);
    proven &&= found.proven;
    if (isHad(found, middle)) high = middle;
    else low = middle;
  }
  return { ...both, proven, factor: low };
}

/** Between factors that are told apart. */
const STEP = 0.001;

/**
 * The least `figure` ("sum" of the costs, "geomean" of what is left of each) within `budget` bytes, and with `sumAtMost` of the start cost.
 * `proven`: nothing that the candidates allow is lower.
 */
async function least({ highs, atlas, planned, trials }, { budget, figure, sumAtMost = Number.POSITIVE_INFINITY }) {
  const measures = measuresOf(planned);
  const { judged, shareOf } = measures;
  let best = { feasible: false };
  for (let rounds = 1; rounds <= MOST_ROUNDS; rounds += 1) {
    const atoms = planned.map((_, place) => atlas.atoms(place).filter(({ needs }) => bytesOf(trials, needs) <= budget));
    const programme = programmeOf({ atoms, trials, budget, sumAtMost, shareOf, measure: measures[figure] });
    const solved = highs.solve(programme, { output_flag: false, mip_rel_gap: GAP / 4, mip_abs_gap: GAP / 4, time_limit: 120 });
    if (solved.Status === "Infeasible") return { feasible: false, proven: true };
    if (solved.Status !== "Optimal") return { ...best, proven: false };
    const lower = figure === "geomean" ? Math.exp(solved.ObjectiveValue) : solved.ObjectiveValue;
    const set = trials.reduce((mask, _, number) => (takenIn(solved, `z${number}`) > 0.5 ? mask | bitOf(number) : mask), 0n);
    const { costs, splits } = await refined(atlas, { atoms, set, solved });
    const now = { ...judged(costs), feasible: true };
    const isHad = now.sum <= sumAtMost * (1 + GAP) && bytesOf(trials, set) <= budget;
    if (isHad && !(best[figure] <= now[figure])) best = now;
    best = { ...best, lower };
    if (splits === 0 || best[figure] <= lower * (1 + GAP)) return { ...best, proven: true };
  }
  return { ...best, proven: false };
}

/** Of one statement's cost: what it adds to the sum, as a share of the start cost, and to the logarithm of the geometric mean. */
function measuresOf(planned) {
  const start = planned.map(({ plan }) => plan.root.totalCost);
  const total = sum(planned.map(({ weight }, place) => weight * start[place]));
  const shareOf = (place, cost) => (planned[place].weight * cost) / total;
  const logOf = (place, cost) => Math.log(cost / start[place]) / planned.length;
  const isDear = (place, cost) => (cost > start[place] / 2 ? 1 : 0);
  const judged = (costs) => ({
    dear: sum(costs.map((cost, place) => isDear(place, cost))),
    sum: sum(costs.map((cost, place) => shareOf(place, cost))),
    geomean: Math.exp(sum(costs.map((cost, place) => logOf(place, cost)))),
  });
  return { shareOf, sum: shareOf, geomean: logOf, dear: isDear, judged };
}

const bytesOf = (trials, mask) => sum(numbersIn(mask).map((number) => trials[number].bytes));

const takenIn = (solved, name) => solved.Columns[name]?.Primal ?? 0;

/** The true costs of a set, and the nodes split that it or the programme stood on. */
async function refined(atlas, { atoms, set, solved }) {
  const costs = [];
  let splits = 0;
  for (const [place, own] of atoms.entries()) {
    const found = await atlas.costOf(place, set);
    costs.push(found.cost);
    splits += found.splits;
    for (const [number, { node }] of own.entries()) {
      if (!node.open || takenIn(solved, `x${place}_${number}`) < 0.01) continue;
      await atlas.split(place, node);
      splits += 1;
    }
  }
  return { costs, splits };
}

/** In CPLEX's LP format: of each statement one plan, of each index that it needs the bytes. */
function programmeOf({ atoms, trials, budget, sumAtMost, shareOf, measure }) {
  const terms = (pairs) =>
    pairs.map(([factor, name]) => `${factor < 0 ? "-" : "+"} ${Math.abs(factor).toPrecision(12)} ${name}`).join("\n ") || "0 x0_0";
  const plans = atoms.flatMap((own, place) => own.map(({ needs, cost }, number) => ({ place, needs, cost, name: `x${place}_${number}` })));
  const needed = numbersIn(plans.reduce((mask, { needs }) => mask | needs, 0n));
  const rows = atoms.map(
    (_, place) => `one${place}: ${terms(plans.filter((plan) => plan.place === place).map(({ name }) => [1, name]))} = 1`,
  );
  for (const place of atoms.keys()) {
    for (const number of needed) {
      const those = plans.filter((plan) => plan.place === place && plan.needs & bitOf(number));
      if (those.length > 0)
        rows.push(`needs${place}_${number}: ${terms([...those.map(({ name }) => [1, name]), [-1, `z${number}`]])} <= 0`);
    }
  }
  rows.push(`bytes: ${terms(needed.map((number) => [trials[number].bytes / budget, `z${number}`]))} <= 1`);
  if (Number.isFinite(sumAtMost))
    rows.push(`sum: ${terms(plans.map(({ place, cost, name }) => [shareOf(place, cost) / sumAtMost, name]))} <= 1`);
  return [
    "Minimize",
    ` value: ${terms(plans.map(({ place, cost, name }) => [measure(place, cost), name]))}`,
    "Subject To",
    ...rows.map((row) => ` ${row}`),
    "Bounds",
    ...plans.map(({ name }) => ` 0 <= ${name} <= 1`),
    "Binary",
    ...needed.map((number) => ` z${number}`),
    "End",
  ].join("\n");
}
