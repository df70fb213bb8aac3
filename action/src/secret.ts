const concealed = '***';

/** A token. It shows itself only through `reveal`, never in a message, in JSON, or in an inspection. */
export class Secret {
  readonly #value: string;

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

  /** The text with each occurrence of the secret covered. */
  cover(text: string): string {
    return this.#value === '' ? text : text.replaceAll(this.#value, concealed);
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
