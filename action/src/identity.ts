// What the action calls itself towards servers. The bundler puts the version of package.json here.

declare const ACTION_VERSION: string;

export const userAgent = `access-token-action/${ACTION_VERSION}`;
