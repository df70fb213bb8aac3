// A certificate for a test server, made anew for each run: DER (X.690) by hand, since Node can read certificates but not
// make them. It signs itself, so that a process that is told to trust it can check it.

import { createSign, generateKeyPairSync } from 'node:crypto';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** For these host names. */
export function certificateFor(name: string, ...others: readonly string[]): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(objectIdentifier(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const commonName = sequence(node(0x31, sequence(objectIdentifier(0x55, 0x04, 0x03), node(0x0c, Buffer.from(name)))));
  const isAuthority = sequence(objectIdentifier(0x55, 0x1d, 0x13), node(0x01, Buffer.of(0xff)), node(0x04, sequence(node(0x01, Buffer.of(0xff)))));
  const names = sequence(objectIdentifier(0x55, 0x1d, 0x11), node(0x04, sequence(...[name, ...others].map((one) => node(0x82, Buffer.from(one))))));
  const toBeSigned = sequence(
    node(0xa0, integer(2)), // version 3
    integer(1),
    ecdsaWithSha256,
    commonName,
    sequence(time('20200101000000Z'), time('21200101000000Z')),
    commonName,
    publicKey.export({ type: 'spki', format: 'der' }),
    node(0xa3, sequence(isAuthority, names)),
  );
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey);
  const der = sequence(toBeSigned, ecdsaWithSha256, node(0x03, Buffer.of(0), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}

function node(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return node(0x30, ...parts);
}

function integer(value: number): Buffer {
  return node(0x02, Buffer.of(value));
}

function objectIdentifier(...bytes: number[]): Buffer {
  return node(0x06, Buffer.of(...bytes));
}

function time(text: string): Buffer {
  return node(0x18, Buffer.from(text));
}
