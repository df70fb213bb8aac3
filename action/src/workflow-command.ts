// The text form of what a step tells the runner: workflow commands on standard output and entries of the files behind
// GITHUB_OUTPUT and GITHUB_STATE. Byte for byte what `@actions/core` writes; a test compares the two.

/** As `node:os` has it, without loading that. */
export const EOL = process.platform === 'win32' ? '\r\n' : '\n';

/** Where a problem is shown besides the log; every part is optional, lines and columns are counted from 1. */
export interface CommandProperties {
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly col?: number;
  readonly endColumn?: number;
}

/** One workflow command, without the line end: `::error title=Refused::message`. */
export function workflowCommand(name: string, properties: CommandProperties, message: string): string {
  const written = Object.entries<string | number>({ ...properties })
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
    .join(',');
  return `::${name}${written === '' ? '' : ` ${written}`}::${escapeData(message)}`;
}

/**
 * One entry of a command file, line end included.
 *
 * SECURITY: the delimiter must be new and unguessable for each entry, or a value could end itself and add entries.
 */
export function fileCommand(key: string, value: string, uuid: string): string {
  const delimiter = `ghadelimiter_${uuid}`;
  if (key.includes(delimiter) || value.includes(delimiter)) {
    throw new Error(`the value of \`${key}\` contains its own delimiter`);
  }
  return `${key}<<${delimiter}${EOL}${value}${EOL}${delimiter}${EOL}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
