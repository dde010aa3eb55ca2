import { readdir, readFile } from "node:fs/promises";
import { nearest, ToolError } from "./error.ts";
import { parseFrontMatter } from "./knowledge.ts";

/** A prompt is one text in each of these, listed once: `optimize-query.md` and `optimize-query.fr.md`. */
const languages = ["en", "fr"] as const;
type Language = (typeof languages)[number];

export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
}

interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** What is offered for completion; any other text may be given. */
  readonly values: readonly string[];
}

interface FilledPrompt {
  readonly description: string;
  readonly text: string;
}

export interface Prompts {
  /** By name. */
  list(): Promise<readonly Prompt[]>;
  /** Throws `invalid_argument`. */
  fill(name: string, values: Readonly<Record<string, string>>): Promise<FilledPrompt>;
  /** Throws `invalid_argument` for a prompt that is not there. */
  complete(name: string, argument: string, prefix: string): Promise<string[]>;
}

interface Written {
  readonly prompt: Prompt;
  readonly texts: Readonly<Record<Language, FilledPrompt>>;
}

/** The prompts of a folder. They are read at the first question and kept, because they do not change while we run. */
export function promptsIn(folder: URL): Prompts {
  let loaded: Promise<readonly Written[]> | undefined;
  const all = () => {
    loaded ??= loadPrompts(folder);
    return loaded;
  };

  async function find(name: string): Promise<Written> {
    const written = await all();
    const found = written.find(({ prompt }) => prompt.name === name);
    if (found) return found;
    const names = written.map(({ prompt }) => prompt.name);
    const near = nearest(name.slice(0, 120), names, { most: 3, least: 0 });
    throw new ToolError("invalid_argument", `There is no prompt ${name.slice(0, 120)}. There are ${near.join(", ")}.`);
  }

  return {
    list: async () => (await all()).map(({ prompt }) => prompt),
    async fill(name, values) {
      const { prompt, texts } = await find(name);
      const missing = prompt.arguments.find((argument) => argument.required && !values[argument.name]?.trim());
      if (missing) throw new ToolError("invalid_argument", `${name} needs ${missing.name}: ${missing.description}.`);
      const unknown = Object.keys(values).find((given) => !prompt.arguments.some((argument) => argument.name === given));
      if (unknown !== undefined) throw new ToolError("invalid_argument", `${name} has no argument ${unknown.slice(0, 120)}.`);
      const { description, text } = texts[languageIn(values)];
      return { description, text: fillText(text, values) };
    },
    async complete(name, argument, prefix) {
      const { prompt } = await find(name);
      const values = prompt.arguments.find((known) => known.name === argument)?.values ?? [];
      return values.filter((value) => value.toLowerCase().startsWith(prefix.toLowerCase()));
    },
  };
}

/** "fr-CA" is French too. */
function languageIn({ language = "en" }: Readonly<Record<string, string>>): Language {
  const asked = language.trim().toLowerCase().slice(0, 2);
  const found = languages.find((known) => known === asked);
  if (!found) throw new ToolError("invalid_argument", `language is ${languages.join(" or ")}.`);
  return found;
}

/**
 * Values stand where `{{name}}` stood, as they were given: what looks like a placeholder in a value stays as it is.
 * A paragraph that names an argument which was not given is left out.
 */
function fillText(text: string, values: Readonly<Record<string, string>>): string {
  const placeholder = /\{\{(\w+)\}\}/g;
  const given = (name: string) => values[name]?.trim() ?? "";
  const paragraphs = text.split(/\n{2,}/).filter((paragraph) => [...paragraph.matchAll(placeholder)].every(([, name = ""]) => given(name)));
  return paragraphs.map((paragraph) => paragraph.replaceAll(placeholder, (_, name: string) => given(name))).join("\n\n");
}

async function loadPrompts(folder: URL): Promise<readonly Written[]> {
  const root = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  const names = (await readdir(root)).filter((file) => /^[a-z-]+\.md$/.test(file)).sort();
  return Promise.all(names.map(async (file) => readPrompt(root, file.replace(".md", ""))));
}

const ofLanguage: PromptArgument = {
  name: "language",
  description: "The language of the prompt and of the answer, en or fr",
  required: false,
  values: languages,
};

async function readPrompt(root: URL, name: string): Promise<Written> {
  const [english, french] = await Promise.all([readText(root, `${name}.md`), readText(root, `${name}.fr.md`)]);
  const { title, description, data } = english;
  if (data.name !== name) throw new Error(`${name}.md: its name must be ${name}`);
  const own = Array.isArray(data.arguments) ? data.arguments.map((argument) => readArgument(argument, name)) : [];
  return { prompt: { name, title, description, arguments: [...own, ofLanguage] }, texts: { en: english, fr: french } };
}

async function readText(root: URL, file: string) {
  const { data, body } = await parseFrontMatter(await readFile(new URL(file, root), "utf8"));
  const { title, description } = data;
  if (typeof title !== "string" || typeof description !== "string") throw new Error(`${file}: a prompt needs a title and a description`);
  return { title, description, text: body.trim(), data };
}

function readArgument(argument: unknown, prompt: string): PromptArgument {
  const { name, description, required = false, values = [] } = Object(argument) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof description !== "string" || typeof required !== "boolean" || !Array.isArray(values)) {
    throw new Error(`${prompt}.md: an argument has a name and a description, and may have required (true or false) and values (a list)`);
  }
  return { name, description, required, values: values.map(String) };
}
