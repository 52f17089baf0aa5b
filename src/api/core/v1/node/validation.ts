import { deepEqual, type Stored } from '#machinery'
import {
  checkLabelValue,
  duplicateField,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  invalidField,
  validateCidr,
  validateLabelKey,
} from '#machinery/validation'
import type { Node, Taint } from '../../../generated/types/index.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { validateResourceQuantity } from '../../../shared/resource-amounts.ts'
import { validateTaintEffect } from '../pod/validation/scheduling.ts'

const specPath = fieldPath('spec')

/** A new node; what its kubelet says of its status is checked as well. */
export function validateNode(node: Node): FieldErrors {
  const { podCIDRs = [] } = node.spec ?? {}
  const path = specPath.child('podCIDRs')
  const families = podCIDRs.map((cidr) => cidr.includes(':'))
  return [
    ...validateTaints(node.spec?.taints),
    ...validateAmounts(node),
    ...eachItem(podCIDRs, path, (cidr, at) => validateCidr(cidr, at)),
    ...ensure(new Set(families).size === families.length, () =>
      invalidField(path, podCIDRs, 'may specify no more than one CIDR for each IP family'),
    ),
  ]
}

/** What once is set of a node's spec stays, but for taints and whether pods may be put there. */
export function validateNodeUpdate(node: Node, old: Stored<Node>): FieldErrors {
  const [spec, oldSpec] = [node.spec ?? {}, old.spec ?? {}]
  const rule = 'node updates may not change'
  const addresses = new Set<string>()
  return [
    ...validateAmounts(node),
    ...eachItem(node.status?.addresses, fieldPath('status', 'addresses'), (address, at) => {
      const key = `${address.type} ${address.address}`
      const repeated = addresses.has(key)
      addresses.add(key)
      return ensure(!repeated, () => duplicateField(at, address))
    }),
    ...ensure(!oldSpec.podCIDRs?.length || deepEqual(spec.podCIDRs, oldSpec.podCIDRs), () =>
      forbiddenField(specPath.child('podCIDRs'), `${rule} podCIDR except from "" to valid`),
    ),
    ...ensure(!oldSpec.providerID || spec.providerID === oldSpec.providerID, () =>
      forbiddenField(specPath.child('providerID'), `${rule} providerID except from "" to valid`),
    ),
    ...validateTaints(spec.taints),
    ...ensure((spec.externalID ?? '') === (oldSpec.externalID ?? ''), () =>
      forbiddenField(specPath.child('externalID'), 'may not be updated'),
    ),
  ]
}

function validateAmounts({ status }: Node): FieldErrors {
  return (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, text]) =>
      validateResourceQuantity(name, text, fieldPath('status', list, name)),
    ),
  )
}

/** Upstream looks for taints in the metadata, as far as its messages go. */
function validateTaints(taints: readonly Taint[] | undefined): FieldErrors {
  const seen = new Set<string>()
  return eachItem(taints, fieldPath('metadata', 'taints'), (taint, at) => {
    const { key = '', value = '', effect = '' } = taint
    const valueMessages = checkLabelValue(value)
    const identity = `${key}:${effect}`
    const repeated = seen.has(identity)
    seen.add(identity)
    return [
      ...validateLabelKey(key, at.child('key')),
      ...ensure(valueMessages.length === 0, () =>
        invalidField(at.child('value'), value, valueMessages.join(';')),
      ),
      ...validateTaintEffect(effect, at.child('effect')),
      ...ensure(!repeated, () => ({
        type: 'FieldValueDuplicate',
        field: `${at}`,
        badValue: taint,
        detail: 'taints must be unique by key and effect pair',
      })),
    ]
  })
}
