import type { Finding } from "../../finding.ts";
import type { SchemaPicture } from "../../tools/schema-picture.ts";
import { counted, findingCard, part } from "../advice.ts";
import { element, foreign } from "../element.ts";
import type { Host } from "../host.ts";

type Key = SchemaPicture["keys"][number];

interface Around {
  readonly picture: SchemaPicture;
  readonly remarks: readonly Finding[];
  readonly host: Host;
  /** Chooses another table. */
  readonly go: (at: number) => void;
}

/** A table in words: what it holds, what it references, what references it, what was found in it. */
export function detailOf(at: number, { picture, remarks, host, go }: Around): readonly Node[] {
  const table = picture.tables[at];
  if (!table) return [];
  const { name, rows, columns, more, findings } = table;
  const facts = [...(rows === undefined ? [] : [counted(rows, "row")]), counted(columns.length + more, "column")];
  return [
    element("h2", {}, foreign(name)),
    element("p", { class: "faint" }, facts.join(" · ")),
    ...findings.flatMap((place) => (remarks[place] ? [findingCard(remarks[place], host)] : [])),
    part(
      "References",
      linksOf(
        picture.keys.filter(({ from }) => from === at),
        "to",
        { picture, go },
      ),
      "h3",
    ),
    part(
      "Referenced by",
      linksOf(
        picture.keys.filter(({ to }) => to === at),
        "from",
        { picture, go },
      ),
      "h3",
    ),
    part(
      "Columns",
      [element("ul", {}, ...columns.map(columnLine), more > 0 && element("li", { class: "faint" }, `${counted(more, "column")} more`))],
      "h3",
    ),
  ].filter((made) => made !== undefined);
}

function linksOf(keys: readonly Key[], end: "from" | "to", { picture, go }: Pick<Around, "picture" | "go">): readonly Node[] {
  if (keys.length === 0) return [];
  const lines = keys.map((key) => {
    const link = element("button", { type: "button" }, foreign(picture.tables[key[end]]?.name ?? ""));
    link.addEventListener("click", () => go(key[end]));
    const words = ` by ${key.columns.join(", ")}${key.optional ? ", or none" : ""}${key.single ? ", each at most once" : ""}`;
    return element("li", {}, link, foreign(words));
  });
  return [element("ul", {}, ...lines)];
}

const columnLine = ({ name, type, nullable, primary, foreign: isForeign }: SchemaPicture["tables"][number]["columns"][number]) =>
  element(
    "li",
    {},
    foreign(name),
    " ",
    element(
      "bdi",
      { class: "faint" },
      [type, ...(nullable ? [] : ["not null"]), ...(primary ? ["primary key"] : []), ...(isForeign ? ["foreign key"] : [])].join(", "),
    ),
  );
