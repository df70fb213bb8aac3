/** Time, as an argument, so that tests need not wait for it. All in milliseconds. */
export interface Clock {
  /** Since any fixed moment; never goes back. */
  elapsed(): number;
  /** Since 1970 UTC. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** The clock of this process. */
export const systemClock: Clock = {
  // Not `performance`, for which Node 24 loads another module.
  elapsed: () => Number(process.hrtime.bigint()) / 1e6,
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
