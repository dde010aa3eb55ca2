import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/extension-outdated",
  severity: "info",

  *check({ extensions }) {
    for (const { name, version, defaultVersion } of extensions) {
      if (defaultVersion === undefined || !isBefore(version, defaultVersion)) continue;
      yield {
        message: `Extension ${nameOf(undefined, name)} is at version ${version} while the server has the files of ${defaultVersion}: what was mended since is not in use here.`,
        object: `${nameOf(undefined, name)}`,
        evidence: { version, defaultVersion },
        fix: sql`alter extension ${name} update;`,
      };
    }
  },
});

/** Versions are names, in no order that Postgres knows of; only those that are numbers between dots are compared. */
function isBefore(version: string, other: string): boolean {
  const [mine, theirs] = [version, other].map((text) => (/^\d+(\.\d+)*$/.test(text) ? text.split(".").map(Number) : []));
  const places = Array.from(
    { length: Math.max(mine?.length ?? 0, theirs?.length ?? 0) },
    (_, place) => (mine?.[place] ?? 0) - (theirs?.[place] ?? 0),
  );
  return mine?.length !== 0 && theirs?.length !== 0 && (places.find((difference) => difference !== 0) ?? 0) < 0;
}
