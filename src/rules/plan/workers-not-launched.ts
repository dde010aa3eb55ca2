import { planRule } from "../rule.ts";

export default planRule({
  id: "plan/workers-not-launched",
  severity: "info",

  *check({ nodes }) {
    for (const { title, loops, workersPlanned = 0, workersLaunched } of nodes) {
      // A Gather that was never executed prints 0 launched too.
      if (!loops || workersLaunched === undefined || workersLaunched >= workersPlanned) continue;

      const share = workersLaunched === 0 ? "did all of its part alone" : "did more of its part than was planned";
      yield {
        message: `${title} got ${workersLaunched} of the ${workersPlanned} workers that it was planned for, so the leader ${share}.`,
        evidence: { workersPlanned, workersLaunched },
      };
    }
  },
});
