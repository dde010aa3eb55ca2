/** How much speaks for a dependency, the most first. */
export const grades = ["declared", "measured", "likely", "possible"] as const;
export type Grade = (typeof grades)[number];

/** One column follows from others, in all statistics seen. */
export interface Dependency {
  readonly determinant: readonly string[];
  readonly dependent: string;
  readonly grade: Grade;
  /** What says so, in words, without a value. */
  readonly evidence: string;
}

/** Neither what is measured or a moment, nor what has two values, says what a thing is. */
export const identifies = (type: string): boolean =>
  !/^(real|double precision|numeric|money|boolean|timestamp|date|time|interval|json|bytea|xml|point)/.test(type) && !type.endsWith("[]");
