import * as z from 'zod';
import { attributeValue, membersOfType, unmarshal } from './unmarshal.ts';

/**
 * The contract of an item for its image in DynamoDB's wire form, to be compiled: each attribute that the contract names is read
 * and checked in one walk, without an object of all attributes in between.
 *
 * It takes an image only if the contract takes what {@link unmarshal} makes of it, and returns the same, for a contract of fewer
 * than 32 levels. What it refuses is to be read by the contract, which names the fields.
 */
export function wireForm<Item>(contract: z.ZodType<Item>): z.ZodType<Item> {
  const form = contract instanceof z.ZodObject ? objectForm(contract) : undefined;
  // What a schema returns does not follow from its parts for the compiler.
  return (form ?? z.pipe(UNMARSHALLED, contract)) as z.ZodType<Item>;
}

// Readers as `overwrite`: compiled, it is a plain call, where a transform makes an object for each value.
const UNMARSHALLED = z
  .unknown()
  .overwrite((image) => (typeof image === 'object' && image !== null ? unmarshal(image) : undefined));
const VALUE = z.unknown().overwrite((attribute) => attributeValue(attribute));
const MEMBERS = z.unknown().overwrite((attribute) => membersOfType('M', attribute));
const ELEMENTS = z.unknown().overwrite((attribute) => membersOfType('L', attribute));

/** `undefined` where the attributes are not all named. */
function objectForm(contract: z.ZodObject): z.ZodType | undefined {
  const { def } = contract;
  if (def.catchall !== undefined) return undefined;
  const shape = Object.fromEntries(
    Object.entries(def.shape).map(([name, one]) => [name, attributeForm(one)]),
  );
  // With the checks of the contract.
  return contract.clone({ ...def, shape });
}

function attributeForm(contract: z.core.$ZodType): z.core.$ZodType {
  // Exact: an attribute without a value is no attribute value.
  if (contract instanceof z.ZodOptional) return z.exactOptional(attributeForm(contract.def.innerType));
  if (contract instanceof z.ZodArray)
    return z.pipe(
      ELEMENTS,
      contract.clone({ ...contract.def, element: attributeForm(contract.def.element) }),
    );
  const members = contract instanceof z.ZodObject ? objectForm(contract) : undefined;
  return members === undefined ? z.pipe(VALUE, contract) : z.pipe(MEMBERS, members);
}
