import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Token, tokensOf } from "../../../src/sql/grammar.ts";
import { numbersFrom } from "../../sql/selects.ts";

const honest = [
  "select 1",
  "select * from accounts where id = 7",
  "select count(*) from orders where status = 'new' and created_at > now() - interval '1 day'",
  "select a.email, sum(o.id) from accounts a join orders o on o.account_id = a.id group by a.email having count(*) > 2 order by 2 desc limit 5",
  "with c as (select * from orders where status = 'new') select count(*) from c",
  "with recursive t as (select id, parent from tree where id = 1 union all select x.id, x.parent from tree x join t on x.parent = t.id) select count(*) from t",
  "select status, count(*) filter (where id > 10) from orders group by grouping sets ((status), ())",
  "select sum(balance) over w, lag(balance, 1) over w from accounts window w as (order by id rows between 2 preceding and current row) limit 3",
  "select doc->>'k', doc @> '{\"k\": 1}', tags[1], array[1, 2], row(1, 2) from orders limit 2",
  "select case when balance > 10 then 'a' else coalesce(email, 'b') end, nullif(balance, 0), greatest(1, 2) from accounts",
  "select * from accounts a where exists (select 1 from orders o where o.account_id = a.id) and a.id in (1, 2, 3)",
  "select * from accounts a cross join lateral (select count(*) from orders o where o.account_id = a.id) q limit 2",
  "select 1 union select 2 union all select 3 except select 4",
  "select distinct on (status) status, id from orders order by status, id",
  "select * from v_orders where status = 'paid' limit 5",
  "select * from parted where k = 'a'",
  'select "spaß", "名前" from "Üñï 表"',
  "select $$it's; drop table x$$, $tag$ $$ $tag$, E'a\\nb', U&'\\0061', 1e3, 0.5, b'101', x'1f'",
  "select /* nested /* comment */ */ 1 -- drop table audit; commit",
  'select status as "update", id as "delete" from orders limit 1',
  'select email collate "C" from accounts order by 1 nulls last fetch first 3 rows only',
  "select date_trunc('day', created_at), extract(year from created_at), created_at at time zone 'UTC' from orders limit 3",
  "select * from generate_series(1, 3) with ordinality as g(a, n)",
  "select * from orders tablesample system (50) where balance between 1 and 5",
  "values (1, 'a'), (2, 'b')",
  "table accounts",
  "select f_good(1), random(), md5('a'), to_char(now(), 'YYYY'), length(lpad('a', 5))",
  "select relname, pg_relation_size(oid) from pg_class limit 3",
  "select xmlelement(name a, xmlattributes(1 as b), 'c'), current_user, current_date",
  "explain select * from accounts",
  "explain (costs off, verbose) select * from accounts where id = 1;",
  "  select 1 ;  \n",
  "select * from accounts where id = $1 limit $2",
  "insert into audit (what) values ('x') on conflict do nothing returning *",
  "update accounts set balance = balance + 1, email = 'x' where id = 1",
  "delete from orders o using accounts a where a.id = o.account_id and a.balance < 3 returning o.id",
  "merge into tree t using (values (1, 'x')) s(id, name) on s.id = t.id when matched then update set name = s.name when not matched then insert values (s.id, 0, s.name)",
  "with d as (delete from orders where id = 3 returning id) select count(*) from d",
  "select * from accounts where id = 1 for update",
];

/** Each leaves a trace, or is refused by the server, if it is sent as it stands. */
export const hostile: readonly string[] = [
  "select f_vol()",
  "select * from accounts where balance > f_stable()",
  "select f_immutable(1)",
  "select f_sql(), f_write()",
  "select abs('x'), json_array(1)",
  "select a.peek from accounts a",
  "select * from v_evil",
  "select * from v_immutable, v_lock",
  "select 1 <<< 2, balance <<< 3 from accounts",
  "select 'x'::dom, email::dom from accounts",
  "select 1::pair",
  "select agg_evil(id) from tree",
  "select * from guarded limit f_stable()",
  "select nextval('s1'), setval('s1', 99)",
  "select pg_advisory_lock(1), pg_try_advisory_lock(2), pg_advisory_lock_shared(3)",
  "select pg_notify('chan', 'x'), lo_create(0), lo_unlink(4242)",
  "select set_config('search_path', 'evil', false), set_config('transaction_read_only', 'off', false)",
  "select pg_terminate_backend(pid), pg_cancel_backend(pid) from pg_stat_activity where application_name like 'victim%'",
  "select pg_reload_conf(), pg_stat_reset(), pg_switch_wal()",
  "select query_to_xml('select f_vol()', true, true, ''), ts_stat('select pg_advisory_lock(4)')",
  "select * into stolen from accounts",
  "create table stolen as select 1",
  "insert into audit (what) select 'x' from accounts where f_immutable(2) = 1",
  "explain analyze delete from orders",
  "explain (analyze, analyze off) select f_vol()",
  "(analyze) delete from orders",
  "select 1; commit; begin read write; update accounts set balance = 0; commit",
  "commit; drop table audit",
  "do $$ begin perform pg_advisory_lock(5); end $$",
  "call p_write()",
  "copy accounts to program 'true'",
  "alter role victim_role superuser",
  "set default_transaction_read_only = off",
  "prepare transaction 'g1'",
  "lock table accounts",
  "declare c cursor with hold for select 1",
];

/** What is dangerous where it does not belong. */
const splinters = [
  "; commit",
  "; commit; drop table audit; --",
  ") ; drop table audit; --",
  "into stolen",
  "into temp stolen",
  "for update",
  "for key share skip locked",
  "with w as (delete from orders returning 1)",
  "(analyze)",
  "explain analyze",
  "f_vol()",
  "f_immutable(3)",
  "pg_advisory_lock(6)",
  'pg_catalog."pg_advisory_lock"(7)',
  'U&"pg\\005fadvisory_lock"(8)',
  "lo_create(0)",
  "set_config('role', 'none', false)",
  "nextval('s1')",
  "lo_export(4242, 'stolen')",
  "<<< 3",
  "operator(public.<<<) 3",
  "::dom",
  "::pair",
  "collate public.x",
  "$$",
  "$a$;commit;$a$",
  "'",
  "''",
  '"',
  "\\",
  "\\'",
  "E'\\'",
  "/*",
  "*/",
  "/* ; commit */",
  "--",
  "-- x\n",
  "\0",
  "\ufeff",
  "\u00a0",
  "\u2028",
  "\ud800",
  "$1",
  "$0",
  "1_000",
  "0x1F",
  "(select f_vol())",
  "tablesample public.tsm (1)",
  "limit f_stable()",
  "union all select f_vol()",
  "returning f_vol()",
  "cross join v_evil",
  "lateral f_vol()",
  "rows from (f_vol(), f_sql())",
  "execute x",
  "default",
  ",",
  "(",
  ")",
  ";",
];

export interface Mutants {
  /** The next one. The same seed gives the same ones in the same order. */
  next(): string;
}

/** Needs the grammar loaded. `more` are further texts to mutate. */
export function mutants(seed: number, more: readonly string[]): Mutants {
  const below = numbersFrom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const corpus = [...honest, ...honest, ...hostile, ...more].map((text) => ({ text, tokens: tokensOf(text) }));
  const tokens = corpus.flatMap((entry) => entry.tokens.map(({ text }) => text)).filter((token) => token.length < 200);
  const alike = new Map(classes.map((name) => [name, tokens.filter((token) => classOf(token) === name)]));

  const mutators: readonly ((text: string, tokens: readonly Token[]) => string)[] = [
    ...Array<Mutator>(4).fill((text, at) => replaced(text, pick(at), (token) => pick(alike.get(classOf(token)) ?? [token]))),
    (text, at) => replaced(text, pick(at), () => ""),
    (text, at) => replaced(text, pick(at), (token) => `${token} ${token}`),
    (text, at) => swapped(text, pick(at), pick(at)),
    (text, at) => replaced(text, pick(at), (token) => `${token} ${pick(splinters)} `),
    (text, at) => replaced(text, pick(at), () => ` ${pick(splinters)} `),
    (text, at) => replaced(text, pick(at), (token) => pick([" /* ; */ ", "\n", " -- é\n", "\t", "/**/", "\v"]) + token),
    (text, at) => replaced(text, pick(at), (token) => pick([token.toUpperCase(), token.toLowerCase(), `"${token}"`, escaped(token)])),
    (text, at) =>
      replaced(text, pick(at), (token) =>
        token.startsWith("'") ? pick([`E${token}`, `U&${token}`, `N${token}`, `$q$${token}$q$`]) : `(${token})`,
      ),
    (text) =>
      pick([
        `select * from (${text}) q`,
        `with q as (${text}) select * from q`,
        `(${text})`,
        `select (${text})`,
        `select 1 where exists (${text})`,
      ]),
    (text) => `${text} ${pick(["union all", "union", "except", "intersect"])} ${pick(corpus).text}`,
    (text) =>
      `${pick(["explain", "explain (costs off)", "explain verbose", "explain (analyze off)", "explain analyze", "/* x */", "prepare p as", "create view v as"])} ${text}`,
    (text) => text + pick([";", "; ", ";;", " -- x", " /* é */ ;", "\n", ` ${pick(splinters)}`]),
    (text) => spliced(text, below(text.length + 1), pick(splinters)),
    (text) => text.slice(0, below(text.length + 1)) + text.slice(below(text.length + 1)),
  ];

  return {
    next() {
      let { text } = pick(corpus);
      for (let times = below(4); times > 0; times -= 1) {
        const at = tokensOf(text);
        text = at.length === 0 ? text + pick(splinters) : pick(mutators)(text, at);
      }
      return text;
    },
  };
}

type Mutator = (text: string, tokens: readonly Token[]) => string;

const classes = ["name", "number", "string", "sign"] as const;

const classOf = (token: string): (typeof classes)[number] => {
  if (/^["\p{L}_]/u.test(token) && !token.includes("'")) return "name";
  if (/^[\d.]*\d/.test(token)) return "number";
  return /['$]/.test(token) ? "string" : "sign";
};

const replaced = (text: string, { start, end, text: token }: Token, by: (token: string) => string) =>
  text.slice(0, start) + by(token) + text.slice(end);

function swapped(text: string, one: Token, other: Token): string {
  const [first, last] = one.start < other.start ? [one, other] : [other, one];
  if (first === last) return text;
  return text.slice(0, first.start) + last.text + text.slice(first.end, last.start) + first.text + text.slice(last.end);
}

const spliced = (text: string, at: number, splinter: string) => text.slice(0, at) + splinter + text.slice(at);

const escaped = (name: string) =>
  `U&"${name.replace(/./u, (character) => `\\${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`)}"`;

const exam = fileURLToPath(new URL("../../../../shared/exams/attacks.json", import.meta.url));

/** The exam's texts, harmless and not; undefined where the folder is missing. */
export function examTexts(): readonly string[] | undefined {
  if (!existsSync(exam)) return;
  const { attacks, benign } = JSON.parse(readFileSync(exam, "utf8")) as Record<"attacks" | "benign", readonly { readonly sql?: unknown }[]>;
  return [...attacks, ...benign].flatMap(({ sql }) => (typeof sql === "string" && sql.length < 2_000 ? [sql] : []));
}
