import { literal } from "../sql/quote.ts";
import type { ColumnValues } from "../twin/column-values.ts";
import type { Compared } from "./parameters.ts";

/** A value for a parameter, told by what it is, never by itself. */
export interface Drawn {
  /** As the caller calls it. */
  readonly parameter: string;
  readonly column: string;
  readonly kind: "common value" | "rare value" | "any value" | "wide range" | "narrow range";
  /** Of the rows that have it, 0 to 1, where the statistics count it. */
  readonly share: number | undefined;
}

/** The value itself, as EXECUTE takes it: the user's own, for the twin alone. */
export interface Argument {
  readonly drawn: Drawn;
  readonly number: number;
  readonly sql: string;
}

/** The more rows, or the fewer, that can be asked for. */
export type Extent = "many" | "few";

interface Wanted {
  readonly extent: Extent;
  /** Of several parameters that must each equal this column. */
  readonly nth: number;
  /** Whether a range of it is asked from one end or between two. */
  readonly ends: "one" | "both";
}

/** Undefined where the statistics have no value. */
export function argumentOf(compared: Compared, known: ColumnValues, { extent, nth, ends }: Wanted): Argument | undefined {
  const { as, number, name: parameter, column } = compared;
  if (as === "above" || as === "below") {
    const value = boundFor(as, known.bounds, { extent, ends });
    const kind = extent === "many" ? "wide range" : "narrow range";
    return value === undefined ? undefined : { number, sql: literal(value), drawn: { parameter, column, kind, share: undefined } };
  }
  const found = extent === "many" ? commonest(known, nth) : rarest(known);
  if (!found) return undefined;
  const sql = literal(as === "list" ? `{"${found.value.replaceAll(/[\\"]/g, "\\$&")}"}` : found.value);
  const kind = known.common.length === 0 ? "any value" : extent === "many" ? "common value" : "rare value";
  return { number, sql, drawn: { parameter, column, kind, share: found.share } };
}

interface Value {
  readonly value: string;
  readonly share: number | undefined;
}

function middleOf({ bounds }: ColumnValues): Value | undefined {
  const value = bounds[bounds.length >> 1];
  return value === undefined ? undefined : { value, share: undefined };
}

const commonest = (known: ColumnValues, nth: number) => known.common[nth % Math.max(1, known.common.length)] ?? middleOf(known);

/** What is not among the commonest has an equal part of what they leave (`var_eq_const` in src/backend/utils/adt/selfuncs.c). */
const rarest = (known: ColumnValues) => middleOf(known) ?? known.common.at(-1);

/** A narrow range holds the values of one step of the histogram: at its end, or between two ends in the middle. */
function boundFor(as: "above" | "below", bounds: readonly string[], { extent, ends }: Pick<Wanted, "extent" | "ends">): string | undefined {
  const last = bounds.length - 1;
  if (extent === "many") return as === "above" ? bounds[0] : bounds[last];
  if (ends === "one") return as === "above" ? bounds[last - 1] : bounds[1];
  return as === "above" ? bounds[last >> 1] : bounds[(last >> 1) + 1];
}
