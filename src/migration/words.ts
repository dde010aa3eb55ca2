import { type Token, tokensOf } from "../sql/grammar.ts";

const depths: Readonly<Record<string, number>> = { "(": 1, "[": 1, ")": -1, "]": -1 };

/** What stands after the last of these words that is in no bracket, up to the first of the words that end it. */
export function afterWord(text: string, words: readonly string[], until: readonly string[]): string | undefined {
  const outer = outerTokens(text);
  const end = outer.find((token) => until.includes(token.text.toLowerCase()));
  const word = outer.slice(0, end && outer.indexOf(end)).findLast((token) => words.includes(token.text.toLowerCase()));
  return word && text.slice(word.end, end?.start).trim();
}

/** What stands in the parentheses after this word. */
export function inParentheses(text: string, word: string): string | undefined {
  const tokens = tokensOf(text);
  const at = tokens.findIndex((token) => token.text.toLowerCase() === word);
  const open = tokens[at + 1];
  if (at < 0 || open?.text !== "(") return undefined;
  let depth = 0;
  for (const token of tokens.slice(at + 1)) {
    depth += depths[token.text] ?? 0;
    if (depth === 0) return text.slice(open.end, token.start).trim();
  }
  return undefined;
}

function outerTokens(text: string): readonly Token[] {
  let depth = 0;
  return tokensOf(text).filter((token) => {
    const change = depths[token.text] ?? 0;
    depth += change;
    return depth === 0 && change === 0;
  });
}
