import { element } from "./element.ts";
import { connect, type Host, type ToolResult } from "./host.ts";

/** An answer of the tool, and what only its page draws. */
export interface Told<Answer, Picture> {
  readonly answer: Answer;
  readonly picture: Picture | undefined;
}

interface Page<Answer, Picture> {
  readonly name: string;
  draw(told: Told<Answer, Picture>, host: Host): readonly Node[];
}

const PICTURE = "backend-db-mcp/view";

/** A page draws what stands in it, as in a file; else what the host that frames it hands over. */
export async function show<Answer, Picture>(page: Page<Answer, Picture>): Promise<void> {
  const inside = document.getElementById("data")?.textContent;
  if (inside != null) return put(() => page.draw(JSON.parse(inside) as Told<Answer, Picture>, { read: undefined }));
  if (parent === window) return say("This page is shown by an MCP host. It has no data of its own.");
  say("Waiting for the answer…");
  // A host may answer the call before it has answered the page.
  const host = Promise.withResolvers<Host>();
  const opened = await connect(page.name, {
    result: async (result) => drawn(page, result, await host.promise),
    cancelled: () => say("The call was cancelled."),
  });
  host.resolve(opened);
}

function drawn<Answer, Picture>(page: Page<Answer, Picture>, { content, structuredContent, isError, _meta }: ToolResult, host: Host): void {
  const text = (content ?? []).flatMap((part) => (part.type === "text" && part.text !== undefined ? [part.text] : [])).join("\n");
  try {
    if (isError || structuredContent === undefined) say(text);
    else put(() => page.draw({ answer: structuredContent as Answer, picture: _meta?.[PICTURE] as Picture | undefined }, host));
  } catch {
    // What is not understood is still told.
    say(text);
  }
}

/** Everything is made before anything is shown. */
const put = (draw: () => readonly Node[]) => main().replaceChildren(...draw());

const say = (text: string) => main().replaceChildren(element("p", { class: "said", role: "status" }, text));

const main = () => document.getElementById("view") ?? document.body;
