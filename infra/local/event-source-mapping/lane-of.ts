const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Which of a shard's lanes a partition key belongs to: always the same one, so that its records stay in order however
 * many batches are processed at once. FNV-1a of the key; see http://www.isthe.com/chongo/tech/comp/fnv/ and
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html for the guarantee.
 */
export function laneOf(partitionKey: string, lanes: number): number {
  let hash = FNV_OFFSET_BASIS;
  for (const byte of Buffer.from(partitionKey)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash >>> 0) % lanes;
}
