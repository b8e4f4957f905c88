import { type Ask, refusal } from './admin-request.ts';
import { versionPattern } from './index-names.ts';
import type { IndexDefinition } from './install-indices.ts';

/** Above a cluster's own templates for everything, such as `*`; two of one priority may not overlap. */
const PRIORITY = 100;
const HTTP_OK = 200;

/** The name of an index's template. */
export const templateName = (name: string): string => `order-stream-${name}`;

/**
 * Puts the template that every version of an index is made by, whoever makes it: an index of such a name that a write or a
 * hand makes has the settings and the strict mapping too. It stands in place of the one before it, and changes no index.
 * See https://docs.opensearch.org/latest/im-plugin/index-templates/.
 *
 * @throws SearchUnavailableError; IndexInstallationError when OpenSearch refuses the definition.
 */
export async function putIndexTemplate(ask: Ask, { name, body }: IndexDefinition): Promise<void> {
  const answer = await ask({
    method: 'PUT',
    path: `/_index_template/${templateName(name)}`,
    body: { index_patterns: [versionPattern(name)], priority: PRIORITY, template: body },
  });
  if (answer.status !== HTTP_OK) throw refusal(`take the template of ${name}`, answer);
}
