import type { Cadence, Config } from "../config.ts";
import { ToolError } from "../error.ts";
import { openServices, type Services } from "../runtime.ts";
import { answerText, pasteable } from "../tools/clean.ts";
import { rendering } from "../tools/french.ts";
import { tools } from "../tools/index.ts";
import type { Context, Tool } from "../tools/tool.ts";
import { aboutNamed } from "../tools/which-database.ts";

/** What one activity of the rhythm ends in. */
interface Deliverable {
  readonly title: string;
  readonly parts: readonly Part[];
  /** What no server can be asked. */
  readonly byHand: readonly string[];
}

interface Part {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The tool takes the older snapshot. */
  readonly since?: true;
}

const backups: Part = { tool: "check_health", input: { checks: ["backups", "replication"] } };
const slow: Part = { tool: "find_slow_queries", input: { limit: 10 }, since: true };
const indexes: Part = { tool: "suggest_indexes", input: { workload: true } };

const deliverables: Readonly<Record<Cadence, readonly Deliverable[]>> = {
  weekly: [
    { title: "Top 10 slow queries and the plan for them", parts: [slow, indexes], byHand: ["Who takes which of them, and until when"] },
    {
      title: "Backups and the test restore",
      parts: [backups],
      byHand: ["Restored which backup, where to, and how long it took", "Counted which tables there, and found what"],
    },
  ],
  monthly: [
    {
      title: "Indexes and what to correct",
      parts: [indexes, { tool: "check_health", input: { checks: ["indexes", "bloat", "vacuum"] } }],
      byHand: ["Which of the corrections are taken, and when each is run"],
    },
    {
      title: "Performance metrics",
      parts: [
        { tool: "check_health", input: { checks: ["connections", "transactions", "io", "checkpoints", "settings"] }, since: true },
        { tool: "find_slow_queries", input: { limit: 10, order_by: "mean_time" }, since: true },
      ],
      byHand: ["p95 and p99 of the application, which pg_stat_statements does not keep", "What the pool in front of the server reports"],
    },
  ],
  quarterly: [
    {
      title: "Schema review and planned migrations",
      parts: [
        { tool: "review_schema", input: {} },
        { tool: "check_health", input: { checks: ["sequences", "versions"] } },
      ],
      byHand: ["Which findings become migrations, in which order", "What the next quarter asks of the schema"],
    },
    {
      title: "Maturity and the next level",
      parts: [{ tool: "check_health", input: { checks: ["maturity"] } }],
      byHand: ["The answers to what cannot be seen from here", "Which of the steps are taken this quarter, and by whom"],
    },
    {
      title: "Disaster recovery",
      parts: [backups],
      byHand: [
        "Failed over to which server, and how long writes were refused",
        "Restored to which point in time, how long it took, and what was lost",
      ],
    },
  ],
};

const FOUND = 1;
const NOT_JUDGED = 2;

/** Writes the deliverables of a cadence as Markdown, by the tools and without a model, and ends with the code of the gravest thing in them. */
export async function report(config: Config): Promise<void> {
  const { cadence, databases } = config.reported;
  const services = openServices({ ...config, access: { level: "catalog", trusted: [], analyzeAsSuperuser: false } });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    const places = databases.length === 0 ? [undefined] : databases;
    const written: Written[] = [];
    for (const place of places) written.push(await reportOn(place, config, { services, signal: stop.signal }));
    const title = `# ${cadence[0]?.toUpperCase()}${cadence.slice(1)} report, ${new Date().toISOString().slice(0, 10)}`;
    const text = [title, ...written.map(({ text }) => text)].join("\n\n");
    process.stdout.write(`${rendering(config.language).heading(text)}\n`);
    process.exitCode = Math.max(...written.map(({ code }) => code));
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(`backend-db-mcp: ${error.message}`);
    process.exitCode = NOT_JUDGED;
  } finally {
    await services.close();
  }
}

interface Written {
  readonly text: string;
  readonly code: number;
}

interface Place {
  readonly services: Services;
  readonly signal: AbortSignal;
}

async function reportOn(name: string | undefined, { reported: { cadence, since } }: Config, { services, signal }: Place): Promise<Written> {
  const context = contextOf(name, services, signal);
  const written: Written[] = [];
  for (const deliverable of deliverables[cadence]) written.push(await write(deliverable, since, context));
  const heading = name === undefined ? [] : [`# Database ${name}`];
  return { text: [...heading, ...written.map(({ text }) => text)].join("\n\n"), code: Math.max(...written.map(({ code }) => code)) };
}

function contextOf(name: string | undefined, services: Services, signal: AbortSignal): Context {
  const context = { ...services, signal, cause: { name: "report" }, progress: () => undefined, draw: () => undefined };
  return name === undefined ? context : aboutNamed(name, context);
}

async function write({ title, parts, byHand }: Deliverable, since: string | undefined, context: Context): Promise<Written> {
  const written: Written[] = [];
  for (const part of parts) written.push(await answered(part, since, context));
  const open = ["To be filled in, because no server can be asked:", ...byHand.map((what) => `- [ ] ${what}: `)].join("\n");
  const sections = written.map(({ text }, place) => `### ${parts[place]?.tool}\n\n${text}`);
  return { text: [`## ${title}`, ...sections, open].join("\n\n"), code: Math.max(...written.map(({ code }) => code)) };
}

/** What cannot be judged is told in its place, and the rest is written all the same. */
async function answered({ tool: name, input, since: takesSince }: Part, since: string | undefined, context: Context): Promise<Written> {
  const tool = toolNamed(name);
  const asked = tool.input.parse({ ...input, ...(takesSince && since !== undefined && { since }), response_format: "detailed" });
  try {
    const answer = pasteable(await tool.run(asked, context));
    const findings = (answer.findings ?? []) as readonly { readonly severity: string }[];
    return { text: answerText(tool.render(answer, asked), {}), code: findings.some(({ severity }) => severity === "error") ? FOUND : 0 };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { text: answerText(`Not judged (${error.code}): ${error.message}`, {}), code: NOT_JUDGED };
  }
}

function toolNamed(name: string): Tool {
  const found = tools.find((tool) => tool.name === name);
  if (!found) throw new Error(`no tool is called ${name}`);
  return found;
}
