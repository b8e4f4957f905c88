import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { type IndexDefinition, installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { IndexInstallationError } from '../../../pipelines/search/errors.ts';
import { localOpenSearch } from '../parts/clients.ts';

const client = localOpenSearch();

describe('installing the indices', () => {
  it.each(indexDefinitions)(
    'makes the index of $name with its two aliases, writes going to it',
    async ({ body }) => {
      const name = newName();

      const done = await installIndices(client, [{ name, body }]);

      expect(done).toEqual([{ name, outcome: 'created' }]);
      expect(await aliasesOf(`${name}-v1`)).toEqual({
        [name]: {},
        [`${name}-write`]: { is_write_index: true },
      });
    },
  );

  it('changes nothing the second time', async () => {
    const definition = newDefinition();
    await installIndices(client, [definition]);

    const done = await installIndices(client, [definition]);

    expect(done).toEqual([{ name: definition.name, outcome: 'unchanged' }]);
  });

  it('makes one index when several install at once', async () => {
    const definition = newDefinition();

    const done = await Promise.all(Array.from({ length: 5 }, () => installIndices(client, [definition])));

    const outcomes = done.flat().map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual(['created', ...Array(4).fill('unchanged')]);
  });

  it('leaves the aliases with the index that a rebuild has given them', async () => {
    const { name, body } = newDefinition();
    const aliases = { [name]: {}, [`${name}-write`]: { is_write_index: true } };
    await client.indices.create({ index: `${name}-v2`, body: { aliases } });

    const done = await installIndices(client, [{ name, body }]);

    expect(done).toEqual([{ name, outcome: 'unchanged' }]);
    expect((await client.indices.exists({ index: `${name}-v1` })).body).toBe(false);
  });

  it('gives an index that has lost its aliases both back', async () => {
    const { name, body } = newDefinition();
    await client.indices.create({ index: `${name}-v1` });

    const done = await installIndices(client, [{ name, body }]);

    expect(done).toEqual([{ name, outcome: 'aliased' }]);
    expect(Object.keys(await aliasesOf(`${name}-v1`)).toSorted()).toEqual([name, `${name}-write`]);
  });

  it('guesses nothing when one alias is there without the other', async () => {
    const { name, body } = newDefinition();
    await client.indices.create({ index: `${name}-v2`, body: { aliases: { [name]: {} } } });

    await expect(installIndices(client, [{ name, body }])).rejects.toBeInstanceOf(IndexInstallationError);
  });

  it('reports an index that has the name of an alias', async () => {
    const { name, body } = newDefinition();
    await client.indices.create({ index: `${name}-write` });

    await expect(installIndices(client, [{ name, body }])).rejects.toBeInstanceOf(IndexInstallationError);
  });

  it.each(indexDefinitions)(
    'gives the same mapping to a version of $name that another writer creates',
    async ({ body }) => {
      const name = newName();
      await installIndices(client, [{ name, body }]);

      await client.indices.create({ index: `${name}-v7` });

      const [ours, theirs] = await Promise.all([`${name}-v1`, `${name}-v7`].map(mappingOf));
      expect(theirs).toEqual(ours);
      expect(theirs).toMatchObject({ dynamic: 'strict' });
      const { body: settings } = await client.indices.getSettings({ index: `${name}-v7` });
      expect(settings).toMatchObject({ [`${name}-v7`]: { settings: { index: { gc_deletes: '25h' } } } });
    },
  );

  const added = { dynamic: 'strict', properties: { added: { type: 'keyword' } } };
  const changed = { dynamic: 'strict', properties: { added: { type: 'long' }, more: { type: 'keyword' } } };

  it('puts a field that is new into the template, into the index and into its shadow index', async () => {
    const { name, body } = newDefinition();
    await installIndices(client, [{ name, body }]);
    await client.indices.create({ index: `${name}-v2`, body: { aliases: { [`${name}-shadow`]: {} } } });

    const done = await installIndices(client, [{ name, body: { ...body, mappings: added } }]);

    await client.indices.create({ index: `${name}-v3` });
    expect(done).toEqual([{ name, outcome: 'unchanged' }]);
    const versions = await Promise.all(['v1', 'v2', 'v3'].map((version) => mappingOf(`${name}-${version}`)));
    expect(versions).toEqual([added, added, added]);
  });

  it('leaves a field in the index that the new mapping has no more', async () => {
    const { name, body } = newDefinition();
    await installIndices(client, [{ name, body: { ...body, mappings: added } }]);
    const others = { dynamic: 'strict', properties: { more: { type: 'keyword' } } };

    await installIndices(client, [{ name, body: { ...body, mappings: others } }]);

    expect(await mappingOf(`${name}-v1`)).toEqual({
      dynamic: 'strict',
      properties: { ...added.properties, ...others.properties },
    });
  });

  it('puts a mapping that no index can change into the template, adds its new fields alone, and leaves the rest to a rebuild', async () => {
    const { name, body } = newDefinition();
    await installIndices(client, [{ name, body: { ...body, mappings: added } }]);

    const done = await installIndices(client, [{ name, body: { ...body, mappings: changed } }]);

    await client.indices.create({ index: `${name}-v2` });
    expect(done).toEqual([{ name, outcome: 'rebuild-needed' }]);
    expect(await mappingOf(`${name}-v1`)).toEqual({
      dynamic: 'strict',
      properties: { added: { type: 'keyword' }, more: { type: 'keyword' } },
    });
    expect(await mappingOf(`${name}-v2`)).toEqual(changed);
  });

  it('says so when OpenSearch refuses the body', async () => {
    const body = { mappings: { properties: { total: { type: 'no-such-type' } } } };

    await expect(installIndices(client, [{ name: newName(), body }])).rejects.toBeInstanceOf(
      IndexInstallationError,
    );
  });
});

const newName = (): string => `install-${ulid().toLowerCase()}`;
const newDefinition = (): IndexDefinition => ({
  name: newName(),
  body: { settings: { number_of_shards: 1 } },
});

async function mappingOf(index: string): Promise<unknown> {
  const { body } = await client.indices.getMapping({ index });
  return body[index]?.mappings;
}

async function aliasesOf(index: string): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await client.indices.getAlias({ index });
  return body[index]?.aliases ?? {};
}
