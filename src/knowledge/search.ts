import type { Section } from "../knowledge.ts";
import { withoutOccurrence, wordsOf } from "./words.ts";

/** A section that answers a question. */
export interface Hit {
  /** "sql-postgresql#sql-explain" */
  readonly address: string;
  readonly page: string;
  readonly section: string;
  readonly uri: string;
  readonly title: string;
  /** The section's first sentence. */
  readonly rule: string;
  /** The 40 words of it that answer best. */
  readonly extract: string;
  /** What it is true of, where that is not everything in use: "PostgreSQL 18". */
  readonly versions?: string;
  /** Compares with the scores of the same question only. */
  readonly score: number;
}

export type Search = (question: string, limit: number) => readonly Hit[];

/** Words in an extract. */
const EXTRACT = 40;
/** Shorter words are too like each other to forgive a slip of the pen. */
const FORGIVEN = 5;

/** The index over the sections; `guide` is `search.yaml`, parsed. Throws what is wrong with it. */
export async function searchOver(sections: readonly Section[], guide: unknown): Promise<Search> {
  const { default: MiniSearch } = await import("minisearch");
  const { words, entries } = readGuide(guide);
  const documents = sections.map((section, id) => {
    const { aliases = [], errors = [], fr, versions } = entries.get(section.id) ?? {};
    const french = [fr?.title ?? "", ...(fr?.aliases ?? [])];
    const name = section.id.replaceAll("-", " ");
    return { id, section, versions, title: `${section.title} ${name}`, aliases, errors, french, body: proseOf(section) };
  });
  const index = new MiniSearch({
    fields: ["title", "aliases", "errors", "french", "body"],
    extractField: (document, field) => [document[field]].flat().join("\n"),
    tokenize: (text) => [...wordsOf(text)],
    processTerm: (term) => term,
  });
  index.addAll(documents);

  return (question, limit) => {
    const asked = wordsOf(withoutOccurrence(question));
    const found = index.search([...new Set(asked.flatMap((word) => [word, ...(words.get(word) ?? [])]))].join(" "), {
      tokenize: (text) => text.split(" ").filter(Boolean),
      boost: { title: 3, aliases: 3, errors: 4, french: 3 },
      fuzzy: (word) => (word.length < FORGIVEN || /\d/.test(word) ? false : 0.2),
      prefix: (word) => word.length > 3 && !/\d/.test(word),
      weights: { fuzzy: 0.3, prefix: 0.3 },
    });
    return found.slice(0, limit).flatMap(({ id, terms, score }) => {
      const document = documents[id];
      return document === undefined ? [] : [hitOf(document, new Set(terms), score)];
    });
  };
}

function hitOf(
  { section, versions, body }: { readonly section: Section; readonly versions: string | undefined; readonly body: string },
  terms: ReadonlySet<string>,
  score: number,
): Hit {
  const { page, id, uri, title } = section;
  const hit = { address: `${page}#${id}`, page, section: id, uri, title, rule: firstSentence(body), extract: extractOf(body, terms) };
  return { ...hit, ...(versions === undefined ? {} : { versions }), score: Math.round(score * 100) / 100 };
}

/** What a section says in words: without its heading, its code, the lines of its tables, the targets of its links, and what it only refers to. */
function proseOf({ text }: Section): string {
  return text
    .replace(/^## .*$/m, "")
    .replaceAll(/:?\s*^```[\s\S]*?^```$/gm, (fence) => (fence.startsWith(":") ? "." : ""))
    .replaceAll(/^\|[-| ]+\|$/gm, "")
    .replaceAll(/^\| *(.*?) *\|$/gm, (_, cells: string) => `${cells.replaceAll(/ +\| +/g, "; ")}.`)
    .replace(/^Rules: .*$/m, "")
    .replace(/ ?Guide: \[[^\]]*\]\([^)]*\)\.$/m, "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim();
}

/** A full stop inside of `code` ends no sentence. */
const firstSentence = (prose: string): string => {
  const [paragraph = ""] = prose.split(/\n\s*\n/);
  return (paragraph.match(/^(?:`[^`]*`|[^`])*?[.!?](?=\s|$)/)?.[0] ?? paragraph).replaceAll(/\s+/g, " ");
};

/** The stretch, from the start of a sentence, that holds most of the different words found; the earliest of equals. */
function extractOf(prose: string, terms: ReadonlySet<string>): string {
  const words = prose.split(/\s+/);
  const found = words.map((word) => wordsOf(word).filter((term) => terms.has(term)));
  const starts = [...words.keys()].filter((index) => /(?:^|[.!?]\**)$/.test(words[index - 1] ?? ""));
  const distinct = (start: number) => new Set(found.slice(start, start + EXTRACT).flat()).size;
  const best = starts.reduce((best, start) => (distinct(start) > distinct(best) ? start : best), 0);
  const end = best + EXTRACT;
  return `${best > 0 ? "… " : ""}${words.slice(best, end).join(" ")}${end < words.length ? " …" : ""}`;
}

interface Entry {
  readonly aliases: readonly string[];
  readonly errors: readonly string[];
  readonly fr: { readonly title: string; readonly aliases: readonly string[] } | undefined;
  readonly versions: string | undefined;
}

interface Guide {
  /** A word of a question, and words of the pages that mean the same. */
  readonly words: ReadonlyMap<string, readonly string[]>;
  /** By section id. */
  readonly entries: ReadonlyMap<string, Entry>;
}

function readGuide(guide: unknown): Guide {
  const { words, sections } = fieldsOf(guide, ["words", "sections"], "search.yaml");
  const pairs = Object.entries(fieldsOf(words ?? {}, undefined, "words"));
  return {
    words: new Map(pairs.flatMap(([word, meaning]) => wordsOf(word).map((asked) => [asked, wordsOf(textIn(meaning, word))] as const))),
    entries: new Map(Object.entries(fieldsOf(sections ?? {}, undefined, "sections")).map(([id, entry]) => [id, readEntry(id, entry)])),
  };
}

function readEntry(id: string, entry: unknown): Entry {
  const { aliases, errors, fr, versions } = fieldsOf(entry, ["aliases", "errors", "fr", "versions"], id);
  const french = fr === undefined ? undefined : fieldsOf(fr, ["title", "aliases"], `${id}, fr`);
  return {
    aliases: listIn(aliases, `${id}, aliases`),
    errors: listIn(errors, `${id}, errors`),
    fr: french && { title: textIn(french.title, `${id}, fr, title`), aliases: listIn(french.aliases, `${id}, fr, aliases`) },
    versions: versions === undefined ? undefined : textIn(versions, `${id}, versions`),
  };
}

/** A key that nobody reads would be an alias that nobody finds, so it is refused. */
function fieldsOf(value: unknown, known: readonly string[] | undefined, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`search.yaml: ${place} must have named fields`);
  const unread = Object.keys(value).find((key) => known !== undefined && !known.includes(key));
  if (unread !== undefined) throw new Error(`search.yaml: ${place} has a field "${unread}" that nobody reads`);
  return { ...value };
}

function textIn(value: unknown, place: string): string {
  if (typeof value !== "string") throw new Error(`search.yaml: ${place} must be a text`);
  return value;
}

function listIn(value: unknown = [], place: string): readonly string[] {
  if (!Array.isArray(value)) throw new Error(`search.yaml: ${place} must be a list`);
  return value.map((item) => textIn(item, place));
}
