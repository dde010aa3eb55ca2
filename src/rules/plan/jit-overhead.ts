import type { Plan } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count, milliseconds } from "../wording.ts";

/** Of the time that the statement runs: compiling pays off only where it is the smaller part by far. */
const SHARE = 0.25;

/** Milliseconds; nobody notices less. */
const LEAST = 10;

export default planRule({
  id: "plan/jit-overhead",
  severity: "warning",

  *check(plan) {
    const { jit, root, executionTime = root.timePerLoop ?? 0 } = plan;
    const compiling = (jit?.times?.total ?? 0) / processesOf(plan);
    if (!jit || compiling < LEAST || compiling <= SHARE * executionTime) return;

    yield {
      message: `Of the ${milliseconds(executionTime)} that the statement runs, each process spends ${milliseconds(compiling)} on JIT compilation of ${count(jit.functions)} functions.`,
      evidence: { jitTime: jit.times?.total ?? 0, executionTime, functions: jit.functions },
    };
  },
});

/** The leader and each worker compile for themselves, at the same time, and EXPLAIN prints the sum. */
const processesOf = ({ nodes }: Plan) => 1 + Math.max(0, ...nodes.map(({ workersLaunched = 0 }) => workersLaunched));
