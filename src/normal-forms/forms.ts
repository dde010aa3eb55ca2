import type { Table } from "../catalog/tables.ts";
import { keysOf } from "../rewrites/keys.ts";
import { type Dependency, type Grade, grades } from "./dependency.ts";

export type Form = "2NF" | "3NF" | "BCNF";

/** Columns that follow from others which are no key: the form that the table is not in because of them. */
export interface Violation {
  readonly table: Table;
  readonly determinant: readonly string[];
  readonly dependents: readonly string[];
  readonly form: Form;
  /** The weakest of them. */
  readonly grade: Grade;
  readonly evidence: readonly string[];
}

/** A column of a key that follows from less than a key leaves BCNF; any other one 2NF where that is a part of a key, and 3NF where it is not. */
function formOf({ determinant, dependent }: Dependency, keys: readonly (readonly string[])[]): Form | undefined {
  if (keys.some((key) => key.every((name) => determinant.includes(name)))) return undefined;
  if (keys.some((key) => key.includes(dependent))) return "BCNF";
  return keys.some((key) => determinant.every((name) => key.includes(name))) ? "2NF" : "3NF";
}

/** What is left of these dependencies that a normal form forbids; innermost first, as they are to be mended. */
export function violationsOf(table: Table, dependencies: readonly Dependency[]): readonly Violation[] {
  const keys = keysOf(table);
  const generated = new Set(table.columns.filter((column) => column.generated !== undefined).map(({ name }) => name));
  const known = dependencies.filter(({ determinant, dependent }) => ![...determinant, dependent].some((name) => generated.has(name)));
  const kept = reduced(table, strongest(known));
  const groups = new Map<string, Violation>();
  for (const dependency of kept) {
    const { determinant, dependent, grade, evidence } = dependency;
    const form = formOf(dependency, keys);
    if (!form) continue;
    const key = JSON.stringify([determinant, form, grade === "declared", grade === "possible"]);
    const before = groups.get(key) ?? { table, determinant, dependents: [], form, grade, evidence: [] };
    groups.set(key, {
      ...before,
      dependents: [...before.dependents, dependent],
      grade: grades[Math.max(grades.indexOf(before.grade), grades.indexOf(grade))] ?? grade,
      evidence: [...new Set([...before.evidence, evidence])],
    });
  }
  const found = [...groups.values()];
  const depth = ({ determinant }: Violation) =>
    found.some(({ dependents }) => determinant.some((name) => dependents.includes(name))) ? 0 : 1;
  return found.sort((a, b) => depth(a) - depth(b));
}

/** Each once, with what speaks the most for it. */
function strongest(dependencies: readonly Dependency[]): readonly Dependency[] {
  const found = new Map<string, Dependency>();
  const sorted = dependencies.toSorted((a, b) => grades.indexOf(a.grade) - grades.indexOf(b.grade));
  for (const dependency of sorted) {
    const determinant = dependency.determinant.toSorted();
    const key = JSON.stringify([determinant, dependency.dependent]);
    if (!found.has(key)) found.set(key, { ...dependency, determinant });
  }
  return [...found.values()];
}

/** Without what follows from less, from what the other way round is as good, or through a third. */
function reduced(table: Table, all: readonly Dependency[]): readonly Dependency[] {
  const has = (determinant: readonly string[], dependent: string) =>
    all.some((each) => each.dependent === dependent && each.determinant.join("\n") === determinant.join("\n"));
  const isMinimal = ({ determinant, dependent }: Dependency) =>
    !all.some(
      (less) =>
        less.dependent === dependent &&
        less.determinant.length < determinant.length &&
        less.determinant.every((name) => determinant.includes(name)),
    );
  const equals = (one: string, other: string) => has([one], other) && has([other], one);
  const names = table.columns.map(({ name }) => name);
  const isTold = ({ determinant, dependent }: Dependency) => {
    const [from] = determinant;
    if (determinant.length !== 1 || from === undefined) return true;
    const better = names.filter((name) => name !== from && equals(name, from) && preferred(table, name, from));
    if (better.some((name) => name === dependent || has([name], dependent))) return false;
    const isThrough = (through: string) =>
      has([from], through) &&
      has([through], dependent) &&
      !has([through], from) &&
      (!has([dependent], through) || preferred(table, through, dependent));
    return !names.some((through) => through !== from && through !== dependent && isThrough(through));
  };
  return all.filter((dependency) => isMinimal(dependency) && isTold(dependency));
}

/** Of two columns that say the same, the one that is rather an identifier. */
function preferred({ columns, constraints }: Table, one: string, other: string): boolean {
  const rank = (name: string) => [
    constraints.some(({ kind, columns: own }) => kind === "foreign key" && own.includes(name)) ? 0 : 1,
    /(^|_)(id|code|key|number|no)$|Id$/i.test(name) ? 0 : 1,
    columns.findIndex((column) => column.name === name),
  ];
  const [mine, its] = [rank(one), rank(other)];
  const place = mine.findIndex((value, at) => value !== its[at]);
  return (mine[place] ?? 0) < (its[place] ?? 0);
}
