import * as z from "zod";
import type { Schema } from "../catalog/schema.ts";
import { tryPolicies } from "../rls/try-policies.ts";
import { needsOf } from "../twin/build.ts";
import { count } from "./answer.ts";
import type { Context } from "./tool.ts";

export const rowSecurity = z.object({
  actors: z.array(z.string()).describe("Who tried: nobody in particular, and two users A and B"),
  identity: z.array(z.string()).describe("What tells policies who asks"),
  objects: z.array(z.string()).describe("Tables, views and functions that were tried"),
  rows: z.int().describe("Generated rows of each user in a table, at most"),
  reached: z.array(
    z.object({
      actor: z.string(),
      what: z.string(),
      object: z.string(),
      whose: z.enum(["own", "other"]),
      rows: z.int(),
      by: z.array(z.string()).describe("Policies that let it, or what else did"),
    }),
  ),
});
type RowSecurity = z.infer<typeof rowSecurity>;

interface Tried {
  readonly tried: RowSecurity | undefined;
  readonly limits: readonly string[];
}

/** Who reaches whose rows; nothing where no table has a policy or row-level security. */
export async function triedPolicies(schema: Schema, platform: ReadonlySet<string>, context: Context): Promise<Tried> {
  if (schema.policies.length === 0 && !schema.tables.some((table) => table.rowSecurity && !platform.has(table.schema)))
    return { tried: undefined, limits: [] };
  context.progress("Trying the policies");
  const { limits, reaches, ...trial } = await context.twin.use(
    { ...needsOf(schema), alone: true },
    (scratch) => tryPolicies(scratch, schema, platform),
    context.signal,
  );
  const reached = reaches.map(({ verb: _, ...reach }) => ({ ...reach, by: [...reach.by] }));
  return {
    tried: { rows: trial.rows, actors: [...trial.actors], identity: [...trial.identity], objects: [...trial.objects], reached },
    limits: limits.map((limit) => `policies tried: ${limit}`),
  };
}

/** One line for each object whose rows were reached by others. */
export function renderPolicies({ actors, identity, objects, rows, reached }: RowSecurity): string {
  const others = reached.filter(({ whose }) => whose === "other");
  const open = objects.filter((object) => others.some((reach) => reach.object === object));
  const told = identity.length > 0 ? ` told apart by ${identity.join(", ")}` : "";
  const head = `Policies tried in the twin by ${actors.join(", ")},${told === "" ? "" : `${told},`} each user with up to ${rows} generated rows in a table.`;
  const rest = objects.length - open.length;
  const closed = rest > 0 ? [`- ${count(rest, "other object")}: nobody was seen to reach another's rows`] : [];
  return [head, ...open.map((object) => lineOf(object, others)), ...closed].join("\n");
}

/** What is done alike is told of all who do it. */
function lineOf(object: string, others: RowSecurity["reached"]): string {
  const ways = new Map<string, string[]>();
  for (const { actor, what, by } of others.filter((reach) => reach.object === object)) {
    const way = `${what.replace(/\b[AB]\b/, "another")} (${by.join(", ")})`;
    ways.set(way, [...(ways.get(way) ?? []), actor]);
  }
  const byActors = new Map<string, string[]>();
  for (const [way, actors] of ways)
    byActors.set([...new Set(actors)].join(", "), [...(byActors.get([...new Set(actors)].join(", ")) ?? []), way]);
  return `- ${object}: ${Array.from(byActors, ([actors, all]) => `${actors}: ${grouped(all)}`).join("; ")}`;
}

/** "read, delete (open)": the reason once for all that it let. */
function grouped(ways: readonly string[]): string {
  const reasons = [...new Set(ways.map((way) => way.slice(way.indexOf(" ("))))];
  return reasons
    .map(
      (reason) =>
        `${ways
          .filter((way) => way.endsWith(reason))
          .map((way) => way.slice(0, -reason.length))
          .join(", ")}${reason}`,
    )
    .join("; ");
}
