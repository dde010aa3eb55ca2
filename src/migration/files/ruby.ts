import { spanOf } from "../../sql/position.ts";
import type { MigrationFile } from "./read.ts";
import type { Section, Stretch } from "./sections.ts";

/** `execute <<~SQL … SQL`, `execute "…"` and `execute '…'`, with or without parentheses. */
const execute =
  /\bexecute\b[ \t]*\(?[ \t]*(?:<<[~-]?(["'`]?)(\w+)\1[^\n]*\n([\s\S]*?)^[ \t]*\2\b|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)')/gm;

/** Methods of ActiveRecord that write SQL themselves. */
const schemaMethod =
  /^[ \t]*((?:add|remove|change|create|drop|rename|enable|disable|validate|reset)_(?:table|column|index|reference|belongs_to|timestamps|foreign_key|check_constraint|null_constraint|exclusion_constraint|unique_constraint|extension|enum|join_table|columns|column_default|column_null|enum_value)\w*)\b/gm;

/** The SQL that a migration of ActiveRecord executes; what it says in Ruby is told as unread. */
export function rubySections({ text }: MigrationFile): readonly Section[] {
  const off = /^\s*(disable_ddl_transaction!)/m.exec(text)?.[1];
  return methodsIn(text).map(({ name, start, end }) => {
    const calls = Array.from(text.slice(start, end).matchAll(execute), (call) => sqlOf(call, start));
    const read = calls.filter(({ fixed }) => fixed);
    const opaque = calls.filter(({ fixed }) => !fixed).map(({ stretch }) => ({ at: stretch.start, what: "execute with #{} or \\ in it" }));
    const methods = Array.from(text.slice(start, end).matchAll(schemaMethod), ({ 0: line, 1: method = "", index }) => ({
      at: start + index + line.length - method.length,
      what: method,
    }));
    return {
      direction: name === "down" ? "down" : "up",
      stretches: read.map(({ stretch }) => stretch),
      breakpoints: read.map(({ stretch }) => stretch.end),
      label: undefined,
      withoutTransaction: off,
      sends: undefined,
      notices: [...methods, ...opaque].map(
        ({ at, what }) => `line ${spanOf(text, at, at).line}, ${what}: it is Ruby, not read; the log of bin/rails db:migrate has its SQL`,
      ),
    };
  });
}

function methodsIn(text: string): readonly (Stretch & { readonly name: string })[] {
  const starts = Array.from(text.matchAll(/^[ \t]*def (?:self\.)?(\w+)/gm), ({ 1: name = "", index }) => ({ name, index }));
  return starts
    .map(({ name, index }, at) => ({ name, start: index, end: starts[at + 1]?.index ?? text.length }))
    .filter(({ name }) => name === "up" || name === "down" || name === "change");
}

function sqlOf(call: RegExpExecArray, offset: number): { readonly stretch: Stretch; readonly fixed: boolean } {
  const [found, quote, , heredoc, double, single] = call;
  const sql = heredoc ?? double ?? single ?? "";
  const start = offset + call.index + (heredoc === undefined ? found.length - 1 - sql.length : found.indexOf("\n") + 1);
  const raw = heredoc !== undefined && quote === "'";
  return { stretch: { start, end: start + sql.length }, fixed: raw || !(/\\/.test(sql) || (single === undefined && sql.includes("#{"))) };
}
