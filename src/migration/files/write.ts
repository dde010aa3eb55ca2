import { parseStatements, type Statement } from "../../sql/parse.ts";
import { runsAlone } from "../alone.ts";
import type { MigrationFile } from "./read.ts";
import type { Runner } from "./runner.ts";

/** What one message to the server may hold: a statement, or what stands between BEGIN and COMMIT. */
interface Piece {
  readonly text: string;
  /** It has semicolons within. */
  readonly isLong: boolean;
}

interface Script {
  readonly pieces: readonly Piece[];
  /** "orders_quantity". */
  readonly name: string;
  /** It must not run in one transaction: several steps, or one that refuses it. */
  readonly leaves: boolean;
  /** Comments behind the last statement. */
  readonly rest: string;
}

type Writer = (script: Script) => readonly MigrationFile[];

/**
 * SQL as the files that this tool would run statement by statement, outside its transaction where they must be. `<time>` and
 * `<version>` stand for what the tool gives a new file. Undefined for a tool of which nothing in a file can do that, or that has no files of its own.
 */
export async function filesOf(runner: Runner, sql: string, about: string): Promise<readonly MigrationFile[] | undefined> {
  const write = writers[runner];
  if (!write) return undefined;
  const statements = await parseStatements(sql);
  const pieces = piecesOf(statements);
  const rest = sql
    .slice(statements.at(-1)?.end ?? 0)
    .replace(/^;/, "")
    .trim();
  const leaves = pieces.length > 1 || statements.some((statement) => runsAlone(statement) !== undefined || statement.kind === "DoStmt");
  return write({ pieces, name: slug(about), leaves, rest });
}

/** A file of its own runs without the tool's transaction, if it says so. */
export const hasWayOut = (runner: Runner): boolean => writers[runner] !== undefined;

/** A transaction of the script's own is one piece. */
function piecesOf(statements: readonly Statement[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let open: string[] | undefined;
  for (const { text, tree } of statements) {
    const kind = "TransactionStmt" in tree ? tree.TransactionStmt.kind : undefined;
    if (kind === "TRANS_STMT_BEGIN") open = [];
    open?.push(`${text};`);
    if (open === undefined) pieces.push({ text: `${text};`, isLong: text.includes(";") });
    if (kind === "TRANS_STMT_COMMIT" && open) pieces.push({ text: open.join("\n"), isLong: true });
    if (kind === "TRANS_STMT_COMMIT") open = undefined;
  }
  return pieces;
}

const slug = (about: string) =>
  about
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .toLowerCase() || "migration";

const whole = ({ pieces, rest }: Script) => `${[...pieces.map(({ text }) => text), ...(rest === "" ? [] : [rest])].join("\n")}\n`;

/** A file for each piece: the tool sends a file as one message, which is one transaction. */
const each = (script: Script, write: (body: string, suffix: string, number: string) => readonly MigrationFile[]) =>
  script.pieces.flatMap((piece, at) => {
    const isLast = at === script.pieces.length - 1;
    const number = script.pieces.length > 1 ? String(at + 1) : "";
    return write(whole({ ...script, pieces: [piece], rest: isLast ? script.rest : "" }), number === "" ? "" : `_${number}`, number);
  });

/** goose and sql-migrate cut at semicolons unless they are told. */
const marked = (comment: string, { pieces, rest }: Script) =>
  [
    ...pieces.map(({ text, isLong }) => (isLong ? `-- ${comment} StatementBegin\n${text}\n-- ${comment} StatementEnd` : text)),
    ...(rest === "" ? [] : [rest]),
    "",
  ].join("\n");

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, "      ");

const camel = (name: string) => name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** How a file leaves the transaction: {@link habits} names each way and its source. */
const writers: Readonly<Partial<Record<Runner, Writer>>> = {
  Prisma: (script) => [{ name: `prisma/migrations/<time>_${script.name}/migration.sql`, text: whole(script) }],
  Supabase: (script) => [
    {
      name: `supabase/migrations/<time>_${script.name}.sql`,
      text: `${script.leaves ? "-- pg-delta: transaction=false\n" : ""}${whole(script)}`,
    },
  ],
  Flyway: (script) => {
    const name = `V<version>__${script.name}.sql`;
    return [{ name, text: whole(script) }, ...(script.leaves ? [{ name: `${name}.conf`, text: "executeInTransaction=false\n" }] : [])];
  },
  Rails: ({ pieces, name, leaves, rest }) => [
    {
      name: `db/migrate/<time>_${name}.rb`,
      text: [
        `class ${camel(name)} < ActiveRecord::Migration[7.0]`,
        ...(leaves ? ["  disable_ddl_transaction!", ""] : []),
        "  def up",
        ...pieces.map(({ text }) => `    execute <<~'SQL'\n${indented(text)}\n    SQL`),
        ...(rest === "" ? [] : [rest.replaceAll(/^-- ?/gm, "    # ")]),
        "  end",
        "end",
        "",
      ].join("\n"),
    },
  ],
  dbmate: (script) =>
    each(script, (body, suffix, number) => [
      {
        name: `db/migrations/<time${number}>_${script.name}${suffix}.sql`,
        text: `-- migrate:up${script.leaves ? " transaction:false" : ""}\n${body}\n-- migrate:down\n`,
      },
    ]),
  "golang-migrate": (script) =>
    each(script, (body, suffix, number) => [{ name: `migrations/<version${number}>_${script.name}${suffix}.up.sql`, text: body }]),
  goose: (script) => [
    {
      name: `migrations/<time>_${script.name}.sql`,
      text: `${script.leaves ? "-- +goose NO TRANSACTION\n" : ""}-- +goose Up\n${marked("+goose", script)}`,
    },
  ],
  sqlx: (script) =>
    each(script, (body, suffix, number) => [
      { name: `migrations/<time${number}>_${script.name}${suffix}.sql`, text: `${script.leaves ? "-- no-transaction\n" : ""}${body}` },
    ]),
  diesel: (script) =>
    each(script, (body, suffix, number) => {
      const folder = `migrations/<time${number}>_${script.name}${suffix}`;
      const metadata = { name: `${folder}/metadata.toml`, text: "run_in_transaction = false\n" };
      return [{ name: `${folder}/up.sql`, text: body }, ...(script.leaves ? [metadata] : [])];
    }),
  "sql-migrate": (script) => [
    {
      name: `migrations/<time>_${script.name}.sql`,
      text: `-- +migrate Up${script.leaves ? " notransaction" : ""}\n${marked("+migrate", script)}`,
    },
  ],
  Liquibase: ({ pieces, name, leaves, rest }) => [
    {
      name: `changelog/${name}.sql`,
      text: [
        "--liquibase formatted sql",
        ...pieces.map(
          ({ text }, at) =>
            `\n--changeset <author>:${name}${pieces.length > 1 ? `_${at + 1}` : ""} splitStatements:false${leaves ? " runInTransaction:false" : ""}\n${text}`,
        ),
        ...(rest === "" ? [] : [rest]),
        "",
      ].join("\n"),
    },
  ],
  Atlas: (script) => [
    {
      name: `migrations/<time>_${script.name}.sql`,
      text: `${script.leaves ? "-- atlas:txmode none\n\n" : ""}${whole(script)}`,
    },
  ],
};
