// The data of an event (https://docs.github.com/webhooks/webhook-events-and-payloads).

/** The text at this place of the event's data; empty if there is none. */
export function textAt(event: unknown, ...keys: string[]): string {
  let value = event;
  for (const key of keys) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : '';
}
