import type { Stored } from '#machinery'
import {
  checkDns1123Label,
  type FieldErrors,
  fieldPath,
  validateImmutable,
} from '#machinery/validation'
import { validateTolerations } from '../../../core/v1/pod/validation/scheduling.ts'
import type { RuntimeClass } from '../../../generated/types/index.ts'
import { invalidWith } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateResourceName, validateResourceQuantity } from '../../../shared/resource-amounts.ts'

/** RuntimeClasses name the handlers that a container runtime offers. */
export const runtimeClasses = defineResource<RuntimeClass>(
  { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass' },
  {
    columns: [nameColumn, text('Handler', ({ handler }) => handler), ageColumn],
    validate,
    validateUpdate: (next, old: Stored<RuntimeClass>) =>
      validateImmutable(next.handler, old.handler, fieldPath('handler')),
  },
)

function validate({ handler = '', overhead, scheduling }: RuntimeClass): FieldErrors {
  const fixed = fieldPath('overhead', 'podFixed')
  return [
    ...invalidWith(fieldPath('handler'), handler, checkDns1123Label(handler)),
    ...Object.entries(overhead?.podFixed ?? {}).flatMap(([name, text]) => [
      ...validateResourceName(name, fixed.key(name)),
      ...validateResourceQuantity(name, text, fixed.key(name)),
    ]),
    ...validateTolerations(scheduling?.tolerations, fieldPath('scheduling', 'tolerations')),
  ]
}
