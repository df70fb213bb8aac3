// The version that a tag names, as https://semver.org has it, without build metadata: GitHub's `+` in a tag's URL helps nobody.

const NUMBER = '(0|[1-9]\\d*)';
const TAG = new RegExp(`^v(${NUMBER}\\.${NUMBER}\\.${NUMBER}(-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?)$`);

/** `{text, numbers, isPrerelease}`; `undefined` where the tag is no version. */
export function versionOf(tag) {
  const [, text, major, minor, patch, prerelease] = TAG.exec(tag) ?? [];
  return text === undefined ? undefined : { text, numbers: [major, minor, patch].map(BigInt), isPrerelease: prerelease !== undefined };
}
