import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApiDocument } from '../contract-tooling/asyncapi.ts';
import { eventSchemasDocument } from '../contract-tooling/event-schemas.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes contracts/asyncapi.json and contracts/events/schemas.json.
const contracts = join(PROJECT_ROOT, 'contracts');
writeFileSync(join(contracts, 'asyncapi.json'), await asyncApiDocument());
writeFileSync(join(contracts, 'events', 'schemas.json'), await eventSchemasDocument());
