// The hosts that are reached without the proxy, as `NO_PROXY` lists them.

/**
 * Whether the list covers the host of this URL: by name, which covers what is below it, by address, or by the network that an
 * address is in (`10.0.0.0/8`); with or without port; `*` is every host.
 */
export function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const host = withoutDot(hostname.replace(/^\[|\]$/g, ''));
  const usual = protocol === 'https:' ? '443' : '80';
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || covers(entry, host, port || usual));
}

function covers(given: string, host: string, port: string): boolean {
  // A URL has no zone of an address, such as `%eth0`.
  const entry = given.replace(/%[^\]/]*/, '');
  if (entry.includes('/')) return isInNetwork(host, entry);
  const { isIP } = process.getBuiltinModule('node:net');
  if (isIP(entry) !== 0) return addressOf(entry) === host;
  const [, inBrackets, word = '', only] = /^(?:\[([^\]]*)\]|(?:\*?\.)?(.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  if (inBrackets !== undefined) return isIP(inBrackets) === 6 && addressOf(inBrackets) === host;
  const name = withoutDot(word);
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function isInNetwork(host: string, entry: string): boolean {
  const { BlockList, isIP } = process.getBuiltinModule('node:net');
  const [address = '', digits = ''] = entry.split('/');
  const [version, versionOfHost] = [isIP(address), isIP(host)];
  if (version === 0 || version !== versionOfHost || !/^\d{1,3}$/.test(digits) || Number(digits) > (version === 4 ? 32 : 128)) return false;
  const type = version === 4 ? 'ipv4' : 'ipv6';
  const network = new BlockList();
  network.addSubnet(address, Number(digits), type);
  return network.check(host, type);
}

/** An address as `URL` writes it. */
function addressOf(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** A dot at the end says only that a name is complete. */
function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
