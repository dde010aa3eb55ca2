import { numberText } from "./figures.ts";
import type { Replan } from "./verdict.ts";

/** A statement that gets dearer by less is planned another way at much the same cost. */
const MUCH = 1.05;
const MOST_NAMED = 3;

type Replanned = Awaited<ReturnType<Replan>>;

/** What says that planned statements need an index: undefined where none gets dearer without it. `costs`: whether they are to be told. */
export function neededBy(replanned: Replanned, costs: "told" | "untold"): string | undefined {
  const dearer = replanned
    .filter(({ before, after }) => after > before * MUCH)
    .sort((one, other) => other.after / other.before - one.after / one.before);
  if (dearer.length === 0) return undefined;
  const shown = dearer
    .slice(0, MOST_NAMED)
    .map(({ number, before, after }) => (costs === "told" ? `#${number} ${numberText(before)} -> ${numberText(after)}` : `#${number}`));
  const more = dearer.length > MOST_NAMED ? ` and ${dearer.length - MOST_NAMED} more` : "";
  return `Planned without it, statements get dearer: ${shown.join(", ")}${more}.`;
}
