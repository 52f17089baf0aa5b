import { type FieldErrors, type FieldPath, requiredField } from '#machinery/validation'
import type { Counter } from '../../../generated/types/resource-v1.ts'
import { boundedMap } from '../shared/lists.ts'
import { validateLabelName } from '../shared/names.ts'

/** The name of a counter is a label. */
const longestCounter = 63
const mostCounters = 32

/** Errors of counters under the name of their set, whether a slice offers them or a device consumes them. */
export function validateCounters(
  set: { readonly name: string; readonly at: FieldPath },
  counters: Readonly<Record<string, Counter>> | undefined,
  countersAt: FieldPath,
): FieldErrors {
  const { name, at } = set
  return [
    ...(name === '' ? [requiredField(at)] : validateLabelName(name, at)),
    ...(Object.keys(counters ?? {}).length === 0
      ? [requiredField(countersAt)]
      : boundedMap(counters, countersAt, {
          most: mostCounters,
          longestKey: longestCounter,
          checkKey: validateLabelName,
        })),
  ]
}
