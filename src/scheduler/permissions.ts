import type { PolicyRule } from '#api'

const read = ['get', 'list', 'watch']

/** What the scheduler does with the API: upstream's ClusterRole `system:kube-scheduler`. */
export const permissions: readonly PolicyRule[] = [
  rule(['', 'events.k8s.io'], ['events'], ['create', 'patch', 'update']),
  rule(['coordination.k8s.io'], ['leases'], ['create', 'get', 'list', 'update', 'watch']),
  {
    ...rule(['coordination.k8s.io'], ['leases'], ['get', 'patch', 'update']),
    resourceNames: ['kube-scheduler'],
  },
  rule(['coordination.k8s.io'], ['leasecandidates'], read),
  rule([''], ['nodes'], read),
  rule([''], ['pods'], ['delete', ...read]),
  rule([''], ['bindings', 'pods/binding'], ['create']),
  rule([''], ['pods/status'], ['patch', 'update']),
  rule([''], ['replicationcontrollers', 'services'], read),
  rule(['apps', 'extensions'], ['replicasets'], read),
  rule(['apps'], ['statefulsets'], read),
  rule(['policy'], ['poddisruptionbudgets'], read),
  rule([''], ['persistentvolumeclaims', 'persistentvolumes'], [...read, 'patch', 'update']),
  rule(['authentication.k8s.io'], ['tokenreviews'], ['create']),
  rule(['authorization.k8s.io'], ['subjectaccessreviews'], ['create']),
  rule(['storage.k8s.io'], ['csinodes'], read),
  rule([''], ['namespaces'], read),
  rule(['storage.k8s.io'], ['csidrivers'], read),
  rule(['storage.k8s.io'], ['csistoragecapacities'], read),
  rule(['storage.k8s.io'], ['volumeattachments'], read),
  rule(['resource.k8s.io'], ['deviceclasses'], read),
  rule(['resource.k8s.io'], ['resourceclaims'], [...read, 'patch', 'update']),
  rule(['resource.k8s.io'], ['resourceclaims/status'], ['patch', 'update']),
  rule(['resource.k8s.io'], ['resourceslices'], read),
]

function rule(
  apiGroups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
): PolicyRule {
  return { apiGroups, resources, verbs }
}
