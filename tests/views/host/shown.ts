import type { CallToolResult, ReadResourceResult } from "@modelcontextprotocol/client";

/** What a test has a host show. */
export interface Shown {
  readonly html: string;
  readonly result: CallToolResult;
  readonly theme?: "light" | "dark";
  readonly variables?: Readonly<Record<string, string>>;
  /** The host reads resources for its pages. */
  readonly reads: boolean;
}

/** What the page did to its host. */
export interface Heard {
  readonly initialized: unknown[];
  readonly sizes: { readonly width?: number | undefined; readonly height?: number | undefined }[];
  readonly read: string[];
}

declare global {
  var readFromServer: (uri: string) => Promise<ReadResourceResult>;
  var heard: Heard;
  var showView: (shown: Shown) => Promise<void>;
  var changeTheme: (theme: "light" | "dark") => void;
  var tearDown: () => Promise<unknown>;
}
