import type { Stored } from '#machinery'
import {
  fieldPath,
  validateAnnotations,
  validateImmutable,
  validateLabels,
} from '#machinery/validation'
import type { ResourceClaimTemplate } from '../../../generated/types/resource-v1.ts'
import { changeMember } from '../../../shared/change.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateClaimSpec, withClaimDefaults } from '../resource-claim/claim.ts'

/** ResourceClaimTemplates are what claims are made of, one for each pod that names them. */
export const resourceClaimTemplates = defineResource<ResourceClaimTemplate>(
  { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceClaimTemplate' },
  {
    columns: [nameColumn, ageColumn],
    default: (template) =>
      changeMember(template, 'spec', (spec) => changeMember(spec, 'spec', withClaimDefaults)),
    validate,
    validateUpdate: (next, old: Stored<ResourceClaimTemplate>) => [
      ...validate(next),
      ...validateImmutable(next.spec, old.spec, fieldPath('spec')),
    ],
  },
)

function validate({ spec }: ResourceClaimTemplate) {
  const path = fieldPath('spec')
  const { labels = {}, annotations = {} } = spec?.metadata ?? {}
  return [
    ...validateLabels(labels, path.child('metadata', 'labels')),
    ...validateAnnotations(annotations, path.child('metadata', 'annotations')),
    ...validateClaimSpec(spec?.spec, path.child('spec')),
  ]
}
