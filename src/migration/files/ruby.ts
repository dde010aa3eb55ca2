import { spanOf } from "../../sql/position.ts";
import type { MigrationFile } from "./read.ts";
import type { Direction, Section, Stretch } from "./sections.ts";

/** `execute <<~SQL … SQL`, `execute "…"` and `execute '…'`, with or without parentheses. */
const execute =
  /^[^#\n]*?\bexecute\b[ \t]*\(?[ \t]*(?:<<[~-]?(["'`]?)(\w+)\1[^\n]*\n([\s\S]*?)^[ \t]*\2\b|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)')/gm;

/** Methods of ActiveRecord that write SQL themselves. */
const schemaMethod =
  /^[ \t]*((?:add|remove|change|create|drop|rename|enable|disable|validate|reset)_(?:table|column|index|reference|belongs_to|timestamps|foreign_key|check_constraint|null_constraint|exclusion_constraint|unique_constraint|extension|enum|join_table|columns|column_default|column_null|enum_value)\w*)\b/gm;

/** The SQL that a migration of ActiveRecord executes; what it says in Ruby is told as unread. */
export function rubySections({ text }: MigrationFile): readonly Section[] {
  const withoutTransaction = /^[ \t]*(disable_ddl_transaction!)/m.exec(text)?.[1];
  return methodsIn(text).flatMap(({ name, start, end }) => {
    const method = text.slice(start, end);
    const calls = Array.from(method.matchAll(execute), (call) => ({ ...sqlOf(call, start), isDown: isDown(name, method, call.index) }));
    const opaque = calls
      .filter(({ isFixed }) => !isFixed)
      .map(({ stretch }) => ({ at: stretch.start, what: "execute with #{} or \\ in it" }));
    const methods = Array.from(method.matchAll(schemaMethod), ({ 0: line, 1: what = "", index }) => ({
      at: start + index + line.length - what.length,
      what,
    }));
    const notices = [...methods, ...opaque].map(
      ({ at, what }) => `line ${spanOf(text, at, at).line}, ${what}: it is Ruby, not read; the log of bin/rails db:migrate has its SQL`,
    );
    const section = (direction: Direction): Section => {
      const stretches = calls.filter((call) => call.isFixed && call.isDown === (direction === "down")).map(({ stretch }) => stretch);
      const breakpoints = stretches.map((stretch) => stretch.end);
      return { direction, stretches, breakpoints, label: undefined, withoutTransaction, sends: undefined, notices };
    };
    if (name === "down") return [section("down")];
    const down = calls.some((call) => call.isDown) ? [{ ...section("down"), notices: [] }] : [];
    return [section("up"), ...down];
  });
}

/** In `def change`, a block after `dir.down` of `reversible` is of the way back. */
const isDown = (method: string, text: string, at: number): boolean =>
  method === "down" || Array.from(text.slice(0, at).matchAll(/\b\w+\.(up|down)\s*(?:do\b|\{)/g)).at(-1)?.[1] === "down";

function methodsIn(text: string): readonly (Stretch & { readonly name: string })[] {
  const starts = Array.from(text.matchAll(/^[ \t]*def (?:self\.)?(\w+)/gm), ({ 1: name = "", index }) => ({ name, index }));
  return starts
    .map(({ name, index }, at) => ({ name, start: index, end: starts[at + 1]?.index ?? text.length }))
    .filter(({ name }) => name === "up" || name === "down" || name === "change");
}

function sqlOf(call: RegExpExecArray, offset: number): { readonly stretch: Stretch; readonly isFixed: boolean } {
  const [found, quote, , heredoc, double, single] = call;
  const sql = heredoc ?? double ?? single ?? "";
  const start = offset + call.index + (heredoc === undefined ? found.length - 1 - sql.length : found.indexOf("\n") + 1);
  const raw = heredoc !== undefined && quote === "'";
  return { stretch: { start, end: start + sql.length }, isFixed: raw || !(/\\/.test(sql) || (single === undefined && sql.includes("#{"))) };
}
