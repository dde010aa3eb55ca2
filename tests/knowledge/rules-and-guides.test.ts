import { expect, test } from "vitest";
import { addressOf, knowledgeIn, type Section } from "../../src/knowledge.ts";
import { queryUsageRules } from "../../src/rules/query-usage-rules.ts";

const knowledge = knowledgeIn(new URL("../../knowledge/", import.meta.url));
const sections = await knowledge.sections();
const isRule = ({ page }: Pick<Section, "page">) => page.startsWith("rules-");
const rules = sections.filter(isRule);
const guides = sections.filter((section) => !isRule(section) && !section.page.startsWith("overview"));
const byAddress = new Map(sections.map((section) => [addressOf(section), section]));

/** The sections that a section links to, of its own page too. */
const linksOf = ({ page, text }: Section): readonly string[] =>
  [...text.matchAll(/\]\((?:([a-z-]+)\.md)?#([a-z0-9-]+)\)/g)].map(([, other = page, id = ""]) => `${other}#${id}`);

/** Those of the paragraph that a guide ends with, which names the rules that find what the section is about. */
const rulesOf = (section: Section): readonly string[] => linksOf({ ...section, text: section.text.match(/^Rules: .*$/m)?.[0] ?? "" });

const usage = new Set(queryUsageRules.map(({ id }) => id));
const toolOf = (rule: Section): string => {
  const kind = rule.page.replace("rules-", "");
  if (usage.has(`${kind}/${rule.id}`)) return "find_slow_queries";
  return { query: "analyze_query", plan: "analyze_query", schema: "review_schema", health: "check_health" }[kind] ?? "migration_checklist";
};

test.each(rules.map((rule) => [addressOf(rule), rule] as const))(
  "%s links to the guide that explains its subject, which names it and its tool",
  (address, rule) => {
    const explaining = linksOf(rule)
      .map((place) => byAddress.get(place))
      .filter((section) => section !== undefined)
      .filter((section) => rulesOf(section).includes(address));
    expect(explaining.length).toBeGreaterThan(0);
    for (const guide of explaining) expect(guide.text).toContain(`\`${toolOf(rule)}\` has `);
  },
);

test.each(guides.filter((guide) => rulesOf(guide).length > 0).map((guide) => [addressOf(guide), guide] as const))(
  "every rule that %s names is there and links back",
  (address, guide) => {
    for (const place of rulesOf(guide)) {
      const rule = byAddress.get(place);
      expect(rule && isRule(rule), place).toBe(true);
      expect(rule && linksOf(rule), place).toContain(address);
    }
  },
);
