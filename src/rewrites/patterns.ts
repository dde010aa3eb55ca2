import countToExists from "./count-to-exists.ts";
import distinctOnToLateral from "./distinct-on-to-lateral.ts";
import distinctToExists from "./distinct-to-exists.ts";
import functionToRange from "./function-to-range.ts";
import leftJoinToNotExists from "./left-join-to-not-exists.ts";
import needlessJoin from "./needless-join.ts";
import notDistinctToEqual from "./not-distinct-to-equal.ts";
import notInToNotExists from "./not-in-to-not-exists.ts";
import offsetToKeyset from "./offset-to-keyset.ts";
import orToIn from "./or-to-in.ts";
import orToUnion from "./or-to-union.ts";
import type { Pattern } from "./rewrite.ts";
import scalarToJoin from "./scalar-to-join.ts";
import unionToUnionAll from "./union-to-union-all.ts";
import withNotMaterialized from "./with-not-materialized.ts";

export const patterns: readonly Pattern[] = [
  orToUnion,
  orToIn,
  notInToNotExists,
  functionToRange,
  countToExists,
  distinctToExists,
  scalarToJoin,
  offsetToKeyset,
  withNotMaterialized,
  leftJoinToNotExists,
  needlessJoin,
  unionToUnionAll,
  distinctOnToLateral,
  notDistinctToEqual,
];
