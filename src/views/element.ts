type Child = Node | string | false | undefined;

const SVG = "http://www.w3.org/2000/svg";

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element; a string becomes text and never markup. Names of attributes are the page's own. `true` is an empty attribute, `false` none. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  fill(made, attributes, children);
  return made;
}

export function drawing<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(SVG, tag);
  fill(made, attributes, children);
  return made;
}

function fill(made: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== false && child !== undefined));
}

/** What somebody else wrote: its direction is its own, and it turns nothing around it. */
export const foreign = (text: string, kind = ""): HTMLElement => element("bdi", { class: kind || undefined }, text);

/** What the columns and marks of a page tell the eye, for who hears the page. */
export const spoken = (text: string): HTMLElement => element("span", { class: "spoken" }, text);
