export type Level = 1 | 2 | 3 | 4 | 5;
export type State = "met" | "not met" | "cannot be seen";

/** One thing by which a level is told. */
export interface Indicator {
  readonly level: Level;
  readonly name: string;
  readonly state: State;
  /** What was measured, or why nothing could be. */
  readonly value: string;
  /** What the level asks for. */
  readonly needs?: string;
  /** Where it cannot be seen: what a person has to answer. */
  readonly ask?: string;
  /** Where it is not met: what to do. */
  readonly step?: string;
}

interface Measured {
  readonly name: string;
  readonly met: boolean;
  readonly value: string;
  readonly needs: string;
  readonly step: string;
}

/** An indicator that was read. */
export const measured = (level: Level, { met, step, ...rest }: Measured): Indicator =>
  met ? { level, ...rest, state: "met" } : { level, ...rest, state: "not met", step };

/** An indicator that nobody can read from here. */
export const unseen = (level: Level, told: Pick<Indicator, "name" | "value"> & { readonly ask: string }): Indicator => ({
  level,
  ...told,
  state: "cannot be seen",
});

/** "3 of 4". */
export const shareText = (part: number, whole: number) => `${part.toLocaleString("en-US")} of ${whole.toLocaleString("en-US")}`;

/** At least so many percent; of nothing, yes. */
export const reaches = (part: number, whole: number, percent: number) => part * 100 >= whole * percent;
