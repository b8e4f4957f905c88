import * as z from 'zod';
import { Version } from '../ids.ts';

const QUOTED_DIGITS = /^"[1-9]\d{0,15}"$/;

/** An entity tag: an item's version in quotes, as `ETag` gives it and `If-Match` takes it. See https://www.rfc-editor.org/rfc/rfc9110#name-etag. */
export const VersionTag = z.string().regex(QUOTED_DIGITS, 'must be an entity tag that the API gave');
export type VersionTag = z.infer<typeof VersionTag>;

/** The tag of a version. */
export const versionTag = (version: Version): VersionTag => `"${version}"`;

/** The version in an `If-Match` header. */
export const VersionFromTag = VersionTag.transform((tag) => Number(tag.slice(1, -1))).pipe(Version);
