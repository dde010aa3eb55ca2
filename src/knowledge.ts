import { readdir, readFile } from "node:fs/promises";
import { nearest, ToolError } from "./error.ts";
import { type Hit, type Search, searchOver } from "./knowledge/search.ts";

/** The front page of the skill, which is not under `references/`. */
const OVERVIEW = "overview";
/** The front page once more, in French: the same sections under the same ids. */
const TRANSLATION = "overview-fr";
const SKILL = "skill://backend-db/";
const SCHEME = "knowledge://";

export interface Page {
  /** "rules-query"; "overview" for SKILL.md, "overview-fr" for its translation. */
  readonly name: string;
  /** Inside the skill's folder: "references/rules-query.md". */
  readonly path: string;
  /** Of the whole file, as the Skills extension serves it. */
  readonly uri: string;
  readonly title: string;
  readonly summary: string;
  readonly sources: readonly string[];
  /** The file, byte for byte: hosts compare it with the digest that the Skills extension published. */
  readonly text: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly page: string;
  readonly id: string;
  readonly uri: string;
  readonly title: string;
  /** From its `## ` line to the next one, without the blank lines between. */
  readonly text: string;
  readonly fences: readonly Fence[];
}

export interface Fence {
  readonly language: string;
  readonly info: FenceInfo;
  readonly text: string;
  /** Of the opening fence in the page's file, from 1. */
  readonly line: number;
}

/** What a fence claims, so that a test can hold it to the claim. */
export interface FenceInfo {
  /** Runs before the other fences of its section. */
  readonly setup: boolean;
  /** Catalog or statistics that are put in place after the setup. */
  readonly state: boolean;
  /** The text is an EXPLAIN. */
  readonly plan: boolean;
  /** The rule that has exactly one finding in it. */
  readonly bad: string | undefined;
  /** The rule that has none. */
  readonly good: string | undefined;
  /** Why it cannot be run or compiled by the tests. */
  readonly skip: string | undefined;
}

export interface Knowledge {
  /** The overview first, then by name. */
  pages(): Promise<readonly Page[]>;
  /** By name or by `skill://` URI. Throws `unknown_section`. */
  page(place: string): Promise<Page>;
  sections(): Promise<readonly Section[]>;
  /** All but those of the translation: a section twice would be two hits for one answer, and its French words are in search.yaml. */
  searched(): Promise<readonly Section[]>;
  /** By address, by `knowledge://` URI, or as a page links to it: "rules-query.md#null-equality", "#sql-explain". Throws `unknown_section`. */
  section(place: string): Promise<Section>;
  /** The sections that answer a question, an error text or a few words, in English or French; the best first. */
  search(question: string, limit: number): Promise<readonly Hit[]>;
  completePage(prefix: string): Promise<string[]>;
  /** Section ids: of one page where its name is known, else of all. */
  completeSection(prefix: string, page: string | undefined): Promise<string[]>;
}

/** The pages under a folder that holds `backend-db/`. They are read at the first question and kept, because they do not change while we run. */
export function knowledgeIn(folder: URL): Knowledge {
  const root = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  let loaded: Promise<readonly Page[]> | undefined;
  const pages = () => {
    loaded ??= loadPages(new URL("backend-db/", root));
    return loaded;
  };
  const sections = async () => (await pages()).flatMap((page) => page.sections);
  let indexed: Promise<Search> | undefined;
  const searched = async () => (await sections()).filter(({ page }) => page !== TRANSLATION);
  const index = async () => searchOver(await searched(), await readYaml(new URL("search.yaml", root)));

  return {
    pages,
    page: async (place) => find(place, await pages(), ({ name, uri }) => [name, uri]),
    sections,
    searched,
    section: async (place) => find(asAddress(place), await sections(), (section) => [addressOf(section), `#${section.id}`]),
    async search(question, limit) {
      indexed ??= index();
      return (await indexed)(question, limit);
    },
    completePage: async (prefix) => (await pages()).map(({ name }) => name).filter((name) => name.startsWith(prefix)),
    completeSection: async (prefix, page) => {
      const inPage = (await sections()).filter((section) => page === undefined || section.page === page);
      return [...new Set(inPage.map(({ id }) => id))].filter((id) => id.startsWith(prefix));
    },
  };
}

/** How code names a section: "rules-query#function-on-column". */
export const addressOf = ({ page, id }: { readonly page: string; readonly id: string }): string => `${page}#${id}`;

/** How a client names it: "knowledge://rules-query/function-on-column". */
export const uriOf = (address: string): string => SCHEME + address.replace("#", "/");

/** The address a `knowledge://` URI stands for; undefined where the URI is of another kind. */
export const addressIn = (uri: string): string | undefined =>
  uri.startsWith(SCHEME) ? uri.slice(SCHEME.length).replace("/", "#") : undefined;

/** A link of a page names its file, which may stand in `references/`. */
const asAddress = (place: string): string =>
  addressIn(place) ??
  place
    .replace(SKILL, "")
    .replace(/^SKILL\.md#/, `${OVERVIEW}#`)
    .replace(/^(?:references\/)?overview\.fr\.md#/, `${TRANSLATION}#`)
    .replace(/^(?:references\/)?([a-z-]+)\.md#/, "$1#");

/** gray-matter brings the only YAML reader there is, so the file is read as a front matter with nothing below. */
async function readYaml(file: URL): Promise<unknown> {
  return (await parseFrontMatter(`---\n${await readFile(file, "utf8")}\n---\n`)).data;
}

/**
 * The front matter of a Markdown file and the text below it. Only YAML: gray-matter would also run
 * a block that opens with `---js`.
 */
export async function parseFrontMatter(text: string): Promise<{ readonly data: Readonly<Record<string, unknown>>; readonly body: string }> {
  const { default: matter } = await import("gray-matter");
  const refuse = () => {
    throw new Error("front matter must be YAML");
  };
  const { data, content } = matter(text, { engines: { javascript: refuse, json: refuse } });
  return { data, body: content };
}

/** Throws `unknown_section` with the three that look most like what was asked for. */
function find<Thing extends { readonly uri: string }>(place: string, things: readonly Thing[], namesOf: (thing: Thing) => string[]): Thing {
  const found = things.find((thing) => namesOf(thing).includes(place));
  if (found) return found;

  const asked = place.slice(0, 120);
  const uris = new Map(things.flatMap((thing) => namesOf(thing).map((name) => [name, thing.uri] as const)));
  const near = nearest(asked, [...uris.keys()], { most: 3, least: 0 }).map((name) => uris.get(name));
  throw new ToolError("unknown_section", `There is no ${asked}. Read one of these instead: ${[...new Set(near)].join(", ")}.`);
}

async function loadPages(skill: URL): Promise<readonly Page[]> {
  const references = (await readdir(new URL("references/", skill))).filter((file) => file.endsWith(".md")).sort();
  const paths = ["SKILL.md", ...references.map((file) => `references/${file}`)];
  return Promise.all(paths.map(async (path) => parsePage(path, await readFile(new URL(path, skill), "utf8"))));
}

async function parsePage(path: string, text: string): Promise<Page> {
  const { data } = await parseFrontMatter(text);
  const name = path === "SKILL.md" ? OVERVIEW : path.replace(/^references\/|\.md$/g, "").replace(".", "-");
  const { title = text.match(/^# (.+)$/m)?.[1] ?? name, summary = data.description, sources = [] } = data;
  return {
    name,
    path,
    uri: SKILL + path,
    title: String(title).trim(),
    summary: String(summary ?? ""),
    sources: Array.isArray(sources) ? sources.map(String) : [],
    text,
    sections: parseSections(name, text),
  };
}

function parseSections(page: string, text: string): readonly Section[] {
  const lines = text.split("\n");
  const fences = parseFences(page, lines);
  const inFence = (line: number) => fences.some((fence) => fence.line <= line && line <= fence.line + fence.text.split("\n").length);
  const starts = [...lines.keys()].filter((index) => lines[index]?.startsWith("## ") && !inFence(index + 1));

  return starts.map((start, position) => {
    const end = starts[position + 1] ?? lines.length;
    const [, title, id] = lines[start]?.match(/^## (.+?)\s+\{#([a-z0-9-]+)\}\s*$/) ?? [];
    if (title === undefined || id === undefined)
      throw new Error(`${page}, line ${start + 1}: a section needs a title and an id, "## Title {#id}"`);
    return {
      page,
      id,
      uri: uriOf(addressOf({ page, id })),
      title,
      text: lines.slice(start, end).join("\n").trimEnd(),
      fences: fences.filter(({ line }) => start < line && line <= end),
    };
  });
}

function parseFences(page: string, lines: readonly string[]): readonly Fence[] {
  const fences: Fence[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, ticks, words] = lines[index]?.match(/^\s*(`{3,})([^`]*)$/) ?? [];
    if (ticks === undefined || words === undefined) continue;
    const length = lines.slice(index + 1).findIndex((line) => line.trim() === ticks);
    if (length < 0) throw new Error(`${page}, line ${index + 1}: this fence is never closed`);
    const [language = "", ...rest] = words.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
    const text = lines.slice(index + 1, index + 1 + length).join("\n");
    fences.push({ language, info: parseInfo(rest, `${page}, line ${index + 1}`), text, line: index + 1 });
    index += length + 1;
  }
  return fences;
}

/** A word that nobody reads would be a claim that nobody tests, so it is refused. */
function parseInfo(words: readonly string[], place: string): FenceInfo {
  const unread = words.find((word) => !/^(setup|state|plan|(bad|good)=[a-z]+\/[a-z0-9-]+|skip="[^"]+")$/.test(word));
  if (unread !== undefined) throw new Error(`${place}: "${unread}" means nothing after a fence`);
  const wordOf = (key: string) => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  return {
    setup: words.includes("setup"),
    state: words.includes("state"),
    plan: words.includes("plan"),
    bad: wordOf("bad"),
    good: wordOf("good"),
    skip: wordOf("skip")?.slice(1, -1),
  };
}
