import { existsSync } from "node:fs";
import type { Client } from "@modelcontextprotocol/client";
import { build } from "esbuild";
import { type Browser, chromium, type FrameLocator, type Page } from "playwright-core";
import { afterAll, onTestFinished, test } from "vitest";
import type { Heard, Shown } from "./host/shown.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (executablePath === undefined)
  process.stdout.write("Left out: the views in a browser, which is not installed (apt-get install chromium).\n");

/** A test that needs a browser, which a machine may not have. */
export const inBrowser = test.skipIf(executablePath === undefined);

let launched: Promise<Browser> | undefined;
let hostScript: Promise<string> | undefined;
afterAll(async () => (await launched)?.close());

async function bundledHost(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL("host/page.ts", import.meta.url).pathname],
    ...{ bundle: true, write: false, format: "iife", platform: "browser", target: "es2022" },
  });
  return outputFiles[0]?.text ?? "";
}

interface Opening {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
}

/** An empty page of a browser without a network; `requests` are those that were tried, `faults` what its scripts threw or were refused. */
export async function openPage({ colorScheme = "light", width = 1000 }: Opening = {}) {
  launched ??= chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
  const page = await (await launched).newPage({ colorScheme, viewport: { width, height: 1300 } });
  onTestFinished(() => page.close());
  const requests: string[] = [];
  const faults: string[] = [];
  page.on("request", (request) => /^(about|file|blob):/.test(request.url()) || requests.push(request.url()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  return { page, requests, faults };
}

export interface Hosted {
  readonly page: Page;
  readonly view: FrameLocator;
  readonly requests: readonly string[];
  readonly faults: readonly string[];
  readonly heard: () => Promise<Heard>;
}

interface Call {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

type Shaped = Opening &
  Partial<Pick<Shown, "theme" | "variables" | "reads">> & { readonly changed?: (result: Shown["result"]) => Shown["result"] };

/** Calls a tool as a host does, and shows its view in a frame that may only run scripts, through the host's side of the official SDK. */
export async function hosted(
  client: Client,
  call: Call,
  { theme, variables, reads = true, changed, ...opening }: Shaped = {},
): Promise<Hosted> {
  const result = (await client.callTool(call)) as Shown["result"];
  const html = await htmlOf(client, call.name);
  const { page, requests, faults } = await openPage(opening);
  await page.exposeFunction("readFromServer", (uri: string) => client.readResource({ uri }));
  hostScript ??= bundledHost();
  await page.addScriptTag({ content: await hostScript });
  const shown: Shown = { html, result: changed?.(result) ?? result, reads, ...(theme && { theme }), ...(variables && { variables }) };
  await page.evaluate((told) => showView(told), shown);
  const view = page.frameLocator("#app");
  await view.locator("h1, .said:not(:text('Waiting'))").first().waitFor();
  return { page, view, requests, faults, heard: () => page.evaluate(() => heard) };
}

/** The page that a tool names for its answers. */
async function htmlOf(client: Client, tool: string): Promise<string> {
  const { tools } = await client.listTools();
  const { ui } = (tools.find(({ name }) => name === tool)?._meta ?? {}) as { readonly ui?: { readonly resourceUri: string } };
  const { contents } = await client.readResource({ uri: ui?.resourceUri ?? "" });
  const [content] = contents;
  return content && "text" in content ? content.text : "";
}
