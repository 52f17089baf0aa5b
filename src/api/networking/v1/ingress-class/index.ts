import type { Stored } from '#machinery'
import {
  type FieldErrors,
  fieldPath,
  tooLongField,
  validateDomainPrefixedPath,
  validateImmutable,
} from '#machinery/validation'
import type { IngressClass } from '../../../generated/types/networking-v1.ts'
import { changeMember, fillAbsent } from '../../../shared/change.ts'
import { ensure, requireValue } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

const path = fieldPath('spec')
const maxControllerBytes = 250

/** IngressClasses name the controllers that serve Ingresses. */
export const ingressClasses = defineResource<IngressClass>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass' },
  {
    columns: [
      nameColumn,
      text('Controller', ({ spec }) => spec?.controller ?? ''),
      text('Parameters', parametersText),
      ageColumn,
    ],
    tracksGeneration: true,
    default: (object) =>
      changeMember(object, 'spec', (spec) =>
        changeMember(spec, 'parameters', (parameters) =>
          fillAbsent(parameters, { scope: 'Cluster' }),
        ),
      ),
    validate,
    validateUpdate: (next, old: Stored<IngressClass>) => [
      ...validateImmutable(next.spec?.controller, old.spec?.controller, path.child('controller')),
      ...validate(next),
    ],
  },
)

function parametersText({ spec }: IngressClass): string {
  const { parameters } = spec ?? {}
  if (!parameters) return none
  const group = parameters.apiGroup ? `.${parameters.apiGroup}` : ''
  return `${parameters.kind}${group}/${parameters.name}`
}

function validate({ spec = {} }: IngressClass): FieldErrors {
  const { controller = '', parameters } = spec
  const at = path.child('parameters')
  return [
    ...ensure(controller.length <= maxControllerBytes, () =>
      tooLongField(path.child('controller'), maxControllerBytes),
    ),
    ...validateDomainPrefixedPath(controller, path.child('controller')),
    ...(parameters
      ? [
          ...requireValue(parameters.kind, at.child('kind'), 'kind is required'),
          ...requireValue(parameters.name, at.child('name'), 'name is required'),
        ]
      : []),
  ]
}
