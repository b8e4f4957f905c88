import fc from 'fast-check';

/** Every way in which a stream and its replays may deliver changes: each at least once, some again, in any order. */
export const deliveriesOf = <Change>(changes: readonly Change[]): fc.Arbitrary<Change[]> =>
  fc
    .array(fc.constantFrom(...changes), { maxLength: changes.length })
    .chain((again) =>
      fc.shuffledSubarray([...changes, ...again], { minLength: changes.length + again.length }),
    );
