import { rows, schema } from "../../src/demo/shop.ts";
import { copyOf } from "./fresh-database.ts";
import type { Version } from "./server.ts";

/** The demo's shop. Its keys hold by the way its rows are made: to have each checked would be most of the time of loading. */
export const shop = `${schema} set session_replication_role = replica; ${rows} reset session_replication_role;`;

/** A copy of the one that the shared server loads and analyses once, with `inEach` run in it. */
export const copyOfShop = (version: Version, inEach?: string) => copyOf(version, { name: "shop", sql: shop, inEach });
