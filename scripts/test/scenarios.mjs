// Which tests say the same on every system.

/** The names of those that run the shipped steps, and nothing of a shell. */
export const scenarios = ['ahead', 'aws', 'brokers', 'dry-run', 'faults', 'main', 'other-actions', 'post', 'proxy', 'readiness', 'refusals'];
