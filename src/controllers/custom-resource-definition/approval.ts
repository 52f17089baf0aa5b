import { approvalOf, customResourceDefinitions, isProtectedGroup } from '#api'
import { findCondition, keyOf } from '#machinery'
import { type Controller, watching } from '../runner/controller.ts'
import { definitionPermissions, recordStatus, withConditions } from './status.ts'

const type = 'KubernetesAPIApprovalPolicyConformant'
const reasons = {
  missing: 'MissingAnnotation',
  invalid: 'InvalidAnnotation',
  bypassed: 'UnapprovedAnnotation',
  approved: 'ApprovedAnnotation',
} as const

/** Says whether kinds of the Kubernetes project's own groups are approved (upstream: apiapproval). */
export const customResourceApprovalController: Controller = {
  name: 'custom-resource-approval',
  workers: 1,
  permissions: definitionPermissions,
  start({ informers }) {
    const cache = informers.informer(customResourceDefinitions)
    return {
      watches: [
        watching(customResourceDefinitions, (each) =>
          isProtectedGroup(each.spec.group) ? [keyOf(each)] : [],
        ),
      ],
      async reconcile(name, { client, clock }) {
        const definition = cache.get(name)
        if (!definition) return undefined
        const { state, reason: message } = approvalOf(definition)
        const reason = reasons[state]
        const held = findCondition(definition.status?.conditions, type)
        if (held?.reason === reason && held.message === message) return undefined
        const status = state === 'approved' ? 'True' : 'False'
        const condition = { type, status, reason, message }
        await recordStatus(client, withConditions(definition, [condition], clock.wallMs()))
        return undefined
      },
    }
  },
}
