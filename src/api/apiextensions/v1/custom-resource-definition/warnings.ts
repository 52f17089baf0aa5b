import { deepEqual } from '#machinery'
import type { CustomResourceDefinition } from '../../../generated/types/apiextensions-v1.ts'

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const stored = 'stored, but nothing acts on it yet:'

/** What a definition asks for that is not done. */
export function definitionWarnings({ spec }: CustomResourceDefinition): readonly string[] {
  const schemas = spec.versions.flatMap(({ schema }, index) =>
    !schema?.openAPIV3Schema || deepEqual(schema.openAPIV3Schema, open)
      ? []
      : [
          `spec.versions[${index}].schema: ${stored} objects are not pruned, defaulted or validated by it`,
        ],
  )
  if (spec.conversion?.strategy !== 'Webhook') return schemas
  return [
    ...schemas,
    `spec.conversion.webhook: ${stored} versions differ by their apiVersion alone`,
  ]
}
