import { rows, schema } from "../src/demo/shop.ts";

/** The demo's shop. Its keys hold by the way its rows are made: to check each would be most of the time of loading. */
export const shop = { schema, rows: `set session_replication_role = replica; ${rows} reset session_replication_role;` };
