import type { Finding } from "../finding.ts";
import { element, foreign } from "./element.ts";
import type { Host } from "./host.ts";

/** What was found, what to run, and why. */
export function findingCard({ rule, severity, message, fix, undo, page }: Finding, host: Host): HTMLElement {
  return element(
    "article",
    { class: `finding ${severity}` },
    element("p", {}, element("strong", {}, severity), " ", foreign(message)),
    fix !== undefined && sqlBlock("Fix", fix),
    undo !== undefined && sqlBlock("Undo", undo),
    element("p", { class: "rule" }, rule, " ", host.read && whyButton(page, host.read)),
  );
}

/** SQL that can be selected, scrolled by keys, and copied where the host lets a page do so. */
export function sqlBlock(label: string, sql: string): HTMLElement {
  const text = element("pre", { tabindex: 0, role: "region", "aria-label": label }, sql);
  const button = element("button", { type: "button", "aria-label": `Copy: ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(sql)) ? "Copied" : "Selected";
    if (button.textContent === "Selected") getSelection()?.selectAllChildren(text);
  });
  return element("div", { class: "sql" }, element("div", { class: "bar" }, element("span", {}, label), button), text);
}

const copied = (text: string): Promise<boolean> =>
  navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  ) ?? Promise.resolve(false);

/** The section that explains the rule, read through the host and shown as it is written. */
function whyButton(uri: string, read: (uri: string) => Promise<string>): HTMLElement {
  const button = element("button", { type: "button", "aria-expanded": "false" }, "Why");
  button.addEventListener("click", async () => {
    const next = button.nextElementSibling;
    if (next) next.remove();
    else button.after(element("pre", { class: "why", tabindex: 0 }, await read(uri).catch((error: Error) => error.message)));
    button.setAttribute("aria-expanded", String(!next));
  });
  return button;
}

/** A heading with what stands under it; nothing where nothing does. */
export const part = (title: string, parts: readonly (Node | string)[], level: "h2" | "h3" = "h2"): HTMLElement | undefined =>
  parts.length === 0 ? undefined : element("section", {}, element(level, {}, title), ...parts);

/** "1 row", "20,000 rows". */
export const counted = (number: number, one: string): string => `${grouped(number)} ${one}${number === 1 ? "" : "s"}`;

export const grouped = (number: number): string => number.toLocaleString("en-US", { maximumFractionDigits: number < 10 ? 2 : 0 });
