import type { Node } from "@pgsql/types";

/** A constant value. */
export interface Sized {
  /** Bytes, or digits, at most. */
  readonly size: number;
  /** Of a number, how far from zero it is at most; undefined where nothing is known. */
  readonly number?: number | undefined;
}

interface Grown {
  readonly value: Sized;
  /** Bytes read and written to compute it. */
  readonly work: number;
}

/** The last part of a qualified name; undefined for none, or a star. */
export function nameOf(names: readonly Node[] = []): string | undefined {
  const last = names.at(-1);
  return last && "String" in last ? (last.String.sval ?? "") : undefined;
}

/** A number such as 1e60000 has as many digits as its exponent says, however short it is written, in quotes too. */
export function literalOf(node: Node): Sized | undefined {
  if (!("A_Const" in node)) return;
  const { ival, fval, sval, bsval } = node.A_Const;
  if (ival !== undefined) return { size: 10, number: Math.abs(ival.ival ?? 0) };
  const text = fval?.fval ?? sval?.sval ?? bsval?.bsval ?? "";
  const exponent = /^[\s\d._+-]*e([+-]?\d+)\s*$/i.exec(text)?.[1];
  const number = fval === undefined ? undefined : Math.abs(Number(text.replaceAll("_", "")));
  return { size: text.length + Math.abs(Number(exponent ?? 0)), number };
}

/** Decimal digits before and behind the point of the largest numeric (src/include/utils/numeric.h). */
const MOST_DIGITS = 131_072 + 16_383;

/** What functions make of constants, as far as it is more than `most` of them do. */
const growths: Readonly<Record<string, (values: readonly Sized[]) => Grown>> = {
  repeat: ([text, times]) => linear(sizeOf(text) * countOf(times)),
  lpad: ([text, length]) => linear(sizeOf(text) + 4 * countOf(length)),
  rpad: ([text, length]) => linear(sizeOf(text) + 4 * countOf(length)),
  array_fill: ([element, , ...dimensions]) => linear(sizeOf(element) * 10_000 + dimensions.length),
  replace: ([text, , by]) => linear(sizeOf(text) * (1 + sizeOf(by))),
  regexp_replace: ([text, , by]) => linear(sizeOf(text) * (1 + sizeOf(by))),
  array_to_string: ([array, ...between]) => linear(sizeOf(array) * (1 + total(between))),
  concat_ws: ([between, ...texts]) => linear(total(texts) * (1 + sizeOf(between))),
  jsonb_pretty: ([json]) => linear(sizeOf(json) ** 2),
  factorial: ([of]) => ({ value: { size: Math.min(MOST_DIGITS, 5 * countOf(of)) }, work: countOf(of) ** 2 }),
  power,
  pow: power,
  numeric_power: power,
  "^": power,
  exp: ([by]) => digits((by?.number ?? MOST_DIGITS) + 20, SLOW),
  sqrt: ([of]) => digits(sizeOf(of) + 20, SLOW),
  ln: ([of]) => digits(sizeOf(of) + 20, SLOW),
  log: (of) => digits(total(of) + 20, SLOW),
  "+": plus,
  "-": plus,
  "*": ([a, b]) => product(a, b),
  "/": quotient,
  "%": quotient,
  div: quotient,
  mod: quotient,
  "||": (values) => linear(total(values)),
};

/** A numeric is computed with four decimal digits at a time, so the product of two takes a tenth of a byte's time for each pair of digits. */
const PAIR = 1 / 100;

/** Multiplications that a series takes. */
const SLOW = 50;

/** Of a function, its work is what it makes of its arguments; none but those above makes more than eight bytes of one. */
const MOST = 8;

export function growthOf(node: Node, values: readonly Sized[]): Grown {
  const name = calledBy(node);
  const grow = name === undefined ? undefined : growths[name];
  if (grow) return grow(values);
  if ("FuncCall" in node) return linear(MOST * (total(values) + MOST));
  // XML and JSON write some characters as six, XML in one more step with blanks in front of each line.
  if ("XmlExpr" in node || "XmlSerialize" in node) return linear(MOST * total(values) + total(values) ** 2 / MOST_LINES);
  const number = values.length === 1 ? values[0]?.number : undefined;
  return { value: { size: total(values) + MOST, number }, work: total(values) + MOST };
}

/** Of a text that `xmlserialize(… indent)` writes on lines of their own. */
const MOST_LINES = 10;

/** The function or operator that a node stands for. */
function calledBy(node: Node): string | undefined {
  if ("FuncCall" in node) return nameOf(node.FuncCall.funcname);
  return "A_Expr" in node && node.A_Expr.kind === "AEXPR_OP" ? nameOf(node.A_Expr.name) : undefined;
}

const sizeOf = (value: Sized | undefined) => value?.size ?? 0;
const countOf = (value: Sized | undefined) => value?.number ?? Number.POSITIVE_INFINITY;
const total = (values: readonly Sized[]) => values.reduce((sum, { size }) => sum + size, 0);
const linear = (size: number): Grown => ({ value: { size }, work: size });
const digits = (size: number, times: number): Grown => {
  const most = Math.min(MOST_DIGITS, size);
  return { value: { size: most }, work: most + times * most ** 2 * PAIR };
};

const product = (a: Sized | undefined, b: Sized | undefined): Grown => ({
  value: {
    size: Math.min(MOST_DIGITS, sizeOf(a) + sizeOf(b)),
    number: combined(a, b, (one, other) => Math.max(one, 1) * Math.max(other, 1)),
  },
  work: MOST + sizeOf(a) * sizeOf(b) * PAIR,
});

/** What is divided by less than one grows. */
function quotient([a, b]: readonly Sized[]): Grown {
  const { value, work } = product(a, b);
  return { value: { size: value.size }, work };
}

function plus([a, b]: readonly Sized[]): Grown {
  const size = sizeOf(a) + sizeOf(b);
  return { value: { size, number: b === undefined ? a?.number : combined(a, b, (one, other) => one + other) }, work: MOST + size };
}

const combined = (a: Sized | undefined, b: Sized | undefined, by: (one: number, other: number) => number): number | undefined =>
  a?.number === undefined || b?.number === undefined ? undefined : by(a.number, b.number);

function power([base, by]: readonly Sized[]): Grown {
  const exponent = by?.number ?? MOST_DIGITS;
  return digits(Math.min(MOST_DIGITS, sizeOf(base) * Math.max(1, exponent) + 20), 1);
}
