/** How many values a column is taken to have, as `pg_stats.n_distinct` counts: below 0 it is a share of the rows. */
export interface Guess {
  readonly distinct: number;
  readonly assumed: string;
}

const few = { distinct: 8, assumed: "8 values (name)" };
const hundred = { distinct: 100, assumed: "100 values (name)" };
const nearlyUnique = { distinct: -0.95, assumed: "19 of 20 values differ (name)" };
const tenth = { distinct: -0.1, assumed: "10 rows for each value (name)" };

/** The last word of a name says what it holds, the words before it of what: `billing_country`, `event_type`. */
const texts: readonly (readonly [words: RegExp, guess: Guess])[] = [
  [/(^|_)(status|state|kind|type|role|level|tier|plan|priority|severity|mode|method|stage|phase|action|channel|source)$/, few],
  [/(^|_)(country|category|currency|language|lang|locale|region|timezone|time_zone|department|brand)(_code|_name)?$/, hundred],
  [/^(first|last|middle|family|given|sur)_?name$/, { distinct: -0.1, assumed: "10 rows for each value (name)" }],
  [/(^|_)(e?mail|e_mail|uuid|guid|name|username|login|slug|token|hash|sku|url|phone)(_address|_digest)?$/, nearlyUnique],
];

const id = /(^|_)(id|uuid|guid|ref)$/;

/** By the name alone, where neither a constraint nor the type says anything. `base`: of a domain, what it is made of. */
export function guessByName(name: string, base: string): Guess | undefined {
  const word = name.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  if (/_(id|uuid|guid)$/.test(word) && isKeyType(base)) return tenth;
  if (base === "uuid") return nearlyUnique;
  if (!isText(base)) return undefined;
  return texts.find(([words]) => words.test(word))?.[1] ?? (id.test(word) ? tenth : undefined);
}

/** `citext` may be in any schema. */
const isText = (type: string) => /^(text|character varying|character|bpchar|name)\b|(^|\.)citext$/.test(type);
const isKeyType = (type: string) => /^(bigint|integer|smallint|uuid|numeric)\b/.test(type) || isText(type);

const inserted =
  /^(created|inserted|added|logged|recorded|received|occurred|happened|registered|signed_up|placed|posted)(_at|_on|_time|_date)?$/;
const whenever = /^(at|ts|time|timestamp|event_time|logged_at)$/;

/** When a row came to be: rows then lie in this order, and no two at the same microsecond. */
export const isInsertionTime = (name: string, base: string) =>
  /^(timestamp|date)\b/.test(base) && (inserted.test(name) || whenever.test(name));

const gone = /^(deleted|removed|archived|revoked|cancell?ed|banned|suspended|disabled|blocked|discarded)_(at|on|by)$/;

/** What few rows ever come to. */
export const isRarelySet = (name: string) => gone.test(name);
