/** What a host says of how it shows the page; all of it may be missing. */
interface HostContext {
  readonly theme?: string;
  readonly styles?: { readonly variables?: Readonly<Record<string, unknown>> };
}

/** The result of the tool call that the page was opened for. */
export interface ToolResult {
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

interface Listeners {
  readonly result: (result: ToolResult) => void;
  /** The call was cancelled. */
  readonly cancelled: () => void;
}

export interface Host {
  /** The text of a resource of this server; undefined where the host reads none for a page. */
  readonly read: ((uri: string) => Promise<string>) | undefined;
}

interface Message {
  readonly jsonrpc?: unknown;
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message?: string };
}

interface Waiting {
  readonly resolve: (result: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: Error) => void;
}

const PROTOCOL = "2026-01-26";
const METHOD_NOT_FOUND = -32601;

/**
 * The page's side of MCP Apps (SEP-1865): JSON-RPC to the window that holds the frame.
 * https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx
 */
export async function connect(name: string, listeners: Listeners): Promise<Host> {
  const waiting = new Map<number | string, Waiting>();
  let last = 0;
  const send = (message: object) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const request = (method: string, params: object) =>
    new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      send({ id: last, method, params });
    });
  addEventListener("message", ({ source, data }) => {
    const message = data as Message | null;
    if (source !== parent || message?.jsonrpc !== "2.0") return;
    if (message.method === undefined) return settle(waiting, message);
    hear(message, listeners);
    if (message.id !== undefined) send(answerTo(message));
  });
  const { hostContext, hostCapabilities } = await request("ui/initialize", {
    appInfo: { name, version: "1.0.0" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
    protocolVersion: PROTOCOL,
  });
  dress(hostContext as HostContext | undefined);
  send({ method: "ui/notifications/initialized", params: {} });
  tellSize(send);
  const mayRead = (hostCapabilities as { readonly serverResources?: object } | undefined)?.serverResources !== undefined;
  return { read: mayRead ? async (uri) => textIn(await request("resources/read", { uri })) : undefined };
}

function settle(waiting: Map<number | string, Waiting>, { id = "", result, error }: Message): void {
  const asked = waiting.get(id);
  waiting.delete(id);
  if (error) asked?.reject(new Error(error.message ?? "The host refused."));
  else asked?.resolve(result ?? {});
}

function hear({ method, params }: Message, { result, cancelled }: Listeners): void {
  if (method === "ui/notifications/tool-result") result((params ?? {}) as ToolResult);
  else if (method === "ui/notifications/tool-cancelled") cancelled();
  else if (method === "ui/notifications/host-context-changed") dress(params as HostContext | undefined);
}

/** The page holds nothing that it would have to save. */
const answerTo = ({ id, method }: Message) =>
  method === "ping" || method === "ui/resource-teardown"
    ? { id, result: {} }
    : { id, error: { code: METHOD_NOT_FOUND, message: `This page does not answer ${method}.` } };

/** The host's theme and its colours and fonts. A part that it leaves out stays as it was. */
function dress({ theme, styles }: HostContext = {}): void {
  const { dataset, style } = document.documentElement;
  if (theme === "dark" || theme === "light") dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) {
    if (name.startsWith("--") && typeof value === "string") style.setProperty(name, value);
  }
}

/** The height of what is drawn, now and whenever it changes: the frame is as high, if the host likes. */
function tellSize(send: (message: object) => void): void {
  let told = "";
  const tell = () => {
    const params = { width: Math.ceil(innerWidth), height: Math.ceil(document.body.getBoundingClientRect().height) };
    const size = JSON.stringify(params);
    if (size === told) return;
    told = size;
    send({ method: "ui/notifications/size-changed", params });
  };
  new ResizeObserver(() => requestAnimationFrame(tell)).observe(document.body);
}

function textIn({ contents }: Readonly<Record<string, unknown>>): string {
  const parts = Array.isArray(contents) ? (contents as readonly { readonly text?: unknown }[]) : [];
  return parts.map(({ text }) => (typeof text === "string" ? text : "")).join("\n");
}
