import type { MigrationFile } from "./read.ts";
import type { Direction, Section, Stretch } from "./sections.ts";

interface Changeset {
  readonly label: string;
  readonly attributes: string;
  readonly up: Stretch[];
  readonly down: Stretch[];
}

const changesetLine = /^\s*--\s*changeset\s+("[^"]+"|[^:]+):\s*("[^"]+"|\S+)(.*)$/i;
const rollbackLine = /^\s*--\s*rollback\s(.*)$/i;
/** No SQL, or that of another changeset (`handleRollbackSequence` in AbstractFormattedChangeLogParser.java). */
const noRollback = /^\s*(?:empty|not required)|\bchangesetid:/i;

/** A section for each direction of each changeset, each of which has a transaction of its own. */
export function liquibaseSections({ text }: MigrationFile): readonly Section[] {
  return changesetsIn(text).flatMap(sectionsOfChangeset(text));
}

function changesetsIn(text: string): readonly Changeset[] {
  const changesets: Changeset[] = [];
  let inRollback = false;
  let ignored = false;
  for (const { 0: line, index } of text.matchAll(/[^\n]*(?:\n|$)/g)) {
    const written = line.replace(/\r?\n$/, "");
    const current = changesets.at(-1);
    const [, author, id, attributes = ""] = changesetLine.exec(written) ?? [];
    if (/^\s*--\s*ignoreLines:(?:start|end)/i.test(written)) ignored = /start/i.test(written);
    else if (ignored) continue;
    else if (author !== undefined) changesets.push({ label: `${author.trim()}:${id}`, attributes, up: [], down: [] });
    else if (inRollback) {
      inRollback = !/\*\/\s*$/.test(written);
      current?.down.push({ start: index, end: index + written.replace(/\*\/\s*$/, "").length });
    } else if (/^\s*\/\*\s*liquibase\s*rollback\s*$/i.test(written)) inRollback = true;
    else if (current) addLine(current, line, index);
  }
  return changesets;
}

function addLine(changeset: Changeset, line: string, start: number): void {
  const [, rollback] = rollbackLine.exec(line.trimEnd()) ?? [];
  if (rollback === undefined) changeset.up.push({ start, end: start + line.length });
  else if (!noRollback.test(rollback)) {
    const end = start + line.trimEnd().length;
    changeset.down.push({ start: end - rollback.length, end });
  }
}

const sectionsOfChangeset =
  (text: string) =>
  ({ label, attributes, up, down }: Changeset): readonly Section[] => {
    const dbms = /\bdbms:"?([^\s"]+)/i.exec(attributes)?.[1];
    if (dbms !== undefined && !isForPostgres(dbms)) return [];
    const shared = {
      label,
      withoutTransaction: /\brunInTransaction:false\b/i.exec(attributes)?.[0],
      notices: /\bcontext(?:Filter)?:|\blabels:/i.test(attributes)
        ? [`the changeset ${label} is run only in the contexts that it names`]
        : [],
    };
    return [
      ...direction("up", up, { text, attributes, prefix: "" }),
      ...direction("down", down, { text, attributes, prefix: "rollback" }),
    ].map((section) => ({ ...section, ...shared }));
  };

interface Written {
  readonly text: string;
  readonly attributes: string;
  /** Of the attributes of this direction. */
  readonly prefix: string;
}

function direction(direction: Direction, lines: readonly Stretch[], { text, attributes, prefix }: Written) {
  if (lines.length === 0) return [];
  const unsplit = new RegExp(`\\b${prefix}splitStatements:false\\b`, "i").test(attributes);
  const delimiter = new RegExp(`\\b${prefix}endDelimiter:(\\S+)`, "i").exec(attributes)?.[1] ?? ";";
  const cut = delimiter === ";" ? { stretches: lines, breakpoints: [] } : cutAt(delimiter, lines, text);
  return [{ direction, ...cut, sends: unsplit ? ("file" as const) : undefined }];
}

const isForPostgres = (dbms: string) => {
  const named = dbms.toLowerCase().split(",");
  if (named.every((name) => name.startsWith("!"))) return !named.includes("!postgresql");
  return named.includes("postgresql") || named.includes("all");
};

/** A delimiter of its own at the end of a line ends a statement, and is no SQL. */
function cutAt(delimiter: string, lines: readonly Stretch[], text: string): Pick<Section, "stretches" | "breakpoints"> {
  const breakpoints: number[] = [];
  const stretches = lines.map(({ start, end }) => {
    const line = text.slice(start, end).trimEnd();
    if (!line.endsWith(delimiter)) return { start, end };
    breakpoints.push(start + line.length - delimiter.length);
    return { start, end: start + line.length - delimiter.length };
  });
  return { stretches, breakpoints };
}
