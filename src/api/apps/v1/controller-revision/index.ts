import { controllerOf, type Stored } from '#machinery'
import {
  fieldPath,
  invalidField,
  requiredField,
  validateImmutable,
  validateNonNegative,
} from '#machinery/validation'
import type { ControllerRevision } from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import { ageColumn, integer, nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** ControllerRevisions keep the past templates of DaemonSets and StatefulSets. */
export const controllerRevisions = defineResource<ControllerRevision>(
  { group: 'apps', version: 'v1', kind: 'ControllerRevision' },
  {
    columns: [
      nameColumn,
      text('Controller', controllerText),
      integer('Revision', ({ revision }) => revision),
      ageColumn,
    ],
    validate,
    validateUpdate: (next: ControllerRevision, old: Stored<ControllerRevision>) => [
      ...validate(next),
      ...validateImmutable(next.data, old.data, fieldPath('data')),
    ],
  },
)

function validate({ data, revision = 0 }: ControllerRevision) {
  return [
    ...ensure(data !== undefined, () => requiredField(fieldPath('data'), 'data is mandatory')),
    ...ensure(data === undefined || isObject(data), () =>
      invalidField(fieldPath('data'), data, 'must be a valid JSON object'),
    ),
    ...validateNonNegative(revision, fieldPath('revision')),
  ]
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `statefulset.apps/web`. */
function controllerText(revision: Stored<ControllerRevision>): string {
  const owner = controllerOf(revision)
  if (!owner) return none
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : ''
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`
}
