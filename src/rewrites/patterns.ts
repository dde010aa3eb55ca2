import countToExists from "./count-to-exists.ts";
import distinctToExists from "./distinct-to-exists.ts";
import functionToRange from "./function-to-range.ts";
import notInToNotExists from "./not-in-to-not-exists.ts";
import orToUnion from "./or-to-union.ts";
import type { Pattern } from "./rewrite.ts";
import scalarToJoin from "./scalar-to-join.ts";

export const patterns: readonly Pattern[] = [orToUnion, notInToNotExists, functionToRange, countToExists, distinctToExists, scalarToJoin];
