import * as z from 'zod';

/** Every base of the URLs of schemas: https, or http on this machine alone. A source of a regular expression. */
export const SCHEMA_BASE_URL = String.raw`https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[\w.~-]+)*|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?`;

/** A base of the URLs of schemas, empty for none. */
export const schemaBaseUrl = () => z.string().regex(new RegExp(`^(?:${SCHEMA_BASE_URL})?$`));
