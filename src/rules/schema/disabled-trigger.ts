import { nameOf, raw, sql } from "../../sql/quote.ts";
import { ofTable } from "../of-table.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/disabled-trigger",
  severity: "warning",

  *check({ tables, triggers }) {
    for (const table of tables) {
      const disabled = ofTable(triggers, table).filter(({ enabled, inherited }) => enabled === "disabled" && !inherited);
      if (disabled.length === 0) continue;
      const name = nameOf(table.schema, table.name);
      const own = disabled.filter(({ internal }) => !internal);
      const checks = disabled.length - own.length;
      const enable = checks > 0 ? ["all"] : own.map((trigger) => `${nameOf(undefined, trigger.name)}`);
      yield {
        message:
          checks > 0
            ? `Triggers of ${name} are off, ${checks} of foreign keys among them, so rows are written that point at nothing.`
            : `${own.map((trigger) => `${nameOf(undefined, trigger.name)}`).join(", ")} on ${name} ${own.length === 1 ? "is" : "are"} disabled, so writes go past what ${own.length === 1 ? "it does" : "they do"}.`,
        object: `${name}`,
        ...(checks > 0 && { severity: "error" as const }),
        fix: enable.map((trigger) => sql`alter table ${name} enable trigger ${raw(trigger)};`).join("\n"),
        undo: enable.map((trigger) => sql`alter table ${name} disable trigger ${raw(trigger)};`).join("\n"),
      };
    }
  },
});
