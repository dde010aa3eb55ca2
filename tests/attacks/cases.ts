import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One line of ../shared/exams/attacks.json. */
export interface Case {
  readonly id: string;
  readonly class: string;
  /** Not always one of ours: the exam was written for any server. */
  readonly tool: string;
  readonly mode: "explain" | "analyze" | "call";
  /** Of the modes explain and analyze. */
  readonly sql?: string;
  /** Of the mode call: the arguments as they are. */
  readonly input?: Readonly<Record<string, unknown>>;
  readonly why: string;
  readonly expected: "refused" | "harmless" | "allowed";
  /** What a superuser has done to the database before. */
  readonly setup?: string;
}

/** What the placeholders of the exam stand for. */
export interface Places {
  readonly postgresPort: number;
  readonly listenerPort: number;
  readonly scratch: string;
}

const folder = join(import.meta.dirname, "../../../shared/exams");
const file = join(folder, "attacks.json");

/** A user's clone has no exams. */
export const isThere = existsSync(file);

interface Exam {
  readonly attacks: readonly Case[];
  readonly benign: readonly Case[];
}

export const { attacks, benign }: Exam = isThere ? JSON.parse(readFileSync(file, "utf8")) : { attacks: [], benign: [] };

export const worldSql = () => readFileSync(join(folder, "attacks-world.sql"), "utf8");

const named = /create (?:foreign table|table|materialized view|view|function) ("[^"]+"|\w+)/g;

/** Those that name the same objects stand together, because a server that remembers what it read then reads it once. */
export function sorted(cases: readonly Case[]): readonly Case[] {
  const names = [...worldSql().matchAll(named)].map(([, name = ""]) => name);
  const key = ({ sql = "" }: Case) => names.filter((name) => sql.toLowerCase().includes(name.toLowerCase())).join();
  const keys = new Map(cases.map((each) => [each, key(each)]));
  return cases.toSorted((one, other) => ((keys.get(one) ?? "") < (keys.get(other) ?? "") ? -1 : 1));
}

/** The arguments of a call as the exam means them: placeholders filled, long texts written out. */
export function argumentsOf(input: Readonly<Record<string, unknown>>, places: Places): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, written(value, places)]));
}

function written(value: unknown, places: Places): unknown {
  if (typeof value === "string") return filled(value, places);
  if (Array.isArray(value)) return value.map((each) => written(each, places));
  if (isRecord(value) && typeof value.$raw === "string") return rawText(value.$raw.replaceAll(" ", ""));
  if (isRecord(value) && typeof value.$gen === "string") return generated(value);
  return value;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

export const filled = (text: string, { postgresPort, listenerPort, scratch }: Places): string =>
  text.replaceAll("{{PG_PORT}}", String(postgresPort)).replaceAll("{{OUT_PORT}}", String(listenerPort)).replaceAll("{{FX}}", scratch);

const RAW = "raw bytes: ";
const rawText = (hex: string) => `${RAW}${hex}`;

/** A message as it goes over the wire, with bytes that no string can hold put where `$raw` stood. */
export function bytesOf(json: string): Buffer {
  const [before = "", ...rest] = json.split(RAW);
  const parts = rest.flatMap((part) => {
    const hex = /^[0-9a-f]*/.exec(part)?.[0] ?? "";
    return [Buffer.from(hex, "hex"), Buffer.from(part.slice(hex.length))];
  });
  return Buffer.concat([Buffer.from(before), ...parts]);
}

function generated({ $gen, n, mb }: Record<string, unknown>): string {
  const times = Number(n ?? mb);
  const make = generators[String($gen)];
  if (make === undefined) throw new Error(`the exam has a generator that is not known here: ${$gen}`);
  return make(times);
}

/** As the exam describes them under "generators". */
const generators: Readonly<Record<string, (times: number) => string>> = {
  pad: (megabytes) => `SELECT 1 /*${"x".repeat(megabytes * 1e6)}*/`,
  parens: (n) => `SELECT ${"(".repeat(n)}1${")".repeat(n)}`,
  nots: (n) => `SELECT ${"NOT ".repeat(n)}true`,
  unions: (n) => Array(n).fill("SELECT 1").join(" UNION ALL "),
  subq: (n) => `${"SELECT * FROM (".repeat(n)}SELECT 1${") x".repeat(n)}`,
  plus: (n) => `SELECT ${Array(n).fill("1").join("+")}`,
  cols: (n) => `SELECT ${Array(n).fill("1").join(",")}`,
  arr: (n) => `SELECT ARRAY${"[".repeat(n)}1${"]".repeat(n)}`,
};
