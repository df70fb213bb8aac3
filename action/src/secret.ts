const concealed = '***';

/**
 * The shortest text that is hidden for being a part of a secret, in characters: what is shorter may stand in a log for
 * something else, and a mask hides it everywhere.
 */
const shortestPart = 16;

/** A token. It shows itself only through `reveal`, never in a message, in JSON, or in an inspection. */
export class Secret {
  readonly #value: string;
  #forms: readonly string[] | undefined;

  constructor(value: string) {
    this.#value = value;
  }

  /** The token itself: for the request that carries it, the runner's mask, and the runner's files. */
  reveal(): string {
    return this.#value;
  }

  /**
   * Base64 of the SHA-256 of the token: the `hashed_token` of GitHub's audit log, safe to print.
   *
   * Loading `node:crypto` takes 5 ms, so it is not an import: the post step does without.
   */
  hash(): string {
    return process.getBuiltinModule('node:crypto').createHash('sha256').update(this.#value).digest('base64');
  }

  /** Whether it can travel in an HTTP header. What cannot is no token: it could be neither used nor revoked. */
  isUsable(): boolean {
    return /^[\x21-\x7e]+$/.test(this.#value);
  }

  /**
   * Every text that would give the secret away, the secret itself first: its parts between dots (those of a JWT), its
   * base64 and base64url with whatever stands before and behind it, such as a user name, and its URL-encoded form.
   */
  forms(): readonly string[] {
    this.#forms ??= formsOf(this.#value);
    return this.#forms;
  }

  /** The text with each occurrence of the secret covered, in all its forms. */
  cover(text: string): string {
    return this.forms().reduce((covered, form) => covered.replaceAll(form, concealed), text);
  }

  toString(): string {
    return concealed;
  }

  toJSON(): string {
    return concealed;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return concealed;
  }
}

/** Behind the value the longest first, so that no form is left in part because a shorter one was covered before. */
function formsOf(value: string): readonly string[] {
  if (value === '') return [];
  const bytes = Buffer.from(value, 'utf8');
  const base64 = [bytes.toString('base64'), ...[0, 1, 2].map((position) => base64Within(bytes, position))];
  const derived = [
    ...(value.includes('.') ? value.split('.') : []),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')),
    urlEncoded(value),
  ].filter((form) => form.length >= shortestPart && form !== value);
  return [value, ...[...new Set(derived)].sort((one, other) => other.length - one.length)];
}

/**
 * The base64 of all bytes that no neighbour can change, where the first one stands at this position of a group of three:
 * `x-access-token:` has 15 bytes, so that behind it, in the header of HTTP's basic authentication, the position is 0.
 */
function base64Within(bytes: Buffer, position: number): string {
  const begin = (3 - position) % 3;
  return bytes.subarray(begin, bytes.length - ((bytes.length - begin) % 3)).toString('base64');
}

/** As in a query or a form. Half a surrogate pair has no such form. */
function urlEncoded(value: string): string {
  return encodeURIComponent(Buffer.from(value, 'utf8').toString('utf8'));
}
