import * as z from 'zod';
import type { ReadResource } from './read-resource.ts';

/** A secret that is generated on this machine. */
export interface SecretDefinition {
  readonly logicalId: string;
  readonly arn: string;
  /** Its length in characters. */
  readonly length: number;
}

const shape = {
  GenerateSecretString: z.strictObject({
    PasswordLength: z.coerce.number().int().min(1).max(4_096),
    /** Nothing generated here has punctuation. */
    ExcludePunctuation: z.literal(true),
  }),
};

export const readSecret: ReadResource<SecretDefinition> = ({ logicalId, local, properties }) => {
  const { GenerateSecretString } = properties({
    shape,
    ignored: ['Name', 'Description', 'KmsKeyId', 'Tags'],
  });
  return { logicalId, arn: local.ref, length: GenerateSecretString.PasswordLength };
};
