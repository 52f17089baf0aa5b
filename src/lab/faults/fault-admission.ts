import { type Fault, faults, nodes } from '#api'
import type { Admission } from '#apiserver'
import { groupResourceOf } from '#machinery'
import { invalid } from '#machinery/status'
import { fieldPath, notFoundField } from '#machinery/validation'

/** The admission plugin FaultTarget refuses a fault on a node that the cluster does not have. */
export const faultAdmission: Admission = {
  name: 'FaultTarget',
  handles: ({ verb, resource, subresource }) =>
    verb === 'create' &&
    subresource === '' &&
    groupResourceOf(resource) === groupResourceOf(faults),
  validate({ object, name }, { objects }) {
    const { node } = (object as Fault).spec
    if (node === undefined || objects.get(nodes, { name: node })) return
    throw invalid(faults, name, [notFoundField(fieldPath('spec', 'node'), node)])
  },
}
