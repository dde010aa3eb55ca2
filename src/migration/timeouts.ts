import type { Node, VariableSetStmt } from "@pgsql/types";
import type { Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import { constantIn } from "./constant.ts";

/** Milliseconds, 0 for none; undefined where the script says nothing. */
export interface Timeouts {
  readonly lock: number | undefined;
  readonly statement: number | undefined;
}

export const noTimeouts: Timeouts = { lock: undefined, statement: undefined };

export interface TimeoutSetting {
  /** Until the end of the transaction. */
  readonly local: boolean;
  readonly timeouts: Partial<Timeouts>;
}

const names: Readonly<Record<string, keyof Timeouts>> = { lock_timeout: "lock", statement_timeout: "statement" };

/** What SET, RESET or `select set_config(…)` does to the timeouts. */
export function timeoutsSetBy({ tree }: Statement): TimeoutSetting | undefined {
  if ("VariableSetStmt" in tree) return bySet(tree.VariableSetStmt);
  if (!("SelectStmt" in tree)) return undefined;
  for (const target of tree.SelectStmt.targetList ?? []) {
    const setting = "ResTarget" in target ? bySetConfig(target.ResTarget.val) : undefined;
    if (setting) return setting;
  }
  return undefined;
}

function bySet({ kind, name = "", args = [], is_local: local = false }: VariableSetStmt): TimeoutSetting | undefined {
  if (kind === "VAR_RESET_ALL") return { local: false, timeouts: noTimeouts };
  const timeout = names[name];
  if (!timeout) return undefined;
  return { local, timeouts: { [timeout]: kind === "VAR_SET_VALUE" ? milliseconds(constantIn(args[0])) : undefined } };
}

function bySetConfig(node: Node | undefined): TimeoutSetting | undefined {
  if (!node || !("FuncCall" in node) || namesIn(node.FuncCall.funcname).at(-1) !== "set_config") return undefined;
  const [name, value, local] = (node.FuncCall.args ?? []).map(constantIn);
  const timeout = names[String(name).toLowerCase()];
  if (!timeout || value === undefined) return undefined;
  return { local: local === true, timeouts: { [timeout]: milliseconds(value) } };
}

/** https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES */
const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(value: string | number | boolean | undefined): number | undefined {
  if (typeof value === "number") return value;
  const [, amount, unit = "ms"] = /^\s*([\d.]+)\s*(us|ms|s|min|h|d)?\s*$/.exec(String(value)) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * (units[unit] ?? 1));
}
