import { deepEqual, type Stored } from '#machinery'
import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { DeviceClass } from '../../../generated/types/resource-v1.ts'
import { ensure } from '../../../shared/checks.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { isExtendedResource } from '../../../shared/resource-amounts.ts'
import { validateConfiguration } from '../shared/configs.ts'
import { boundedList } from '../shared/lists.ts'
import { validateSelectors } from '../shared/selectors.ts'

const mostConfigs = 32

/** DeviceClasses say by expressions which devices belong to them, and how drivers set them up. */
export const deviceClasses = defineResource<DeviceClass>(
  { group: 'resource.k8s.io', version: 'v1', kind: 'DeviceClass' },
  {
    columns: [nameColumn, ageColumn],
    tracksGeneration: true,
    validate: (object) => validate(object),
    validateUpdate: (next, old: Stored<DeviceClass>) => validate(next, old),
  },
)

function validate({ spec }: DeviceClass, old?: DeviceClass): FieldErrors {
  const path = fieldPath('spec')
  const isStored = old !== undefined && deepEqual(spec?.config, old.spec.config)
  const { selectors, config, extendedResourceName: name } = spec ?? {}
  return [
    ...validateSelectors(selectors, path.child('selectors')),
    ...boundedList(config, path.child('config'), mostConfigs, (each, at) =>
      validateConfiguration(each, at, isStored),
    ),
    ...ensure(name === undefined || isExtendedResource(name), () =>
      invalidField(
        path.child('extendedResourceName'),
        name,
        'must be a valid extended resource name',
      ),
    ),
  ]
}
