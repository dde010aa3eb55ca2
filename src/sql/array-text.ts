/** The elements of an array as Postgres prints it, `{a,"b c"}`; undefined where one is NULL or it has more dimensions than one. */
export function elementsOf(text: string): readonly string[] | undefined {
  if (!/^\{(?:"(?:[^"\\]|\\.)*"|[^"{},\\]+|,)*\}$/s.test(text)) return undefined;
  const elements = Array.from(text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|[^,{}]+/gs), ([bare, inQuotes]) =>
    inQuotes === undefined ? bare : inQuotes.replaceAll(/\\(.)/gs, "$1"),
  );
  return elements.includes("NULL") ? undefined : elements;
}
