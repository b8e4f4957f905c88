/**
 * The most partitions that a key may be spread over. A page reads every one of them.
 */
export const PARTITIONS_MAX = 512;

/** The most parts that the stats of one day may have: readers look for so many. */
export const STATS_PARTS_MAX = 512;

const FNV_OFFSET = 0x81_1c_9d_c5;
const FNV_PRIME = 0x01_00_01_93;

/**
 * The 32-bit FNV-1a hash of an ASCII text, such as an id. It is stored in keys, so it must never change.
 * See https://datatracker.ietf.org/doc/draft-eastlake-fnv.
 */
export function hash32(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return hash >>> 0;
}

/**
 * The number of the partition that an id is in, from 0 on.
 *
 * @param partitions How many there are, 1 to {@link PARTITIONS_MAX}.
 */
export const partitionOf = (id: string, partitions: number): number => hash32(id) % partitions;

/** Whether an id is in this partition with any number of partitions that a deployment may have had. */
export function isPartitionOf(id: string, partition: number): boolean {
  const hash = hash32(id);
  for (let partitions = partition + 1; partitions <= PARTITIONS_MAX; partitions += 1)
    if (hash % partitions === partition) return true;
  return false;
}
