import { OrderStreamError } from '../../pipelines/errors.ts';

const REMEDIES = {
  'not-translated': 'Correct infra/template.yaml as the translator says.',
  'too-many-sets': 'Have fewer parameters decide over conditions.',
  'no-sample':
    'Add a value that its pattern lets through to SAMPLES in infra/deploy-check/parameter-sets.ts.',
  'emulator-failed':
    'Run the check again; if it stays, see whether ministack has to be pinned at another version.',
};

/** What keeps the check of the template from going on. What it finds there is a finding and no error. */
export class DeployCheckError extends OrderStreamError {
  readonly code: keyof typeof REMEDIES;
  readonly remedy: string;

  constructor(code: keyof typeof REMEDIES, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = REMEDIES[code];
  }
}
