import { alterationsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

const commands: Readonly<Record<string, string>> = {
  AT_SetLogged: "SET LOGGED",
  AT_SetUnLogged: "SET UNLOGGED",
  AT_SetTableSpace: "SET TABLESPACE",
  AT_SetAccessMethod: "SET ACCESS METHOD",
};

export default migrationRule({
  id: "migration/set-logged-rewrite",
  severity: "error",

  *check(step) {
    if (isSpared(step, ({ rewrites }) => rewrites)) return;
    for (const { table, command, span } of alterationsOf(step.statement)) {
      const words = commands[command.subtype ?? ""];
      if (words === undefined || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `${words} copies all of ${name} into another file, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
      };
    }
  },
});
