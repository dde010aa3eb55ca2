import { beforeAll, expect, test } from "vitest";
import type { Plan } from "../../../src/plan/plan.ts";
import { type PlanRule, run } from "../../../src/rules/rule.ts";
import { analyzed, openShop, planned, type Settings, type Shop } from "../../plan/shop.ts";
import type { Version } from "../../postgres/server.ts";

interface Case {
  readonly sql: string;
  readonly settings?: Settings;
  /** Statements that come first and are rolled back. */
  readonly setup?: readonly string[];
  /** Run it, instead of planning it only. */
  readonly analyze?: boolean;
  readonly version?: Version;
}

/** What the rule says of each case, on a real server: once what is bad, with the words expected, and of what is good nothing. Keys are names of tests. */
export function testPlanRule(
  rule: PlanRule,
  cases: { readonly bad: Record<string, Case & { readonly says: RegExp }>; readonly good: Record<string, Case> },
) {
  const shops = new Map<Version, Shop>();
  const versions = new Set([...Object.values(cases.bad), ...Object.values(cases.good)].map(({ version = 18 }) => version));
  beforeAll(async () => {
    for (const version of versions) shops.set(version, await openShop(version));
  });

  const planOf = async ({ sql, settings, setup, analyze, version = 18 }: Case): Promise<Plan> => {
    const shop = shops.get(version);
    if (!shop) throw new Error(`No shop on ${version}.`);
    return (analyze ? analyzed : planned)(shop, sql, settings, setup);
  };

  for (const [name, { says, ...bad }] of Object.entries(cases.bad))
    test(`${rule.id} reports ${name}`, async () => {
      const plan = await planOf(bad);
      expect(messages(rule, plan)).toEqual([expect.stringMatching(says)]);
    });

  for (const [name, good] of Object.entries(cases.good))
    test(`${rule.id} is silent on ${name}`, async () => {
      expect(messages(rule, await planOf(good))).toEqual([]);
    });
}

const messages = (rule: PlanRule, plan: Plan) => run([rule], plan, undefined).map(({ message }) => message);
