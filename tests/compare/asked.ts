import pg from "pg";
import { connect } from "../tools/client.ts";

interface Compared {
  readonly with: string;
  readonly objects: number;
  readonly differences: readonly {
    readonly kind: string;
    readonly name: string;
    readonly state: string;
    readonly properties: readonly { readonly property: string; readonly here?: string; readonly there?: string }[];
  }[];
  readonly closing: {
    readonly sql: string;
    readonly destroys: readonly string[];
    readonly not_run: readonly string[];
    readonly refused: readonly unknown[];
    readonly left: readonly string[];
  };
}

interface Answer {
  readonly compared: Compared;
  readonly verdict: string;
  readonly limits: readonly string[];
  readonly text: string;
}

/** What review_schema answers a real client, whose server is told these variables. */
export async function asked(
  url: string | undefined,
  argument: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const client = await connect({ environment: { ...(url && { DATABASE_URL: url }), ...environment } });
  const { isError, content, structuredContent } = await client.callTool({ name: "review_schema", arguments: { limit: 1000, ...argument } });
  const text = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  if (isError) throw new Error(text);
  return { ...(structuredContent as Omit<Answer, "text">), text };
}

/** One line for each difference. */
export const told = ({ differences }: Compared) =>
  differences.map(({ kind, name, state, properties }) =>
    state === "differs" ? `${kind} ${name}: ${properties.map(({ property }) => property).join(", ")}` : `${kind} ${name}: ${state}`,
  );

/** Statement by statement as psql does it, and with them what stands there commented out; nothing of what all tests share. */
export async function run(url: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const uncommented = script
      .replaceAll(/^alter (system|role|database) .*;$/gm, "")
      .replaceAll(/^-- (?=(drop|alter|create|revoke) )/gm, "");
    for (const statement of uncommented.split(/;$/m)) await client.query(statement);
  } finally {
    await client.end();
  }
}
