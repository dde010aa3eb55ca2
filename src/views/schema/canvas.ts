import type { SchemaPicture } from "../../tools/schema-picture.ts";
import { drawing, element } from "../element.ts";
import { type Layout, layout } from "./layout.ts";
import { lineOf } from "./lines.ts";
import { type TableBox, tableBox } from "./table.ts";

interface Canvas {
  readonly frame: HTMLElement;
  /** Chooses a table, and shows it. */
  readonly choose: (at: number) => void;
  /** Fades the tables that hold nothing of the text. */
  readonly find: (text: string) => void;
  readonly showAll: (all: boolean) => void;
  readonly zoom: (by: number | "fit") => void;
}

/** Pixels, as schema.css has it. */
const HIGHEST = 458;
const MARGIN = 8;
const ZOOM = { least: 0.2, most: 2 } as const;

export function canvasOf(picture: SchemaPicture, chosen: (at: number) => void): Canvas {
  const sheet = element("div", { class: "sheet", role: "listbox", "aria-label": "Tables" });
  const area = element("div", { class: "area" }, sheet);
  const frame = element("div", { class: "frame" }, area);
  let current = 0;
  let scale = 1;
  let drawn = drawnOf(picture, false);
  let wanted = "";

  const rescale = () => {
    sheet.style.setProperty("transform", `scale(${scale})`);
    area.style.setProperty("width", `${drawn.size.width * scale}px`);
    area.style.setProperty("height", `${drawn.size.height * scale}px`);
  };
  const mark = () => {
    for (const [at, { box }] of drawn.boxes.entries()) {
      box.setAttribute("aria-selected", String(at === current));
      box.tabIndex = at === current ? 0 : -1;
      box.classList.toggle(
        "near",
        picture.keys.some(({ from, to }) => (from === current && to === at) || (to === current && from === at)),
      );
    }
    for (const [at, line] of drawn.lines.entries()) {
      line.classList.toggle("chosen", picture.keys[at]?.from === current || picture.keys[at]?.to === current);
    }
  };
  const fade = () => {
    for (const [at, { box }] of drawn.boxes.entries()) box.classList.toggle("faded", !holds(picture, at, wanted));
  };
  const redraw = (all: boolean) => {
    drawn = drawnOf(picture, all);
    const { width, height } = drawn.size;
    const lines = drawing("svg", { width, height, "aria-hidden": "true", focusable: "false" }, ...drawn.lines);
    sheet.replaceChildren(lines, ...drawn.boxes.map(({ box }) => box));
    rescale();
    mark();
    fade();
  };
  /** Not `scrollIntoView`, which also moves the page around the diagram. */
  const reveal = (at: number) => {
    const { x = 0, y = 0 } = drawn.size.places[at] ?? {};
    const { width = 0, height = 0 } = drawn.boxes[at] ?? {};
    frame.scrollLeft = nearest(frame.scrollLeft, frame.clientWidth, { start: x * scale, end: (x + width) * scale });
    frame.scrollTop = nearest(frame.scrollTop, frame.clientHeight, { start: y * scale, end: (y + height) * scale });
  };
  const choose = (at: number) => {
    current = at;
    mark();
    const { box } = drawn.boxes[at] ?? {};
    if (frame.isConnected) box?.focus({ preventScroll: true });
    // A table that is chosen before the page is shown has no place to be seen in yet.
    if (frame.isConnected) reveal(at);
    else requestAnimationFrame(() => reveal(at));
    chosen(at);
  };
  sheet.addEventListener("click", ({ target }) => {
    const box = target instanceof Element ? target.closest<HTMLElement>(".table") : null;
    if (box) choose(Number(box.dataset.at));
  });
  sheet.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = nextFor(event.key, current, drawn);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  });
  redraw(false);
  return {
    frame,
    choose,
    find(text) {
      wanted = text.toLowerCase();
      fade();
      const first = picture.tables.findIndex((_, at) => holds(picture, at, wanted));
      if (wanted !== "" && first >= 0) reveal(first);
    },
    showAll: redraw,
    zoom(by) {
      const fitting = Math.min(1, frame.clientWidth / drawn.size.width, HIGHEST / drawn.size.height);
      scale = by === "fit" ? fitting : scale * by;
      scale = Math.min(ZOOM.most, Math.max(ZOOM.least, scale));
      rescale();
    },
  };
}

/** How far to scroll, so that a stretch is seen: no farther than needed, and its start rather than its end. */
const nearest = (now: number, room: number, { start, end }: { readonly start: number; readonly end: number }) =>
  Math.min(Math.max(now, end + MARGIN - room), start - MARGIN);

interface Drawn {
  readonly boxes: readonly TableBox[];
  readonly lines: readonly SVGElement[];
  readonly size: Layout;
}

function drawnOf({ tables, keys }: SchemaPicture, all: boolean): Drawn {
  const boxes = tables.map((table, at) => tableBox(table, at, all));
  const size = layout(boxes, keys);
  for (const [at, { box, width, height }] of boxes.entries()) {
    const { x = 0, y = 0 } = size.places[at] ?? {};
    for (const [name, value] of Object.entries({ left: x, top: y, width, height })) box.style.setProperty(name, `${value}px`);
  }
  const end = (at: number, column: string | undefined) => {
    const { x = 0, y = 0 } = size.places[at] ?? {};
    return { x, y: y + (boxes[at]?.rowOf(column) ?? 0), width: boxes[at]?.width ?? 0 };
  };
  const lines = keys.map(({ from, to, columns, referenced, optional, single }) =>
    lineOf({ from: end(from, columns[0]), to: end(to, referenced[0]), optional, single }),
  );
  return { boxes, lines, size };
}

const holds = ({ tables }: SchemaPicture, at: number, wanted: string): boolean => {
  const { name = "", columns = [] } = tables[at] ?? {};
  return [name, ...columns.map((column) => column.name)].some((text) => text.toLowerCase().includes(wanted));
};

/** An arrow goes to the nearest table in its direction, Home and End to the first and the last. */
function nextFor(key: string, from: number, { boxes, size: { places } }: Drawn): number | undefined {
  if (key === "Home") return 0;
  if (key === "End") return boxes.length - 1;
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const here = places[from];
  if (!step || !here) return undefined;
  const [dx = 0, dy = 0] = step;
  const away = places.map(({ x, y }) => {
    const [along, across] = [(x - here.x) * dx + (y - here.y) * dy, Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx)];
    return along > 0 ? along + 2 * across : Number.POSITIVE_INFINITY;
  });
  const next = away.indexOf(Math.min(...away));
  return away[next] === Number.POSITIVE_INFINITY ? undefined : next;
}
