import {
  checkLabelValue,
  deepEqual,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  type Stored,
  validateCidr,
  validateLabelKey,
} from '#machinery'
import type { Node, NodeSpec, Taint } from '../../../generated/types/index.ts'
import { change } from '../../../shared/change.ts'
import { eachItem, ensure, invalidWith } from '../../../shared/checks.ts'
import { validateResourceQuantity } from '../../../shared/resource-amounts.ts'
import { validateTaintEffect } from '../pod/validate-scheduling.ts'

const specPath = fieldPath('spec')

export function validateNode({ spec = {}, status }: Node): FieldErrors {
  const capacity = status?.capacity ?? {}
  return [
    ...validateTaints(spec.taints),
    ...eachItem(spec.podCIDRs, specPath.child('podCIDRs'), (cidr, at) => validateCidr(cidr, at)),
    ...Object.entries(capacity).flatMap(([name, text]) =>
      validateResourceQuantity(name, text, fieldPath('status', 'capacity').key(name)),
    ),
  ]
}

/** Of a node's spec only taints, scheduling and what was empty may change. */
export function validateNodeUpdate(node: Node, old: Stored<Node>): FieldErrors {
  const [spec, oldSpec] = [node.spec ?? {}, old.spec ?? {}]
  const rule = 'node updates may not change'
  return [
    ...validateNode(node),
    ...ensure(!oldSpec.podCIDRs?.length || deepEqual(spec.podCIDRs, oldSpec.podCIDRs), () =>
      forbiddenField(specPath.child('podCIDRs'), `${rule} podCIDR except from "" to valid`),
    ),
    ...ensure(!oldSpec.providerID || spec.providerID === oldSpec.providerID, () =>
      forbiddenField(specPath.child('providerID'), `${rule} providerID except from "" to valid`),
    ),
    ...ensure(deepEqual(fixedPart(spec), fixedPart(oldSpec)), () =>
      forbiddenField(fieldPath(''), 'node updates may only change labels, taints, or capacity'),
    ),
  ]
}

function fixedPart(spec: NodeSpec): NodeSpec {
  return change(spec, {
    podCIDR: undefined,
    podCIDRs: undefined,
    providerID: undefined,
    unschedulable: undefined,
    taints: undefined,
  })
}

function validateTaints(taints: readonly Taint[] | undefined): FieldErrors {
  const seen = new Set<string>()
  return eachItem(taints, specPath.child('taints'), (taint, at) => {
    const { key = '', value = '', effect = '' } = taint
    const identity = `${key}:${effect}`
    const repeated = seen.has(identity)
    seen.add(identity)
    return [
      ...validateLabelKey(key, at.child('key')),
      ...invalidWith(at.child('value'), value, checkLabelValue(value)),
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
