/** Words that say nothing of the subject, in English and French, accents folded and without the final s that folding takes away. */
const silent = new Set(
  `a an and any are as at be been both but by can could did do doe each for from get give got had has have he her here hi how i if in into is it its
  just let like make me more most much my need now of on one only or other our out over own please same she should so some such than that
  the their them then there these they thi those to too up us use want was way we were what when where which while who why will with without would you your
  au aux avec avoir c ce ceci cela ces cet cette chaque comment d dan de des doi doit du elle elles en entre est et etre eu eux fait faire faut il ils j je
  l la le les leur lors lui m ma mais me meme mes moi mon n ne ni nos notre nous on ou par pas peut peux plus pour pourquoi qu quand que quel quelle
  quelles quels qui quoi s sa sans se ses si son sont sou sur t ta te tes ton tou tous tout toute tre trop tu un une vers vos votre vous y`.split(
    /\s+/,
  ),
);

/**
 * The words of a text, in the form in which texts are compared: without accents, in lower case, in the singular.
 * A name is found by itself and by its parts: pg_stat_statements, pg, stat, statements; createMany, create, many.
 */
export function wordsOf(text: string): readonly string[] {
  const plain = text.normalize("NFD").replaceAll(/\p{Mn}/gu, "");
  return [...plain.matchAll(/[A-Za-z0-9_]+/g)].flatMap(([name]) => {
    const parts = name.split(/_+|(?<=[a-z0-9])(?=[A-Z][a-z])/).filter(Boolean);
    const whole = parts.length > 1 ? [parts.join("")] : [];
    return [...parts, ...whole].map((part) => singular(part.toLowerCase())).filter((part) => !silent.has(part));
  });
}

/** Both sides of a comparison pass here, so a word that it mutilates still matches itself. */
function singular(word: string): string {
  if (word.length < 4 || /(ss|us|is)$/.test(word)) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  return word.replace(/(?<=x|ch|sh|ss)es$|s$/, "");
}

/** SQLSTATEs are five digits or capitals, and the classes that applications meet start with one of these. */
const SQLSTATE = /^(?:0A|08|2[1-8]|3[FD]|4[024]|5[3-8]|XX)[0-9A-Z]{3}$|^P000[0-9]$/;

/**
 * A question without what differs from one occurrence of an error to the next: the names that Postgres quotes and all numbers but the SQLSTATE.
 * Numbers of a question that is no error text stay: they may be a version or a port.
 */
export function withoutOccurrence(question: string): string {
  const named = question.replaceAll(/["“][\w.$-]+["”]/g, " ");
  const isError = named !== question || /\b(?:error|erreur|fatal|panic|sqlstate|detail)\b/i.test(question);
  if (!isError) return question;
  return named.replaceAll(/\b[0-9A-Z]*\d[0-9A-Z]*\b/g, (token) => (SQLSTATE.test(token) ? token : " "));
}
