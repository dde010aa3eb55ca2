import { connect, createServer, type Server, type Socket } from "node:net";

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** A TCP server on 127.0.0.1 that does this with each connection. */
export async function listen(onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export interface Between {
  /** What goes on to the server instead; undefined: nothing, because `client` was answered. */
  toServer?(chunk: Buffer, client: Socket): Buffer | undefined;
  toClient?(chunk: Buffer): Buffer;
}

/** Stands between a client and the real server at `port`, as a pooler or a bad network does. */
export const standBetween = (port: number, { toServer = (chunk) => chunk, toClient = (chunk) => chunk }: Between) =>
  listen((client) => {
    const server = connect(port, "127.0.0.1");
    server.on("error", () => client.destroy());
    server.on("close", () => client.end());
    client.on("close", () => server.destroy());
    client.on("data", (chunk) => {
      const rest = toServer(chunk, client);
      if (rest !== undefined) server.write(rest);
    });
    server.on("data", (chunk) => client.write(toClient(chunk)));
  });

/** An ErrorResponse as Postgres sends one before it hangs up (https://www.postgresql.org/docs/current/protocol-error-fields.html). */
export function errorResponse(code: string, message: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`;
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(4 + Buffer.byteLength(fields), 1);
  return Buffer.concat([head, Buffer.from(fields)]);
}

/** The same bytes with one text put in place of another of the same length. */
export function replaced(chunk: Buffer, from: string, to: string): Buffer {
  if (from.length !== to.length) throw new Error("lengths differ");
  return Buffer.from(chunk.toString("latin1").replaceAll(from, to), "latin1");
}
