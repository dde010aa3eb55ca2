import { ToolError } from "../../error.ts";
import { parseStatements, type Statement } from "../../sql/parse.ts";
import { blank } from "./blank.ts";
import type { Around } from "./plpgsql.ts";
import type { Stretch } from "./sections.ts";

/** A text that stands somewhere in a file, to be read by itself. */
export interface Piece {
  readonly text: string;
  /** Where each of its characters stands in the file, and the place after the last. */
  readonly places: readonly number[];
  /** In the file, the whole expression for an `EXECUTE`. */
  readonly written: Stretch;
  readonly around: readonly Around[];
  readonly isExecuted: boolean;
}

interface ReadPiece {
  readonly piece: Piece;
  readonly statements: readonly { readonly statement: Statement; readonly written: Stretch }[];
  /** Why there are none. */
  readonly why?: string;
}

/** Pieces of one body that are read by themselves, each behind all that stands before it: more would take minutes. */
const MOST_ALONE = 100;

/** In the order of the file. What stands in it as it is, is parsed together; one that cannot be parsed is told apart by halves. */
export async function parsePieces(pieces: readonly Piece[], source: string): Promise<readonly ReadPiece[]> {
  const blanks = blank(source);
  let left = MOST_ALONE;

  async function together(some: readonly Piece[]): Promise<readonly ReadPiece[]> {
    if (some.length === 0) return [];
    if (left === 0) return some.map((piece) => ({ piece, statements: [], why: "too much of the body could not be read" }));
    left -= 1;
    const statements = await parsed(some, blanks);
    if (typeof statements !== "string") return shared(some, statements);
    const [first] = some;
    if (first && some.length === 1) return [{ piece: first, statements: [], why: statements }];
    const half = some.length >> 1;
    return [...(await together(some.slice(0, half))), ...(await together(some.slice(half)))];
  }

  const read = [...(await together(pieces.filter(isVerbatim)))];
  for (const piece of pieces.filter((piece) => !isVerbatim(piece))) read.push(...(await together([piece])));
  return read.sort((one, other) => startOf(one.piece) - startOf(other.piece));
}

const startOf = ({ places }: Piece) => places[0] ?? 0;

/** It takes as many characters in the file, so that each place in it is one of the file. */
const isVerbatim = ({ text, places }: Piece) => (places.at(-1) ?? 0) - (places[0] ?? 0) === text.length;

async function parsed(pieces: readonly Piece[], blanks: string): Promise<readonly Statement[] | string> {
  const parts: string[] = [];
  let last = 0;
  for (const piece of pieces) {
    parts.push(blanks.slice(last, startOf(piece)), piece.text, ";");
    last = startOf(piece) + piece.text.length + 1;
  }
  try {
    return await parseStatements(parts.join(""), { what: "body", bytes: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return error.message.split("\n")[0] ?? "";
  }
}

/** Both in the order of the file. */
function shared(pieces: readonly Piece[], statements: readonly Statement[]): readonly ReadPiece[] {
  let next = 0;
  return pieces.map((piece, at) => {
    const after = pieces[at + 1];
    const end = after ? startOf(after) : Number.POSITIVE_INFINITY;
    const from = next;
    while ((statements[next]?.start ?? Number.POSITIVE_INFINITY) < end) next += 1;
    return { piece, statements: statements.slice(from, next).map((statement) => ({ statement, written: writtenOf(statement, piece) })) };
  });
}

function writtenOf({ start, end }: Statement, piece: Piece): Stretch {
  const place = (at: number) => piece.places[Math.min(at - startOf(piece), piece.places.length - 1)] ?? at;
  return { start: place(start), end: place(end) };
}
