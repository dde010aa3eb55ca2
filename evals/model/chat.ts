/** What a model was told and said, in the order of time. */
export type Message =
  | { readonly by: "user"; readonly text: string }
  | { readonly by: "model"; readonly text: string; readonly calls: readonly ToolCall[] }
  | { readonly by: "tools"; readonly results: readonly ToolResult[] };

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Undefined where it is no JSON object. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
}

export interface ToolResult {
  readonly id: string;
  readonly text: string;
  readonly failed: boolean;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON schema. */
  readonly input: object;
}

export interface Reply {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly tokens: { readonly input: number; readonly output: number };
}

export interface Asked {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
}

/** Asks a model for its next message. */
export type Chat = (asked: Asked) => Promise<Reply>;

/** How one kind of API writes a question and its answer. */
export interface Protocol {
  /** Of the API's own servers. */
  readonly baseUrl: string;
  readonly path: string;
  /** The variable that holds the key. */
  readonly keyIn: string;
  headers(key: string): Readonly<Record<string, string>>;
  body(model: string, asked: Asked): object;
  /** Undefined where the body is no such answer. */
  reply(body: unknown): Reply | undefined;
}

export const inputOf = (text: string): ToolCall["input"] => {
  try {
    const input: unknown = JSON.parse(text);
    return typeof input === "object" && input !== null && !Array.isArray(input) ? (input as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
