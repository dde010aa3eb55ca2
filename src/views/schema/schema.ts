import type { Output } from "../../tools/review-schema.ts";
import type { SchemaPicture } from "../../tools/schema-picture.ts";
import { counted, findingCard, part } from "../advice.ts";
import { element, foreign } from "../element.ts";
import type { Host } from "../host.ts";
import { show, type Told } from "../show.ts";
import { canvasOf } from "./canvas.ts";
import { detailOf } from "./detail.ts";

type SchemaTold = Told<Output, SchemaPicture>;

function draw({ answer, picture }: SchemaTold, host: Host): readonly Node[] {
  const placed = new Set(picture?.tables.flatMap(({ findings }) => findings) ?? []);
  const others = answer.findings.flatMap((finding, at) => (placed.has(at) ? [] : [findingCard(finding, host)]));
  return [
    element("header", {}, element("h1", {}, foreign(answer.verdict))),
    ...(picture && picture.tables.length > 0
      ? drawTables(picture, answer, host)
      : [element("p", {}, "There are no tables in this answer.")]),
    part("Found elsewhere", others),
    part(
      "Not seen",
      answer.limits.length === 0 ? [] : [element("ul", {}, ...answer.limits.map((limit) => element("li", {}, foreign(limit))))],
    ),
  ].filter((node) => node !== undefined);
}

function drawTables(picture: SchemaPicture, answer: Output, host: Host): readonly Node[] {
  const detail = element("section", { class: "detail", "aria-live": "polite", "aria-label": "Chosen table" });
  const canvas = canvasOf(picture, (at) =>
    detail.replaceChildren(...detailOf(at, { picture, remarks: answer.findings, host, go: canvas.choose })),
  );
  const { tables, keys, left } = picture;
  const drawn = [
    counted(tables.length, "table"),
    counted(keys.length, "foreign key"),
    ...(left > 0 ? [`${counted(left, "table")} more are not drawn: name some in tables`] : []),
  ];
  canvas.choose(gravest(picture));
  return [element("p", { class: "faint" }, drawn.join(" · ")), toolbar(canvas), canvas.frame, detail];
}

/** Findings come the gravest first. */
function gravest({ tables }: SchemaPicture): number {
  const first = tables.map(({ findings }) => Math.min(...findings));
  return first.indexOf(Math.min(...first));
}

function toolbar({ find, showAll, zoom }: ReturnType<typeof canvasOf>): HTMLElement {
  const search = element("input", { type: "search", placeholder: "Find a table or column", "aria-label": "Find a table or column" });
  search.addEventListener("input", () => find(search.value));
  const all = element("input", { type: "checkbox" });
  all.addEventListener("change", () => showAll(all.checked));
  return element(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": "Diagram" },
    search,
    element("label", {}, all, " All columns"),
    button("−", "Smaller", () => zoom(1 / 1.25)),
    button("+", "Larger", () => zoom(1.25)),
    button("Fit", "Fit into the frame", () => zoom("fit")),
  );
}

function button(text: string, label: string, act: () => void): HTMLElement {
  const made = element("button", { type: "button", "aria-label": label }, text);
  made.addEventListener("click", act);
  return made;
}

void show<Output, SchemaPicture>({ name: "backend-db-mcp-schema", draw });
