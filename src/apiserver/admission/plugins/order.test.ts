import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, seededRandom } from '#lib'
import { createRbacAuthorizer } from '../../authz/rbac.ts'
import { unusedPluginParts } from '../../plugin-parts-fixture.ts'
import { objectsOf } from '../objects-fixture.ts'
import { admissionPlugins } from './index.ts'

/** Upstream's `AllOrderedPlugins` (pkg/kubeapiserver/options/plugins.go). */
const upstream = [
  ...['AlwaysAdmit', 'NamespaceAutoProvision', 'NamespaceLifecycle', 'NamespaceExists'],
  ...['LimitPodHardAntiAffinityTopology', 'LimitRanger', 'ServiceAccount', 'NodeRestriction'],
  ...['TaintNodesByCondition', 'AlwaysPullImages', 'ImagePolicyWebhook', 'PodSecurity'],
  ...['PodNodeSelector', 'Priority', 'DefaultTolerationSeconds', 'PodTolerationRestriction'],
  ...['EventRateLimit', 'ExtendedResourceToleration', 'DefaultStorageClass'],
  ...['StorageObjectInUseProtection', 'PodGroupProtection', 'OwnerReferencesPermissionEnforcement'],
  ...['PersistentVolumeClaimResize', 'RuntimeClass', 'CertificateApproval', 'CertificateSigning'],
  ...['ClusterTrustBundleAttest', 'CertificateSubjectRestriction', 'DefaultIngressClass'],
  ...['DenyServiceExternalIPs', 'PodTopologyLabels', 'PodGroupWorkloadExists'],
  ...['NodeDeclaredFeatureValidator', 'JobValidation', 'PodResizeValidator'],
  ...['MutatingAdmissionPolicy', 'MutatingAdmissionWebhook', 'ValidatingAdmissionPolicy'],
  ...['ValidatingAdmissionWebhook', 'ResourceQuota', 'AlwaysDeny'],
]

/** What upstream does outside of admission; it comes first. */
const own = ['RBACEscalation', 'PolicyParamAccess', 'TerminatingKinds']

test('the plugins stand in the order of upstream, and what it does not have comes first', () => {
  const empty = () => []
  const rbac = createRbacAuthorizer({
    changes: () => 1,
    roles: empty,
    roleBindings: empty,
    clusterRoles: empty,
    clusterRoleBindings: empty,
  })
  const clock = createVirtualClock()
  const shared = unusedPluginParts(objectsOf([]))
  const options = { ...shared, clock, random: seededRandom(1), rbac, authorizer: rbac }
  const names = admissionPlugins(options).map(({ name }) => name)
  assert.deepEqual(
    names,
    [...own, ...upstream].filter((name) => names.includes(name)),
  )
  assert.equal(new Set(names).size, names.length)
})
