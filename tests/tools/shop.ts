import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { afterAll } from "vitest";
import { openEmbedded } from "../postgres/embedded.ts";
import { copyOfShop, shop } from "../postgres/shop.ts";

/** The demo's shop in an embedded Postgres that speaks the wire protocol, as the demo has it. */
export async function embeddedShop(): Promise<{ url: string }> {
  const db = await openEmbedded();
  await db.exec(shop);
  const socket = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await socket.start();
  afterAll(async () => {
    await socket.stop();
    await db.close();
  });
  return { url: `postgres://postgres@${socket.getServerConn()}/postgres?sslmode=disable` };
}

/** When a table was analysed is no part of a copied database, so each is analysed anew, by all rows as the first was. */
export const liveShop = (version: 15 | 18) => copyOfShop(version, "set default_statistics_target = 1000; analyze");
