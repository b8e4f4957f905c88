import { OrderStreamError } from '../../../pipelines/errors.ts';

/** infra/template.yaml holds something that the local system cannot run, or a parameter is wrong. */
export class TemplateError extends OrderStreamError {
  readonly code = 'template';
  readonly remedy: string;

  constructor(
    message: string,
    remedy = 'Mend infra/template.yaml, or teach infra/local/template what is new in it.',
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.remedy = remedy;
  }
}
