import type { Refused } from "../error.ts";

/** How a database orders text: by bytes (C), or as a language does. */
export type Sorting = "bytes" | "linguistic";

/** What the worker is started with. */
export interface Start {
  /** Path of the image of a cluster whose database sorts so. */
  readonly image: string;
  readonly sorting: Sorting;
  readonly extensions: readonly string[];
  /** Of 64 KiB: the most that the WebAssembly memory may grow to. */
  readonly memoryPages: number;
  /** How the planner is made to believe a size; `hook` falls back to `files` where calibration fails. */
  readonly sizes: "hook" | "files";
}

/** How the twin came up. */
export interface Started {
  readonly version: string;
  readonly sizes: "hook" | "files";
}

export interface RelationSize {
  readonly oid: number;
  readonly blocks: number;
  /** Undefined: left to the planner's own guess from the blocks and the widths of the columns. */
  readonly tuples: number | undefined;
  /** Share of the blocks, 0 to 1. */
  readonly allVisible: number;
}

export interface IndexSize {
  readonly oid: number;
  readonly blocks: number;
  /** Undefined: left to the planner, as for its table. */
  readonly tuples: number | undefined;
  /** Levels below the root of a B-tree; undefined for other methods. */
  readonly height: number | undefined;
}

/** What `explain` is asked. */
export interface Question {
  readonly sql: string;
  readonly searchPath: readonly string[];
  readonly generic: boolean;
  /** Oids of indexes that the planner is not to see. */
  readonly hidden?: readonly number[];
}

/** What `costs` is asked: sets of candidates, each as those that the planner is to see of them. */
export interface CostQuestion {
  readonly sql: string;
  readonly searchPath: readonly string[];
  readonly generic: boolean;
  /** Oids of indexes. The other candidates are hidden. */
  readonly shown: readonly number[];
}

/** The result of `costs`, for each question: what the plan costs and the indexes that it reads. */
export type PlanCost =
  | { readonly cost: number; readonly indexes: readonly string[]; readonly refused?: undefined }
  | { readonly refused: Refused };

export type Request =
  | { readonly do: "begin" }
  /** Each statement in a savepoint of its own: one that is refused leaves the others standing. */
  | { readonly do: "run"; readonly statements: readonly string[] }
  | { readonly do: "read"; readonly sql: string; readonly values: readonly unknown[] }
  | ({ readonly do: "explain" } & Question)
  /** Many plans of which only this much is asked: a message for each would take as long as the plan. */
  | { readonly do: "costs"; readonly candidates: readonly number[]; readonly questions: readonly CostQuestion[] }
  | { readonly do: "size"; readonly relations: readonly RelationSize[]; readonly indexes: readonly IndexSize[] }
  /** Has the planner go by what a server of this version, before 18, knows, until sizes are forgotten. The result: whether it can. */
  | { readonly do: "plan as"; readonly versionNumber: number }
  /** A question begins: what is there now stays. */
  | { readonly do: "mark" }
  /** It ends, and everything is again as it was at the mark. The result: bytes of WebAssembly memory, which never shrinks. */
  | { readonly do: "reset" }
  /** Ends the one transaction, and forgets all sizes: what is executed from now on is kept. */
  | { readonly do: "commit" }
  | { readonly do: "execute"; readonly sql: string }
  /** Ends the one transaction. The result is that of `reset`. */
  | { readonly do: "rollback" };

export type Answer =
  | { readonly started: Started }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly refused: Refused }
  /** The cluster can no longer be trusted: start another. */
  | { readonly id: number | undefined; readonly broken: string };

/** The result of `run`: for each statement what Postgres said no to, and whether it warned. */
export interface Outcome {
  readonly refused: Refused | undefined;
  readonly warned: boolean;
}

/** The result of `explain`: the JSON as Postgres gives it, or what it said no to, with the position in the statement. */
export type Explained = { readonly plan: unknown; readonly refused?: undefined } | { readonly refused: Refused };

/** The result of `execute`: what Postgres said no to, and all that it said meanwhile. */
export interface Executed {
  readonly refused: Refused | undefined;
  readonly notices: readonly Notice[];
}

export interface Notice {
  /** "DEBUG", "NOTICE", "WARNING"… */
  readonly severity: string;
  readonly message: string;
}
