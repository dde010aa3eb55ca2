import { setFlagsFromString } from "node:v8";
import { characterOffsets } from "./position.ts";

/** Postgres's own parser, compiled to WASM. It is loaded on first use, because loading takes tens of milliseconds. */
type Grammar = Pick<typeof import("libpg-query"), "parseSync" | "scanSync" | "normalizeSync">;

let loaded: Grammar | undefined;

export async function loadGrammar(): Promise<Grammar> {
  if (!loaded) {
    // For this process: of WASM that runs for milliseconds, optimizing costs more than it saves, and so does checking what is never called.
    setFlagsFromString("--liftoff-only");
    setFlagsFromString("--wasm-lazy-validation");
    const grammar = await import("libpg-query");
    await grammar.loadModule();
    loaded = grammar;
  }
  return loaded;
}

/** For what works on a tree: a tree exists only after the grammar was loaded. */
export function grammar(): Grammar {
  if (!loaded) throw new Error("The grammar is read before parseStatements() or loadGrammar().");
  return loaded;
}

export interface Token {
  readonly text: string;
  /** Characters from the start of the scanned text. */
  readonly start: number;
  readonly end: number;
  /** "NO_KEYWORD" or the kind of keyword, as the manual's appendix sorts them. */
  readonly keyword: string;
}

/** The tokens of a text without its comments. A text that cannot be cut into tokens has none. */
export function tokensOf(text: string): readonly Token[] {
  const character = characterOffsets(text);
  return scan(text)
    .filter(({ tokenName }) => tokenName !== "SQL_COMMENT" && tokenName !== "C_COMMENT")
    .map(({ text: written, start, end, keywordName }) => ({
      text: written,
      start: character(start),
      end: character(end),
      keyword: keywordName,
    }));
}

/** The comments of a text that start with two hyphens, up to the end of their line. */
export function commentsOf(text: string): readonly Pick<Token, "text" | "start">[] {
  const character = characterOffsets(text);
  return scan(text)
    .filter(({ tokenName }) => tokenName === "SQL_COMMENT")
    .map(({ text: written, start }) => ({ text: written, start: character(start) }));
}

function scan(text: string) {
  try {
    return grammar().scanSync(text).tokens;
  } catch {
    return [];
  }
}
