import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, vi } from "vitest";
import { connect, textOf } from "../tools/client.ts";

/** What is asked about once a fault is mended. */
export const table = "create table orders (id int primary key, note text); create index on orders (note)";

/** Stands in every connection string here; nothing that anybody reads may hold it. */
export const secret = "g@heim hunter2";

export interface Fault {
  readonly url: string;
  /** Puts right what is wrong; without it, it stays so. */
  readonly mend?: () => unknown;
}

export const inspect = { name: "inspect_schema", arguments: { detail: "summary" } };

/** What a client is told. The same client then has a question answered: the same one, where the fault was mended. */
export async function told({ url, mend }: Fault): Promise<string> {
  const written = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => written.mockRestore());
  const client = await connect({ environment: { DATABASE_URL: url } });
  const answer = await client.callTool(inspect);
  expect(answer.isError, textOf(answer)).toBe(true);

  await mend?.();
  let next = await client.callTool(mend ? inspect : { name: "search_docs", arguments: { query: "index" } });
  // A pooler notices a moment later who has gone.
  for (let turn = 0; mend && next.isError && turn < 20; turn++) {
    await sleep(100);
    next = await client.callTool(inspect);
  }
  expect(next.isError, textOf(next)).toBeFalsy();
  if (mend) expect(textOf(next)).toContain("orders: table");

  const everything = JSON.stringify([answer, next, written.mock.calls]);
  const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64"), "hunter2", new URL(url).password];
  for (const form of forms.filter(Boolean)) expect(everything).not.toContain(form);
  return textOf(answer)
    .replaceAll(/:\d{4,5}\b/g, ":5432")
    .replaceAll(/(reader|role|test|later)_\w+/g, "$1")
    .replaceAll(/process \d+/g, "process 4711");
}
