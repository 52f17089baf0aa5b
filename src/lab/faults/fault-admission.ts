import { type Fault, faults, nodes } from '#api'
import type { Admission } from '#apiserver'
import { groupResourceOf } from '#machinery'
import { invalid } from '#machinery/status'
import { fieldPath, notFoundField } from '#machinery/validation'

/** The admission plugin FaultTarget refuses a fault on a node, or between nodes, that the cluster does not have. */
export const faultAdmission: Admission = {
  name: 'FaultTarget',
  handles: ({ verb, resource, subresource }) =>
    verb === 'create' &&
    subresource === '' &&
    groupResourceOf(resource) === groupResourceOf(faults),
  validate({ object, name }, { objects }) {
    const { spec } = object as Fault
    const errors = (['node', 'peer'] as const).flatMap((field) => {
      const wanted = spec[field]
      const isThere = wanted === undefined || objects.get(nodes, { name: wanted })
      return isThere ? [] : [notFoundField(fieldPath('spec', field), wanted)]
    })
    if (errors.length > 0) throw invalid(faults, name, errors)
  },
}
