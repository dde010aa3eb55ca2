import { readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { rehearse, type Surroundings } from "../../src/migration/rehearse.ts";
import { type Rollback, rollBack, stateOf } from "../../src/migration/rollback.ts";
import { readScript } from "../../src/migration/script.ts";
import type { Step } from "../../src/migration/step.ts";
import type { Session } from "../../src/twin/twin.ts";
import { startTwin } from "../twin/twin.ts";

interface Question {
  readonly schema: string;
  readonly sql: string;
  readonly down?: string;
  readonly wrapped?: boolean;
}

export interface Answer {
  readonly steps: readonly Step[];
  readonly limits: readonly string[];
  readonly rollback: Rollback;
}

/** A twin in which scripts are rehearsed and taken back; all tables that were there have a thousand rows. */
export function startRehearsals(options: Parameters<typeof startTwin>[0] = {}) {
  const twin = startTwin(options);
  const inSession = <Result>(schema: string, ask: (session: Session) => Promise<Result>) =>
    twin.use({ sortsByBytes: true, extensions: [] }, async (session) => {
      await session.commit();
      const made = await session.execute(schema);
      if (made.refused) throw new Error(made.refused.message);
      return ask(session);
    });
  const once = ({ schema, ...question }: Question) => inSession(schema, (session) => answerIn(session, question));
  /** Each on the schema that the rollback of the one before leaves. */
  const inTurn = (schema: string, scripts: readonly string[]) =>
    inSession(schema, async (session) => {
      const answers: Answer[] = [];
      for (const sql of scripts) answers.push(await answerIn(session, { sql }));
      return answers;
    });
  return Object.assign(once, { inTurn });
}

async function answerIn(session: Session, { sql, down, wrapped = false }: Omit<Question, "schema">): Promise<Answer> {
  const { settings, relations } = await readDirectory(session);
  const own = relations.filter((relation) => !relation.system).map((relation) => relation.oid);
  const { tables } = await readCatalog(session, { settings, relations: own, functions: [] });
  const before = await stateOf(session);
  const known: Surroundings = {
    real: ({ schema, name }) => {
      const table = tables.find((each) => each.schema === schema && each.name === name);
      return table && { ...table, rows: 1000, bytes: 80_000 };
    },
    isEmpty: () => false,
    isOurs: () => false,
  };
  const { steps, limits } = await rehearse(await readScript(sql, { wrapped }), session, known);
  return { steps, limits, rollback: await rollBack(session, { before, steps, given: down, wrapped, known }) };
}

/** "2 orders: ACCESS EXCLUSIVE, scans": what each step did to each relation. */
export const toldOf = ({ steps }: Pick<Answer, "steps">): readonly string[] =>
  steps.flatMap(({ number, effects = [], refused }) => [
    ...(refused ? [`${number} refused: ${refused.message}`] : []),
    ...effects.map(({ relation, lock, rewrites, scans, builds }) => {
      const work = [lock, rewrites && "rewrites", scans && "scans", builds.length > 0 && `builds ${builds.join(" ")}`];
      return `${number} ${relation}: ${work.filter(Boolean).join(", ")}`;
    }),
  ]);
