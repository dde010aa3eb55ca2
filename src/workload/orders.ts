import type { StatementUsage } from "../catalog/workload.ts";

export const orderNames = ["total_time", "mean_time", "io", "temp", "variance", "calls"] as const;
export type Order = (typeof orderNames)[number];

type Usage = Pick<
  StatementUsage,
  "calls" | "totalTime" | "meanTime" | "stddevTime" | "sharedRead" | "sharedWritten" | "tempRead" | "tempWritten"
>;

/** Of fewer, the deviation is chance. */
const CALLS = 5;

/** What is greatest comes first. */
export const orders: Readonly<Record<Order, (usage: Usage) => number>> = {
  total_time: ({ totalTime }) => totalTime,
  mean_time: ({ meanTime }) => meanTime,
  /** Blocks that were not in shared buffers, and those that the statement itself had to write. */
  io: ({ sharedRead, sharedWritten = 0 }) => sharedRead + sharedWritten,
  temp: ({ tempRead, tempWritten }) => tempRead + tempWritten,
  variance: ({ calls, stddevTime }) => (calls < CALLS ? 0 : stddevTime),
  calls: ({ calls }) => calls,
};
