/** A type as the scratch database knows it. */
export interface ValueType {
  /** As a cast names it: "character varying(20)", "public.status". */
  readonly name: string;
  /** Of what it stands for, where it is a domain: "int4", "timestamptz". */
  readonly base: string;
  readonly labels: readonly string[];
  /** Of an array, the type of its elements. */
  readonly element: ValueType | undefined;
}

const MS = { hour: 3_600_000, day: 86_400_000 };

/** Past and to come, some at midnight: conditions speak of "the last week" and of days. */
const distances = [0, -MS.hour, -400 * MS.day, -8 * MS.day, MS.day, -40 * MS.day, -MS.day, 7 * MS.hour, -3 * MS.day, 30 * MS.day];

const moment = (at: number) =>
  new Date(
    Date.now() - (Date.now() % (at % 2 === 0 ? MS.hour : MS.day)) + (distances[at % distances.length] ?? 0) - Math.floor(at / 10) * MS.day,
  ).toISOString();

const letters = (at: number): string => (at < 26 ? String.fromCharCode(97 + at) : `${letters(Math.floor(at / 26) - 1)}${letters(at % 26)}`);
const list = (values: readonly string[]) => (at: number) => values[at];

type Made = (at: number) => string | undefined;

/** With 0, by which nothing is divided. */
const whole: Made = (at) => ["1", "2", "3", "4", "0"][at] ?? String(at);
const fraction: Made = (at) => (at % 3 === 2 ? `${at}.5` : String(at + 1));
const float: Made = (at) => ["1", "0", "2.5", "NaN", "-0", "2"][at] ?? String(at);
const text: Made = (at) => ["a", "b", "c", "", "A", "a "][at] ?? letters(at);
const json: Made = (at) => ["{}", '{"a": 1}', "[1, 2]", '{"a": "b", "b": null}', '"a"', "1", "[]", "null"][at] ?? `{"a": ${at}}`;

/** The nth value of a type as text; undefined where it has no more, or where nobody knows how they are written. */
const made: Readonly<Record<string, Made>> = {
  int2: whole,
  int4: whole,
  int8: whole,
  oid: whole,
  numeric: fraction,
  float4: float,
  float8: float,
  money: whole,
  text,
  varchar: text,
  bpchar: text,
  citext: text,
  name: (at) => letters(at),
  bool: list(["true", "false"]),
  date: (at) => moment(at).slice(0, 10),
  timestamp: (at) => moment(at).replace("Z", ""),
  timestamptz: moment,
  time: (at) => `${String(at % 24).padStart(2, "0")}:30`,
  interval: (at) => `${at} hours`,
  uuid: (at) => `00000000-0000-4000-8000-${String(at + 1).padStart(12, "0")}`,
  json,
  jsonb: json,
  inet: (at) => `10.0.0.${(at % 250) + 1}`,
  cidr: (at) => `10.0.${at % 250}.0/24`,
  bytea: (at) => `\\x${(at % 256).toString(16).padStart(2, "0")}`,
  int4range: (at) => (at === 3 ? "empty" : `[${at}, ${at + 3})`),
  int8range: (at) => (at === 3 ? "empty" : `[${at}, ${at + 3})`),
  numrange: (at) => (at === 3 ? "empty" : `[${at}, ${at + 2}.5]`),
  daterange: (at) => `[${moment(at).slice(0, 10)},)`,
  tsrange: (at) => `[${moment(at).replace("Z", "")},)`,
  tstzrange: (at) => `[${moment(at)},)`,
  tsvector: (at) => `'${letters(at)}':1 'a':2`,
  xml: (at) => `<a>${at}</a>`,
  point: (at) => `(${at},${at + 1})`,
};

/** The nth value of a type, as text that it reads. */
export function nthValue({ base, labels, element }: ValueType, at: number): string | undefined {
  if (labels.length > 0) return labels[at];
  if (!element) return made[base]?.(at);
  const [one, other] = [nthValue(element, at), nthValue(element, at + 1)];
  if (one === undefined) return undefined;
  const elements = [[one], [one, other ?? one], [], [one], [one, null], [one, one]];
  return arrayOf(elements[at % elements.length] ?? []);
}

const arrayOf = (elements: readonly (string | null)[]) =>
  `{${elements.map((each) => (each === null ? "NULL" : `"${each.replaceAll(/["\\]/g, "\\$&")}"`)).join(",")}}`;

/** What a column may hold that is compared with constants. Not all of it fits the column's type. */
export interface Near {
  /** Meets the constant: itself, what its pattern matches, the day that it is, a document or a list with it inside. */
  readonly meets: readonly string[];
  /** Just misses it: its neighbours, the same in capitals, the last moment before a day and the first one after it. */
  readonly misses: readonly string[];
}

const number = /^-?\d+(?:\.\d+)?$/;
const day = /^\d{4}-\d\d-\d\d$/;

export function nearTo(constants: readonly string[], type: ValueType): Near {
  const { base } = type;
  if (base === "json" || base === "jsonb") return { meets: [...constants, ...documentsOf(constants)], misses: [] };
  const each = constants.map((constant) => nearOne(constant, type));
  return { meets: unique(each.flatMap(({ meets }) => meets)), misses: unique(each.flatMap(({ misses }) => misses)) };
}

const unique = (values: readonly string[]) => [...new Set(values)];

function nearOne(constant: string, { base, element }: ValueType): Near {
  if (element) {
    const inside = nearOne(constant, element);
    const first = nthValue(element, 0) ?? null;
    const lists = (values: readonly string[]) => values.flatMap((value) => [arrayOf([value]), arrayOf([first, value])]);
    return { meets: [constant, ...lists(inside.meets)], misses: lists(inside.misses) };
  }
  if (base.startsWith("timestamp") || base === "date") return momentsNear(constant);
  if (number.test(constant)) return { meets: [constant], misses: [String(Number(constant) + 1), String(Number(constant) - 1)] };
  if (!/[%_]/.test(constant)) return { meets: [constant], misses: [constant.toUpperCase(), `${constant}x`] };
  const matching = ["", "zz"].map((by) => constant.replaceAll("%", by).replaceAll("_", "y"));
  return { meets: matching, misses: [constant, `x${constant}x`] };
}

function momentsNear(constant: string): Near {
  const isDay = day.test(constant);
  const start = isDay ? constant : /^\d{4}$/.test(constant) ? `${constant}-01-01` : undefined;
  if (start === undefined || Number.isNaN(Date.parse(start))) return { meets: [constant], misses: [] };
  const away = (days: number) => new Date(Date.parse(start) + days * MS.day).toISOString().slice(0, 10);
  const last = " 23:59:59.999999";
  const after = isDay ? [away(1), away(31)] : [`${Number(constant) + 1}-01-01`];
  return {
    meets: [start, `${start} 12:00`, start + last],
    misses: [away(-1) + last, ...after, ...after.map((each) => `${each} 00:00:00.000001`)],
  };
}

function documentsOf(constants: readonly string[]): readonly string[] {
  const pairs = constants.flatMap((key) => constants.filter((value) => value !== key).map((value) => [key, value] as const));
  return [
    ...constants.map((key) => JSON.stringify({ [key]: 1 })),
    ...pairs
      .slice(0, 8)
      .flatMap(([key, value]) => [JSON.stringify({ [key]: value }), ...(number.test(value) ? [`{${JSON.stringify(key)}: ${value}}`] : [])]),
  ];
}
