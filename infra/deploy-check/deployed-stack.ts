import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DeployCheckError } from './deploy-check-error.ts';
import type { Emulator } from './emulator.ts';
import type { ParameterSet } from './parameter-sets.ts';
import type { TranslatedTemplate } from './translate.ts';

/** The bucket for packages and templates. */
export const CODE_BUCKET = 'code';
const STACK_TIMEOUT_MS = 3 * 60_000;
const LOOK_INTERVAL_MS = 200;
/** A bucket that notifies a queue that no account has. */
const UNMAKEABLE = {
  Type: 'AWS::S3::Bucket',
  Properties: {
    NotificationConfiguration: {
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Queue: {
            'Fn::Join': [':', ['arn:aws:sqs', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }, 'none']],
          },
        },
      ],
    },
  },
  Metadata: {},
};

/** A stack on the emulator. */
export class DeployedStack {
  readonly #emulator: Emulator;
  readonly #name: string;
  readonly #template: TranslatedTemplate;

  constructor(emulator: Emulator, name: string, template: TranslatedTemplate) {
    this.#emulator = emulator;
    this.#name = name;
    this.#template = template;
  }

  /** @throws DeployCheckError `emulator-failed` with the reasons of the resources that failed, or when it takes too long. */
  async create(parameters: ParameterSet): Promise<void> {
    await this.#emulator.cloudFormation.send(new CreateStackCommand(await this.#request(parameters)));
    await this.#until('CREATE_COMPLETE');
  }

  /** @throws DeployCheckError likewise. */
  async update(parameters: ParameterSet): Promise<void> {
    await this.#emulator.cloudFormation.send(new UpdateStackCommand(await this.#request(parameters)));
    await this.#until('UPDATE_COMPLETE');
  }

  /**
   * Updates to these parameters and a resource that cannot be made, which CloudFormation rolls back.
   *
   * @throws DeployCheckError likewise, also when the update succeeds.
   */
  async updateInVain(parameters: ParameterSet): Promise<void> {
    const broken = {
      ...this.#template,
      Resources: { ...this.#template.Resources, Broken: UNMAKEABLE },
    };
    await this.#emulator.cloudFormation.send(new UpdateStackCommand(await this.#request(parameters, broken)));
    await this.#until('UPDATE_ROLLBACK_COMPLETE');
  }

  /** @throws DeployCheckError likewise. */
  async delete(): Promise<void> {
    await this.#emulator.cloudFormation.send(new DeleteStackCommand({ StackName: this.#name }));
    await this.#until('DELETE_COMPLETE');
  }

  /** The physical ids of the resources that are there, by logical id. */
  async physicalIds(): Promise<ReadonlyMap<string, string>> {
    const { StackResources = [] } = await this.#emulator.cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: this.#name }),
    );
    return new Map(
      StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
        LogicalResourceId,
        PhysicalResourceId,
      ]),
    );
  }

  async #request(parameters: ParameterSet, template = this.#template) {
    const key = `${this.#name}.json`;
    await this.#emulator.s3.send(
      new PutObjectCommand({ Bucket: CODE_BUCKET, Key: key, Body: JSON.stringify(template) }),
    );
    return {
      StackName: this.#name,
      TemplateURL: `${this.#emulator.endpoint}/${CODE_BUCKET}/${key}`,
      Capabilities: ['CAPABILITY_IAM' as const],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    };
  }

  async #until(wanted: string): Promise<void> {
    const deadlineMs = Date.now() + STACK_TIMEOUT_MS;
    let status = 'unknown';
    while (Date.now() < deadlineMs) {
      status = await this.#status();
      if (status === wanted) return;
      if (!status.endsWith('_IN_PROGRESS')) break;
      await sleep(LOOK_INTERVAL_MS);
    }
    throw new DeployCheckError(
      'emulator-failed',
      `The stack ${this.#name} is ${status} where ${wanted} was expected: ${await this.#reasons()}`,
    );
  }

  async #status(): Promise<string> {
    try {
      const { Stacks: [stack] = [] } = await this.#emulator.cloudFormation.send(
        new DescribeStacksCommand({ StackName: this.#name }),
      );
      return stack?.StackStatus ?? 'DELETE_COMPLETE';
    } catch (error) {
      // A deleted stack is no longer described by its name.
      if (error instanceof Error && error.name === 'ValidationError') return 'DELETE_COMPLETE';
      throw error;
    }
  }

  async #reasons(): Promise<string> {
    const { StackEvents = [] } = await this.#emulator.cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: this.#name }),
    );
    const failures = StackEvents.flatMap(
      ({ LogicalResourceId = '', ResourceStatus = '', ResourceStatusReason = '' }) =>
        /FAILED|ROLLBACK/.test(ResourceStatus) && ResourceStatusReason !== ''
          ? [`${LogicalResourceId}: ${ResourceStatusReason}`]
          : [],
    );
    return failures.join('; ');
  }
}
