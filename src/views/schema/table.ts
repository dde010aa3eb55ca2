import type { SchemaPicture } from "../../tools/schema-picture.ts";
import { counted } from "../advice.ts";
import { element, foreign, spoken } from "../element.ts";

export type Table = SchemaPicture["tables"][number];
type Column = Table["columns"][number];

/** Pixels, as schema.css has them. */
const HEAD = 30;
const ROW = 22;
const WIDTH = { least: 150, most: 300, letter: 7.2, besides: 64 } as const;

export interface TableBox {
  readonly box: HTMLElement;
  readonly width: number;
  readonly height: number;
  /** Where a line meets the box that is about this column: below its upper edge. */
  readonly rowOf: (column: string | undefined) => number;
}

/** A table with its keys, or with all of its columns. */
export function tableBox(table: Table, at: number, all: boolean): TableBox {
  const shown = all ? table.columns : table.columns.filter(({ primary, foreign }) => primary || foreign);
  const hidden = table.columns.length - shown.length + table.more;
  const width = widthOf(table, shown);
  const box = element(
    "div",
    {
      class: "table",
      role: "option",
      id: `table-${at}`,
      "data-at": at,
      "aria-selected": "false",
      tabindex: -1,
    },
    element(
      "div",
      { class: "head" },
      foreign(table.name),
      table.findings.length > 0 &&
        element("span", { class: "badge" }, String(table.findings.length), spoken(table.findings.length === 1 ? " finding" : " findings")),
    ),
    ...shown.map(columnRow),
    hidden > 0 && element("div", { class: "row faint" }, `+ ${counted(hidden, "column")}`),
  );
  const rows = shown.length + (hidden > 0 ? 1 : 0);
  const rowOf = (column: string | undefined) => {
    const row = shown.findIndex(({ name }) => name === column);
    return row < 0 ? HEAD / 2 : HEAD + row * ROW + ROW / 2;
  };
  return { box, width, height: HEAD + rows * ROW + 2, rowOf };
}

const columnRow = ({ name, type, nullable, primary, foreign: isForeign }: Column) =>
  element(
    "div",
    { class: primary ? "row primary" : "row" },
    element("span", { class: "mark" }, [primary && "PK", isForeign && "FK"].filter(Boolean).join(" ")),
    foreign(name),
    element("bdi", { class: "type faint" }, `${type}${nullable ? "?" : ""}`),
  );

function widthOf({ name }: Table, shown: readonly Column[]): number {
  const letters = Math.max(name.length + 2, ...shown.map((column) => column.name.length + column.type.length + 2));
  return Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, letters * WIDTH.letter + WIDTH.besides)));
}
