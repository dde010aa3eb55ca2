import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  fromJsonSchema,
  inputRequired,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Prompts } from "../../src/prompts.ts";

/** A red pixel as PNG, and a WAV without a sample. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

const text = (said: string) => ({ type: "text" as const, text: said });
const image = { type: "image" as const, data: PIXEL, mimeType: "image/png" };
const says = (said: string) => ({ content: [text(said)] });
const embedded = (uri: string, mimeType: string, said: string) => ({ type: "resource" as const, resource: { uri, mimeType, text: said } });

const nothing = z.object({});
const DESCRIBED = "Asked for by the conformance suite";
const described = (about: string) => ({ description: `${DESCRIBED}: ${about}`, inputSchema: nothing });

const ask = (field: string, type: string, message: string) =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: "object", properties: { [field]: { type } }, required: [field] } as never,
  });
const sample = (said: string) => inputRequired.createMessage({ messages: [{ role: "user", content: text(said) }], maxTokens: 50 });

/** What rounds of a call hand on through the client, sealed. */
const states = createRequestStateCodec<{ readonly round: number }>({ key: crypto.getRandomValues(new Uint8Array(32)) });

/** Adds to a server what the suite's scenarios call by name. Everything else is the server's own. */
export function withFixtures(server: McpServer, prompts: Prompts): McpServer {
  server.server.registerCapabilities({ logging: {}, resources: { subscribe: true } });
  // An option of the constructor, which is the server's own: no tool of it hands a state on.
  Object.assign(server.server, { _requestStateVerify: states.verify });
  contents(server);
  notices(server);
  questions(server);
  rounds(server);
  resources(server);
  promptFixtures(server, prompts);
  return server;
}

function contents(server: McpServer): void {
  server.registerTool("test_simple_text", described("a text"), () => says("This is a simple text response for testing."));
  server.registerTool("test_image_content", described("an image"), () => ({ content: [image] }));
  server.registerTool("test_audio_content", described("a sound"), () => ({
    content: [{ type: "audio", data: SILENCE, mimeType: "audio/wav" }],
  }));
  server.registerTool("test_embedded_resource", described("a resource"), () => ({
    content: [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
  }));
  server.registerTool("test_multiple_content_types", described("several kinds"), () => ({
    content: [
      text("Multiple content types test:"),
      image,
      embedded("test://mixed-content-resource", "application/json", JSON.stringify({ test: "data", value: 123 })),
    ],
  }));
  server.registerTool("test_error_handling", described("an error"), () => ({
    isError: true,
    ...says("This tool intentionally returns an error for testing"),
  }));
  server.registerTool("test_streaming_elicitation", described("no request beside the answer"), () => says("done"));
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: `${DESCRIBED}: a schema of draft 2020-12`, inputSchema: fromJsonSchema(draft2020) },
    (args) => says(JSON.stringify(args)),
  );
  server.registerTool(
    "test_x_mcp_header",
    {
      description: `${DESCRIBED}: an argument that is a header as well`,
      inputSchema: fromJsonSchema<{ region?: string }>({
        type: "object",
        properties: { region: { type: "string", "x-mcp-header": "Region" } as object, level: { type: "integer" } },
      }),
    },
    ({ region = "" }) => says(region),
  );
}

const draft2020 = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object" as const,
  $defs: {
    address: { $anchor: "addressDef", type: "object", properties: { street: { type: "string" }, city: { type: "string" } } },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

function notices(server: McpServer): void {
  server.registerTool("test_tool_with_logging", described("log messages"), async (_, { mcpReq }) => {
    for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"])
      await mcpReq.notify({ method: "notifications/message", params: { level: "info", data } });
    return says("logged");
  });
  server.registerTool("test_logging_tool", described("a log message where the request wants one"), async (_, { mcpReq }) => {
    await mcpReq.log("info", "logged");
    return says("logged");
  });
  server.registerTool("test_tool_with_progress", described("progress"), async (_, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [0, 50, 100])
      await mcpReq.notify({ method: "notifications/progress", params: { progressToken: progressToken ?? "", progress, total: 100 } });
    return says("done");
  });
  server.server.setRequestHandler("logging/setLevel", () => ({}));
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}

const choices = ["option1", "option2", "option3"];
const titled = [
  { const: "value1", title: "First" },
  { const: "value2", title: "Second" },
  { const: "value3", title: "Third" },
];

/** Forms with presets of every primitive type, and with every form of a choice. */
const forms = {
  test_elicitation_sep1034_defaults: {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  },
  test_elicitation_sep1330_enums: {
    untitledSingle: { type: "string", enum: choices },
    titledSingle: { type: "string", oneOf: titled },
    legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["One", "Two", "Three"] },
    untitledMulti: { type: "array", minItems: 1, maxItems: 3, items: { type: "string", enum: choices } },
    titledMulti: { type: "array", minItems: 1, maxItems: 3, items: { anyOf: titled } },
  },
};

/** Milliseconds: without a session the answer never comes. */
const answered = { timeout: 2_000 };

/** Revision 2025: the server asks its client back while a call runs. */
function questions(server: McpServer): void {
  const elicit = async ({ mcpReq }: ServerContext, message: string, properties: object) => {
    const requestedSchema = { type: "object" as const, properties: properties as never };
    const { action, content } = await mcpReq.send({ method: "elicitation/create", params: { message, requestedSchema } }, answered);
    return says(`action=${action}, content=${JSON.stringify(content ?? {})}`);
  };
  server.registerTool(
    "test_elicitation",
    { ...described("a question to the user"), inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) => elicit(context, message, { response: { type: "string" } }),
  );
  for (const [name, properties] of Object.entries(forms))
    server.registerTool(name, described("a form"), (_, context) => elicit(context, "Please fill in the form", properties));
  server.registerTool(
    "test_sampling",
    { ...described("a question to the model"), inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const params = { messages: [{ role: "user" as const, content: text(prompt) }], maxTokens: 100 };
      const { content } = await mcpReq.send({ method: "sampling/createMessage", params }, answered);
      return says(`LLM response: ${JSON.stringify(content)}`);
    },
  );
}

/** Revision 2026: a call that needs input ends with what it needs, and is sent again with it. */
function rounds(server: McpServer): void {
  const name = () => ask("name", "string", "What is your name?");
  const confirmed = () => ask("ok", "boolean", "Please confirm");
  const prefix = "test_input_required_result_";

  server.registerTool(`${prefix}elicitation`, described("a name"), (_, { mcpReq }) => {
    const given = acceptedContent<{ name: unknown }>(mcpReq.inputResponses, "user_name")?.name;
    return typeof given === "string" ? says(`Hello, ${given}!`) : inputRequired({ inputRequests: { user_name: name() } });
  });
  server.registerTool(`${prefix}sampling`, described("an answer of the model"), (_, { mcpReq }) => {
    const given = mcpReq.inputResponses?.capital_question;
    return given
      ? says(JSON.stringify(given))
      : inputRequired({ inputRequests: { capital_question: sample("What is the capital of France?") } });
  });
  server.registerTool("test_missing_capability", described("an answer that nobody may give"), (_, { mcpReq }) => {
    const given = mcpReq.inputResponses?.llm_answer;
    return given ? says("answered") : inputRequired({ inputRequests: { llm_answer: sample("Say pong") } });
  });
  server.registerTool(`${prefix}list_roots`, described("the client's roots"), (_, { mcpReq }) => {
    const given = mcpReq.inputResponses?.client_roots;
    return given ? says(JSON.stringify(given)) : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  });
  server.registerTool(`${prefix}multiple_inputs`, described("three answers at once"), async (_, { mcpReq }) => {
    const { user_name, greeting, client_roots } = mcpReq.inputResponses ?? {};
    if (user_name && greeting && client_roots) return says(JSON.stringify([user_name, greeting, client_roots]));
    return inputRequired({
      inputRequests: { user_name: name(), greeting: sample("Generate a greeting"), client_roots: inputRequired.listRoots() },
      requestState: await states.mint({ round: 1 }),
    });
  });
  server.registerTool(`${prefix}multi_round`, described("two rounds"), async (_, context) => {
    const round = stateOf(context)?.round ?? 0;
    if (round === 2) return says("Multi-round complete");
    const inputRequests = round === 0 ? { step1: name() } : { step2: ask("color", "string", "What is your favorite color?") };
    return inputRequired({ inputRequests, requestState: await states.mint({ round: round + 1 }) });
  });
  for (const tool of ["request_state", "tampered_state"]) {
    server.registerTool(`${prefix}${tool}`, described("a sealed state"), async (_, context) => {
      const state = stateOf(context);
      if (state && acceptedContent(context.mcpReq.inputResponses, "confirm")) return says("state-ok, integrity-ok");
      return inputRequired({ inputRequests: { confirm: confirmed() }, requestState: await states.mint({ round: 1 }) });
    });
  }
  server.registerTool(`${prefix}capabilities`, described("only what the client can answer"), (_, { mcpReq }) => {
    if (mcpReq.inputResponses) return says("answered");
    const can = (mcpReq.envelope as Record<string, ClientCapabilities | undefined> | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
    const inputRequests = {
      ...(can?.elicitation && { user_name: name() }),
      ...(can?.sampling && { greeting: sample("Generate a greeting") }),
      ...(can?.roots && { client_roots: inputRequired.listRoots() }),
    };
    return Object.keys(inputRequests).length === 0 ? says("nothing can be asked") : inputRequired({ inputRequests });
  });
}

const stateOf = ({ mcpReq }: ServerContext) => mcpReq.requestState<{ readonly round: number }>();

function resources(server: McpServer): void {
  const mimeType = "text/plain";
  const fixed = { "static-text": "This is the content of the static text resource.", "watched-resource": "Watched resource content" };
  for (const [name, said] of Object.entries(fixed))
    server.registerResource(name, `test://${name}`, { title: name, mimeType }, ({ href: uri }) => ({
      contents: [{ uri, mimeType, text: said }],
    }));
  server.registerResource("static-binary", "test://static-binary", { title: "An image", mimeType: "image/png" }, ({ href: uri }) => ({
    contents: [{ uri, mimeType: "image/png", blob: PIXEL }],
  }));
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined });
  server.registerResource("template", template, { title: "A template", mimeType: "application/json" }, ({ href: uri }, { id }) => ({
    contents: [{ uri, mimeType: "application/json", text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }],
  }));
}

const user = (content: ReturnType<typeof text> | typeof image | ReturnType<typeof embedded>) => ({ role: "user" as const, content });
const argument = (name: string) => ({ name, description: `${name} of the conformance suite`, required: true });

/** The server answers for its prompts by handlers of its own, so these stand before them. */
function promptFixtures({ server }: McpServer, own: Prompts): void {
  const fixtures: Readonly<
    Record<string, { readonly arguments: readonly string[]; messages(given: Readonly<Record<string, string>>): ReturnType<typeof user>[] }>
  > = {
    test_simple_prompt: { arguments: [], messages: () => [user(text("This is a simple prompt for testing."))] },
    test_prompt_with_arguments: {
      arguments: ["arg1", "arg2"],
      messages: ({ arg1, arg2 }) => [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    },
    test_prompt_with_embedded_resource: {
      arguments: ["resourceUri"],
      messages: ({ resourceUri = "" }) => [
        user(embedded(resourceUri, "text/plain", "Embedded resource content for testing.")),
        user(text("Read it.")),
      ],
    },
    test_prompt_with_image: { arguments: [], messages: () => [user(image), user(text("Look at it."))] },
  };
  server.setRequestHandler("prompts/list", async () => ({
    prompts: [
      ...(await own.list()).map(({ name, description }) => ({ name, description })),
      ...Object.entries(fixtures).map(([name, fixture]) => ({ name, description: DESCRIBED, arguments: fixture.arguments.map(argument) })),
      { name: "test_input_required_result_prompt", description: DESCRIBED },
    ],
  }));
  server.setRequestHandler("prompts/get", ({ params: { name, arguments: given = {} } }, { mcpReq }) => {
    const fixture = fixtures[name];
    if (fixture) return { messages: fixture.messages(given) };
    if (name !== "test_input_required_result_prompt")
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt ${name}.`);
    const context = acceptedContent<{ context: string }>(mcpReq.inputResponses, "user_context")?.context;
    return context === undefined
      ? inputRequired({ inputRequests: { user_context: ask("context", "string", "Which context?") } })
      : { messages: [user(text(context))] };
  });
  server.setRequestHandler("completion/complete", () => ({ completion: { values: [], total: 0, hasMore: false } }));
}
