import { tools } from "./index.ts";
import type { Tool } from "./tool.ts";

type JsonSchema = Record<string, unknown>;

/** A tool as clients list it: what it takes and gives is JSON Schema. */
export interface ListedTool extends Pick<Tool, "name" | "title" | "description" | "view" | "withoutDatabase"> {
  readonly input: JsonSchema;
  readonly output: JsonSchema;
}

const DRAFT = { target: "draft-2020-12" } as const;

/** The build puts the list itself in the place of this module, so that nothing of a tool is loaded before it is called. */
export const listed: readonly ListedTool[] = tools.map(({ name, title, description, view, withoutDatabase, input, output }) => ({
  name,
  title,
  description,
  ...(view && { view }),
  ...(withoutDatabase && { withoutDatabase }),
  input: input["~standard"].jsonSchema.input(DRAFT),
  output: output["~standard"].jsonSchema.output(DRAFT),
}));

export async function toolNamed(name: string): Promise<Tool> {
  const found = tools.find((tool) => tool.name === name);
  if (!found) throw new Error(`no tool is called ${name}`);
  return found;
}
