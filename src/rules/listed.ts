/** Names that a sentence can hold. */
const MOST = 6;

/** "a, b and c", or the first of them and how many more there are. */
export function listed(names: readonly { toString(): string }[]): string {
  const texts = names.map(String);
  if (texts.length > MOST) return `${texts.slice(0, MOST).join(", ")} and ${texts.length - MOST} more`;
  return texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}
