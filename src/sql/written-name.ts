import { unquote } from "./quote.ts";

/** One way to read a name, folded to lower case where it was not quoted. */
export interface Reading {
  readonly schema?: string | undefined;
  readonly name: string;
}

/**
 * What a name that a person wrote may mean, the likeliest first: `orders`, `app.orders`, `"Odd ""one"""."My table"`. It
 * may have a dot or capitals in it, so it is first taken as it stands; then unquoted parts are folded, as Postgres does.
 */
export function readingsOf(written: string): readonly Reading[] {
  const parts = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/.exec(written.trim());
  if (!parts) return [{ name: written }];
  const [, schema, name = ""] = parts;
  const folded = { schema: schema === undefined ? undefined : identifier(schema), name: identifier(name) };
  return [{ name: written }, { schema, name }, folded];
}

const identifier = (text: string) => (text.startsWith('"') ? unquote(text) : text.toLowerCase());
