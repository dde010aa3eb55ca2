import { tokensOf } from "../../sql/grammar.ts";
import { spanOf } from "../../sql/position.ts";
import { unquote } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";

/** `NAMEDATALEN` less one (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS). */
const BYTES = 63;
const identifier = /^("|[\p{L}_])/u;

export default migrationRule({
  id: "migration/identifier-too-long",
  severity: "warning",

  *check({ statement: { text, source, start } }) {
    if (Buffer.byteLength(text) <= BYTES) return;
    const names = new Set<string>();
    for (const token of tokensOf(text)) {
      const bytes = identifier.test(token.text) ? Buffer.byteLength(unquote(token.text)) : 0;
      if (bytes <= BYTES || names.has(token.text)) continue;
      names.add(token.text);
      yield {
        message: `This name has ${bytes} bytes, and Postgres cuts it at ${BYTES}: another name that starts alike becomes the same one.`,
        span: spanOf(source, start + token.start, start + token.end),
        object: unquote(token.text),
      };
    }
  },
});
