import { customResourceDefinitions, validatingAdmissionPolicies } from '#api'
import { keyOf } from '#machinery'
import { typeWarnings } from '#rules'
import { type Controller, watching } from '../runner/controller.ts'
import { kindsOf, knownKinds, paramType } from './kinds.ts'

const name = 'validatingadmissionpolicy-status'

/**
 * Holds the expressions of ValidatingAdmissionPolicies to the types of what they are about, and says in their status
 * what does not fit; they hold as they are all the same (upstream: validatingadmissionpolicystatus).
 */
export const admissionPolicyStatusController: Controller = {
  name,
  workers: 5,
  permissions: [
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['validatingadmissionpolicies'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['validatingadmissionpolicies/status'],
      verbs: ['get', 'patch', 'update'],
    },
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      verbs: ['get', 'list', 'watch'],
    },
  ],
  start({ informers }) {
    const policies = informers.informer(validatingAdmissionPolicies)
    const definitions = informers.informer(customResourceDefinitions)
    return {
      watches: [watching(validatingAdmissionPolicies, (policy) => [keyOf(policy)])],
      async reconcile(key, { client }) {
        const policy = policies.get(key)
        const generation = policy?.metadata.generation ?? 0
        if (!policy || generation <= (policy.status?.observedGeneration ?? 0)) return undefined
        const { spec = {} } = policy
        const known = knownKinds(definitions.list())
        const kinds = kindsOf(spec.matchConstraints?.resourceRules ?? [], known)
        const expressionWarnings = typeWarnings(spec, kinds, paramType(spec.paramKind, known))
        const status = {
          observedGeneration: generation,
          typeChecking: { ...(expressionWarnings.length > 0 && { expressionWarnings }) },
        }
        const patch = {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingAdmissionPolicy',
          metadata: { name: policy.metadata.name },
          status,
        }
        const body = {
          kind: 'apply',
          patch,
          fieldManager: `${name}-controller`,
          force: true,
        } as const
        await client.patch(validatingAdmissionPolicies, policy.metadata, body, {
          subresource: 'status',
        })
        return undefined
      },
    }
  },
}
