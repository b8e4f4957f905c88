import { OrderStreamError } from '../../../pipelines/errors.ts';

/** infra/template.yaml holds something that the local system cannot run, or a parameter is wrong. */
export class TemplateError extends OrderStreamError {
  readonly code = 'template';
  readonly remedy: string;

  constructor(
    message: string,
    remedy = 'Correct infra/template.yaml, or extend infra/local/template.',
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.remedy = remedy;
  }
}
