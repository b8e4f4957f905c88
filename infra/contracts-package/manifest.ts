import manifest from '../../package.json' with { type: 'json' };

const { name, version, description, license, type, engines, dependencies } = manifest;

/**
 * The package.json that subscribers get. It is not the project's own, which lists what the functions need: whoever imports the
 * contract is to install zod and no AWS client.
 */
export const publishedManifest = {
  name,
  version,
  description: `${description} The contract of its events and its API.`,
  license,
  type,
  sideEffects: false,
  engines,
  exports: {
    './contracts': { types: './contracts/index.d.ts', default: './contracts/index.js' },
    './asyncapi.json': './asyncapi.json',
    './openapi.json': './openapi.json',
  },
  dependencies: { zod: `^${dependencies.zod}` },
} as const;
