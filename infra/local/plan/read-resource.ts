import type * as z from 'zod';
import type { LocalResource } from '../template/local-names.ts';
import type { Resource } from '../template/template.ts';

/** What a reader of one type of resource is given. */
export interface ResourceToRead {
  readonly logicalId: string;
  readonly local: LocalResource;
  readonly resource: Resource;
  /** The resource's evaluated and checked properties; see readProperties. */
  readonly properties: <Shape extends z.core.$ZodLooseShape>(known: {
    readonly shape: Shape;
    readonly ignored: readonly string[];
  }) => z.infer<z.ZodObject<Shape>>;
}

/** Turns one resource of the template into what the local system starts for it. */
export type ReadResource<Definition> = (resource: ResourceToRead) => Definition;
