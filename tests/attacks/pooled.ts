import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "../database/wire.ts";

/** The way of a server under test to its database: its sessions can be asked what they have become, each over its own connection. */
export interface Pooled {
  readonly port: number;
  /** What `sql` (one row, one column) says in each idle session, in the order in which they were opened. */
  ask(sql: string): Promise<readonly string[]>;
  /** Closes all sessions, as a restart of the database does. */
  cut(): void;
  close(): Promise<void>;
}

interface Session {
  readonly server: Socket;
  readonly client: Socket;
  /** The server said ReadyForQuery outside a transaction, and the client has asked nothing since. */
  idle: boolean;
  tail: Buffer;
  /** Takes what the server says in the place of the client. */
  listener: ((chunk: Buffer) => void) | undefined;
  /** Told when the server hangs up. */
  gone: () => void;
  /** What the client wanted to send meanwhile. */
  held: Buffer[];
}

/** ReadyForQuery, idle (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
const READY = Buffer.from("Z\0\0\0\x05I", "latin1");

export async function openPooled(postgresPort: () => number): Promise<Pooled> {
  const sessions = new Set<Session>();
  const listener = await listen((client) => {
    const session: Session = {
      client,
      server: connect(postgresPort(), "127.0.0.1"),
      idle: false,
      tail: Buffer.alloc(0),
      listener: undefined,
      gone: () => undefined,
      held: [],
    };
    sessions.add(session);
    session.server.on("error", () => client.destroy());
    session.server.on("close", () => {
      sessions.delete(session);
      session.gone();
      client.end();
    });
    client.on("close", () => session.server.destroy());
    client.on("data", (chunk) => {
      session.idle = false;
      if (session.listener) session.held.push(chunk);
      else session.server.write(chunk);
    });
    session.server.on("data", (chunk) => {
      session.tail = Buffer.concat([session.tail, chunk]).subarray(-READY.length);
      if (session.listener) return session.listener(chunk);
      session.idle = session.tail.equals(READY);
      client.write(chunk);
    });
  });
  return {
    port: listener.port,
    ask: async (sql) => (await Promise.all([...sessions].map((session) => askIdle(session, sql)))).filter((said) => said !== undefined),
    cut() {
      for (const { client, server } of sessions) {
        client.destroy();
        server.destroy();
      }
    },
    close: () => listener.close(),
  };
}

/** A session that is not idle after a second is looked for in pg_stat_activity, not here. */
async function askIdle(session: Session, sql: string): Promise<string | undefined> {
  for (let waited = 0; !session.idle && !session.server.destroyed && waited < 40; waited += 1) await sleep(25);
  if (!session.idle || session.server.destroyed) return undefined;
  const answer = await new Promise<Buffer | undefined>((resolve) => {
    const chunks: Buffer[] = [];
    session.listener = (chunk) => {
      chunks.push(chunk);
      if (session.tail.equals(READY)) resolve(Buffer.concat(chunks));
    };
    session.gone = () => resolve(undefined);
    session.server.write(simpleQuery(sql));
  });
  session.listener = undefined;
  session.idle = session.held.length === 0;
  for (const chunk of session.held.splice(0)) session.server.write(chunk);
  return answer && firstValue(answer);
}

function simpleQuery(sql: string): Buffer {
  const head = Buffer.alloc(5);
  head.write("Q");
  head.writeInt32BE(4 + Buffer.byteLength(sql) + 1, 1);
  return Buffer.concat([head, Buffer.from(sql), Buffer.alloc(1)]);
}

/** Of the first DataRow, or the whole ErrorResponse. */
function firstValue(answer: Buffer): string {
  for (let at = 0; at < answer.length; at += 1 + answer.readInt32BE(at + 1)) {
    const kind = String.fromCharCode(answer[at] ?? 0);
    const end = at + 1 + answer.readInt32BE(at + 1);
    if (kind === "D") return answer.subarray(at + 11, end).toString();
    if (kind === "E") return answer.subarray(at + 5, end).toString();
  }
  return "";
}
