import { liquibaseSections } from "./liquibase.ts";
import type { MigrationFile } from "./read.ts";
import { rubySections } from "./ruby.ts";
import type { Message, Runner } from "./runner.ts";

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export type Direction = "up" | "down";

/** What of a file is run together in one direction. */
export interface Section {
  readonly direction: Direction;
  /** Of the file, in order: what is SQL of this section. */
  readonly stretches: readonly Stretch[];
  /** Where the file itself ends a message to the server. */
  readonly breakpoints: readonly number[];
  /** Tells sections of one file apart, and is the same for the two directions of one: "a:1" of a changeset. */
  readonly label: string | undefined;
  /** The directive that takes the runner's transaction away, as it is written; undefined where there is none. */
  readonly withoutTransaction: string | undefined;
  /** Where a directive changes it. */
  readonly sends: Message | undefined;
  /** What of the section cannot be read, and what a directive does not do, as sentences. */
  readonly notices: readonly string[];
}

const plain = { breakpoints: [], label: undefined, withoutTransaction: undefined, sends: undefined, notices: [] } as const;

type Cut = (file: MigrationFile) => readonly Section[];

const cuts: Partial<Record<Runner, Cut>> = {
  Drizzle: cutAtBreakpoints,
  Supabase: (file) => [{ ...whole(file), withoutTransaction: /^-- pg-delta: transaction=false/.exec(file.text)?.[0] }],
  dbmate: cutDbmate,
  goose: cutGoose,
  "sql-migrate": cutSqlMigrate,
  sqlx: (file) => [{ ...whole(file), withoutTransaction: /^-- no-transaction/.exec(file.text)?.[0] }],
  "node-pg-migrate": cutNodePgMigrate,
  Liquibase: liquibaseSections,
  Rails: (file) => (/<\s*ActiveRecord::Migration\b/.test(file.text) ? rubySections(file) : [whole(file)]),
  Atlas: cutAtlas,
};

export const sectionsOf = (runner: Runner | undefined, file: MigrationFile): readonly Section[] =>
  (runner && cuts[runner]?.(file)) ?? [whole(file)];

const whole = ({ name, text }: MigrationFile): Section => ({
  ...plain,
  direction: /(?:[./]|^)down\.sql$|(?:^|\/)U\d[\w.]*__[^/]*$/.test(name) ? "down" : "up",
  stretches: [{ start: 0, end: text.length }],
});

function cutAtBreakpoints(file: MigrationFile): readonly Section[] {
  const marks = Array.from(file.text.matchAll(/--> statement-breakpoint/g), ({ 0: mark, index }) => ({
    start: index,
    end: index + mark.length,
  }));
  const stretches = [...marks, { start: file.text.length }].map(({ start }, at) => ({ start: marks[at - 1]?.end ?? 0, end: start }));
  return [{ ...whole(file), stretches, breakpoints: marks.map(({ start }) => start) }];
}

interface Marker {
  readonly direction: Direction;
  readonly start: number;
  readonly end: number;
  /** What else its line says. */
  readonly rest: string;
}

/** `pattern` has the direction in its first group and the rest of the line in the second. */
const markersIn = (text: string, pattern: RegExp): readonly Marker[] =>
  Array.from(text.matchAll(pattern), ({ 0: line, 1: direction = "", 2: rest = "", index }) => ({
    direction: direction.toLowerCase() === "down" ? "down" : "up",
    start: index,
    end: index + line.length,
    rest,
  }));

/** From each marker to the next. */
const between = (markers: readonly Marker[], text: string) =>
  markers.map((marker, at) => ({ ...marker, stretch: { start: marker.end, end: markers[at + 1]?.start ?? text.length } }));

/** Each `up` begins a new pair, which has its own transaction. */
function cutDbmate({ text }: MigrationFile): readonly Section[] {
  const markers = between(markersIn(text, /^--\s*migrate:(up|down)(?![^\s])([^\n]*)$/gm), text);
  let pair = 0;
  const notices = markers.some(({ direction }) => direction === "down")
    ? []
    : ["dbmate refuses the file, because it has no line -- migrate:down"];
  return markers.map(({ direction, rest, stretch }) => {
    if (direction === "up") pair += 1;
    const off = /\btransaction:false\b/.test(rest);
    return {
      ...plain,
      direction,
      stretches: [stretch],
      label: markers.length > 2 ? String(pair) : undefined,
      withoutTransaction: off ? `-- migrate:${direction} transaction:false` : undefined,
      notices,
    };
  });
}

/** NO TRANSACTION is of the whole file, wherever it stands. */
function cutGoose({ text }: MigrationFile): readonly Section[] {
  const withoutTransaction = /^--\s*\+goose NO TRANSACTION(?=\s*$)/im.exec(text)?.[0];
  const variables = /^--\s*\+goose ENVSUBST ON\s*$/im.test(text)
    ? ["goose fills in variables of its environment, which are not known here"]
    : [];
  return between(markersIn(text, /^--\s*\+goose (up|down)()\s*$/gim), text).map(({ direction, stretch }) => ({
    ...plain,
    direction,
    stretches: [stretch],
    withoutTransaction,
    notices: variables,
  }));
}

function cutSqlMigrate({ text }: MigrationFile): readonly Section[] {
  return between(markersIn(text, /^-- \+migrate (Up|Down)\b([^\n]*)$/gm), text).map(({ direction, rest, start, end, stretch }) => ({
    ...plain,
    direction,
    stretches: [stretch],
    withoutTransaction: /\bnotransaction\b/.test(rest) ? text.slice(start, end).trimEnd() : undefined,
  }));
}

/** Without a marker for up, all of the file is run for it, even what stands under the marker for down. */
function cutNodePgMigrate({ text }: MigrationFile): readonly Section[] {
  const markers = between(markersIn(text, /^[ \t]*--[ \t-]*(up|down)\s+migration([^\n]*)$/gim), text);
  const sections = markers.map(({ direction, stretch }): Section => ({ ...plain, direction, stretches: [stretch] }));
  if (sections.some(({ direction }) => direction === "up")) return sections;
  const notices = ["without a line -- Up Migration, node-pg-migrate runs all of the file as up, with what stands under -- Down Migration"];
  return [...sections, { ...plain, direction: "up", stretches: [{ start: 0, end: text.length }], notices }];
}

/** A directive of a file stands in the comments at its top, which an empty line ends (`LocalFile.Directive` in sql/migrate/dir.go). */
function cutAtlas(file: MigrationFile): readonly Section[] {
  const top = /^(?:--[^\n]*\n)+(?=\s*\n)/.exec(file.text.replaceAll("\r\n", " \n"))?.[0] ?? "";
  const directive = /^-- atlas:txmode +(\w+)/m;
  const [line, mode] = directive.exec(top) ?? [];
  const idle = mode === undefined ? directive.exec(file.text)?.[0] : undefined;
  return [
    {
      ...whole(file),
      withoutTransaction: mode === "none" ? line : undefined,
      notices: idle === undefined ? [] : [`Atlas does not heed "${idle}" here: it reads it above an empty line at the top of the file`],
    },
  ];
}
