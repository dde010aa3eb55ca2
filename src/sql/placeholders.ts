import { ToolError } from "../error.ts";
import { tokensOf } from "./grammar.ts";
import { type ParseOptions, parseStatements, refuseUnreadable, type Statement } from "./parse.ts";
import { type Atom, atomsOf, endsValue, hasKnownOperators } from "./placeholder-atoms.ts";
import { type Edit, type WithPlaceholders, writtenAnew } from "./written-text.ts";

/** The statements of a text with placeholders of any driver. What turns out to be none is left as it is. */
export async function parseWithPlaceholders(source: string, options: ParseOptions = {}): Promise<readonly Statement[]> {
  await refuseUnreadable(source, options);
  const written = withPlaceholders(source);
  if (written.text === source) return parseStatements(source, options);
  try {
    const statements = await parseStatements(written.text, { ...options, written });
    return statements.map((statement) => ({ ...statement, written }));
  } catch (error) {
    const isOther = isSyntax(error) && hasKnownOperators(tokensOf(source));
    const asItIs = isOther ? await parseStatements(source, options).catch(() => undefined) : undefined;
    if (!asItIs) throw error;
    return asItIs;
  }
}

const isSyntax = (error: unknown) => error instanceof ToolError && error.code === "sql_syntax";

/** Only after `loadGrammar()`. By the place of each in the grammar: `data ? $1` keeps its operator, `a = ?` does not. */
export function withPlaceholders(source: string): WithPlaceholders {
  const atoms = atomsOf(source, tokensOf(source));
  const numbers = numbersOf(atoms);
  const edits = atoms.flatMap((atom, at) => {
    const number = numbers.get(atom);
    return number === undefined ? escaped(atom, atoms[at - 1]) : written({ atoms, at, number, source });
  });
  const names: string[] = [];
  for (const [atom, number] of numbers) names[number - 1] ??= atom.text;
  return {
    ...writtenAnew(
      source,
      edits.filter(({ start, end, by }) => source.slice(start, end) !== by),
    ),
    names: namesFrom(names),
  };
}

/** Several of one name that is none are told apart by their order. */
function namesFrom(names: readonly string[]): readonly string[] {
  const count = new Map<string, number>();
  return Array.from(names, (name = "", at) => {
    if (name === "") return `$${at + 1}`;
    if (name !== "?" && name !== "%s") return name;
    count.set(name, (count.get(name) ?? 0) + 1);
    return names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} number ${count.get(name)}`;
  });
}

const unnamed: ReadonlySet<string | undefined> = new Set(["?", "%s"]);

/** The n of the `$n` of each placeholder. Those of Postgres itself keep theirs, and the others follow. */
function numbersOf(atoms: readonly Atom[]): ReadonlyMap<Atom, number> {
  const own = atoms.flatMap(({ style, text }) => (style === "$1" ? [Number(text.slice(1))] : []));
  let last = own.reduce((most, number) => Math.max(most, number), 0);
  const known = new Map<string, number>();
  const numbers = new Map<Atom, number>();
  for (const [at, atom] of atoms.entries()) {
    if (!atom.style) continue;
    const isTest = isTested(atoms, at);
    const name = unnamed.has(atom.style) ? `${atom.start}` : `${isTest ? "test " : ""}${atom.text}`;
    const number = atom.style === "$1" && !isTest ? Number(atom.text.slice(1)) : (known.get(name) ?? last + 1);
    known.set(name, number);
    numbers.set(atom, number);
    last = Math.max(last, number);
  }
  return numbers;
}

interface Place {
  readonly atoms: readonly Atom[];
  readonly at: number;
  readonly number: number;
  readonly source: string;
}

/** What Postgres takes where other drivers put a value into the text, or where `pg_stat_statements` took one out. */
function written({ atoms, at, number, source }: Place): readonly Edit[] {
  const atom = atoms[at];
  if (!atom) return [];
  const [before, previous, next] = [wordAt(atoms, at - 2), wordAt(atoms, at - 1), wordAt(atoms, at + 1)];
  const { start, end } = atom;
  const by = `$${number}`;
  if (previous === "in") return [{ start, end, by: `(${by})` }];
  if (isTested(atoms, at)) return [{ start, end, by: `${by}::text` }];
  if (before === "extract" && previous === "(" && next === "from") {
    return [...replaced(atoms[at - 2], "date_part"), { start, end, by }, ...replaced(atoms[at + 1], ",")];
  }
  const type = typeBefore(atoms, at);
  if (type) return [{ start: type.start, end, by: `${by}::${source.slice(type.start, type.end)}` }];
  return [{ start, end, by }];
}

const wordAt = (atoms: readonly Atom[], at: number) => atoms[at]?.text.toLowerCase();
const replaced = (atom: Atom | undefined, by: string): readonly Edit[] => (atom ? [{ start: atom.start, end: atom.end, by }] : []);

/** `? is null` says nothing of its type, and a driver that says it does not tell us. */
function isTested(atoms: readonly Atom[], at: number): boolean {
  const follow = [1, 2, 3].map((distance) => wordAt(atoms, at + distance)).join(" ");
  return /^is (?:null|not null)\b/.test(follow) && !endsValue(atoms[at - 1]) && /^(?:[(,]|\w+)$/.test(wordAt(atoms, at - 1) ?? "");
}

/** The type of `interval $1`, which only a constant may follow. */
function typeBefore(atoms: readonly Atom[], at: number): Pick<Atom, "start" | "end"> | undefined {
  const last = atoms[at - 1];
  if (!last) return undefined;
  const four = [4, 3, 2, 1].map((distance) => wordAt(atoms, at - distance)).join(" ");
  const words = /^time(?:stamp)? with(?:out)? time zone$/.test(four) ? 4 : / double precision$/.test(four) ? 2 : 1;
  const first = atoms[at - words];
  const isName = words > 1 || (endsValue(last) && /^[a-z_]/i.test(last.text) && last.keyword !== "RESERVED_KEYWORD" && !last.style);
  return first && isName && !endsValue(atoms[at - words - 1]) ? { start: first.start, end: last.end } : undefined;
}

/** Operators that a driver has written twice: `??` of JDBC, `%%` of psycopg. */
function escaped({ text, start, end }: Atom, previous: Atom | undefined): readonly Edit[] {
  return /^(?:\?\?[|&]?|%%)$/.test(text) && endsValue(previous) ? [{ start, end, by: text.slice(1) }] : [];
}
