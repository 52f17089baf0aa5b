import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupVersionOf } from '#machinery'
import type { FieldType } from '#machinery/schema'
import { apiSchema, fieldGaps, kindGaps, resources } from '../src/api/index.ts'
import { projectRoot } from '../test/fixture/tools.ts'
import { unreadFields } from './unread-fields.ts'

/** Fields that nobody reads by their type, with why that is right. The list may only shrink. */
const known: Readonly<Record<string, string>> = {
  ...each('told by clients, and shown', {
    'core.v1.Event': ['action', 'count', 'message', 'related', 'reportingInstance', 'series'],
    'core.v1.EventSeries': ['count', 'lastObservedTime'],
    'core.v1.EventSource': ['host'],
    'coordination.v1.LeaseSpec': ['acquireTime', 'preferredHolder', 'strategy'],
    'scheduling.v1.PriorityClass': ['description'],
  }),
  ...each('upstream takes it and does nothing with it either', {
    'core.v1.ConfigMapNodeConfigSource': [
      ...['kubeletConfigKey', 'name', 'namespace', 'resourceVersion', 'uid'],
    ],
    'core.v1.NodeConfigSource': ['configMap'],
    'core.v1.NodeSpec': ['externalID'],
    'discovery.v1.Endpoint': ['deprecatedTopology', 'zone'],
  }),
  ...each('for authorizers that look at labels, of which upstream includes none', {
    'authorization.v1.LabelSelectorAttributes': ['rawSelector', 'requirements'],
  }),
  ...each('for controllers of a cloud, of which none is included', {
    'core.v1.NodeSpec': ['providerID'],
  }),
  ...each('there is one version of that field, which validation demands', {
    'core.v1.ObjectFieldSelector': ['apiVersion'],
    'rbac.v1.RoleRef': ['apiGroup'],
    'rbac.v1.Subject': ['apiGroup'],
  }),
  ...each('validation alone acts on it', {
    'core.v1.ConfigMap': ['immutable'],
    'core.v1.Secret': ['immutable'],
  }),
  ...each('defaults put its value into the field that is read', {
    'core.v1.PodSpec': ['serviceAccount'],
  }),
  ...each('drivers read it in the allocation, into which it is copied', {
    'resource.v1.DeviceClaimConfiguration': ['opaque'],
    'resource.v1.DeviceClassConfiguration': ['opaque'],
  }),
  ...each("read as a type of the kubelet's, the proxy's or the policies' own", {
    'admissionregistration.v1.ApplyConfiguration': ['expression'],
    'admissionregistration.v1.AuditAnnotation': ['key', 'valueExpression'],
    'admissionregistration.v1.JSONPatch': ['expression'],
    'admissionregistration.v1.MutatingAdmissionPolicyBindingSpec': ['paramRef', 'policyName'],
    'admissionregistration.v1.MutatingAdmissionPolicySpec': [
      ...['matchConditions', 'matchConstraints', 'paramKind', 'variables'],
    ],
    'admissionregistration.v1.Mutation': ['applyConfiguration', 'jsonPatch', 'patchType'],
    'admissionregistration.v1.NamedRuleWithOperations': ['scope'],
    'admissionregistration.v1.ValidatingAdmissionPolicyBinding': ['spec'],
    'admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec': [
      ...['matchResources', 'paramRef', 'policyName', 'validationActions'],
    ],
    'admissionregistration.v1.ValidatingAdmissionPolicySpec': [
      ...['auditAnnotations', 'matchConditions', 'validations', 'variables'],
    ],
    'admissionregistration.v1.Validation': [
      ...['expression', 'message', 'messageExpression', 'reason'],
    ],
    'core.v1.ConfigMapKeySelector': ['key', 'optional'],
    'core.v1.ConfigMapProjection': ['items', 'optional'],
    'core.v1.ConfigMapVolumeSource': ['items', 'optional'],
    'core.v1.ContainerRestartRuleOnExitCodes': ['operator', 'values'],
    'core.v1.SecretKeySelector': ['key', 'optional'],
    'core.v1.SecretProjection': ['items', 'optional'],
    'core.v1.SecretVolumeSource': ['items', 'optional'],
    'discovery.v1.ForNode': ['name'],
    'discovery.v1.ForZone': ['name'],
  }),
  ...each("read as a type of the rules' own, which know no kinds, or of the matching of requests", {
    'admissionregistration.v1.ApplyConfiguration': ['expression'],
    'admissionregistration.v1.AuditAnnotation': ['key', 'valueExpression'],
    'admissionregistration.v1.JSONPatch': ['expression'],
    'admissionregistration.v1.MutatingAdmissionPolicyBindingSpec': ['paramRef', 'policyName'],
    'admissionregistration.v1.MutatingAdmissionPolicySpec': [
      ...['matchConditions', 'matchConstraints', 'paramKind', 'variables'],
    ],
    'admissionregistration.v1.Mutation': ['applyConfiguration', 'jsonPatch', 'patchType'],
    'admissionregistration.v1.NamedRuleWithOperations': ['scope'],
    'admissionregistration.v1.ValidatingAdmissionPolicyBinding': ['spec'],
    'admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec': [
      ...['matchResources', 'paramRef', 'policyName', 'validationActions'],
    ],
    'admissionregistration.v1.ValidatingAdmissionPolicySpec': [
      ...['auditAnnotations', 'matchConditions', 'validations', 'variables'],
    ],
    'admissionregistration.v1.Validation': [
      ...['expression', 'message', 'messageExpression', 'reason'],
    ],
  }),
}

function each(
  why: string,
  fields: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, string>> {
  const names = Object.entries(fields).flatMap(([type, own]) =>
    own.map((name) => `${type}.${name}`),
  )
  return Object.fromEntries(names.map((name) => [name, why]))
}

/** The fields that can be written in a kind that is acted on, without those that the gap table warns of. */
function writable(): ReadonlySet<string> {
  const names = new Set<string>()
  const seen = new Set<string>()
  const walk = (typeName: string) => {
    const type = apiSchema.type(typeName)
    // The schema of a custom resource is read as what it is, with rules and tests of its own.
    if (!type || seen.has(typeName) || typeName.endsWith('.JSONSchemaProps')) return
    seen.add(typeName)
    const short = typeName.replace(/^io\.k8s\.(?:api\.|apiextensions-apiserver\.pkg\.apis\.)?/, '')
    for (const { name, type: held } of type.fields) {
      if (type.hasTypeMeta && ['apiVersion', 'kind', 'metadata', 'status'].includes(name)) continue
      const gap = fieldGaps[short]?.[name]
      if (gap) continue
      const inner = elementOf(held)
      // A field whose parts are all warned of needs no word of its own.
      if (inner && isAllGaps(inner)) continue
      names.add(`${short}.${name}`)
      if (inner) walk(inner)
    }
  }
  for (const resource of resources) {
    if (resource.view || kindGaps[`${groupVersionOf(resource)} ${resource.kind}`]) continue
    walk(resource.schemaName)
  }
  return names
}

function isAllGaps(typeName: string): boolean {
  const gaps = fieldGaps[typeName.replace(/^io\.k8s\.api\./, '')]
  const fields = apiSchema.type(typeName)?.fields ?? []
  return gaps !== undefined && fields.every(({ name }) => gaps[name])
}

function elementOf(held: FieldType): string | undefined {
  const element = held.kind === 'list' ? held.element : held.kind === 'map' ? held.value : held
  return element.kind === 'ref' ? element.name : undefined
}

test('a field that can be set is read by somebody, or whoever sets it is warned', () => {
  const all = writable()
  const unread = unreadFields(projectRoot).filter((name) => all.has(name))
  const hint = 'act on it, list it in src/api/gaps/table.ts, or say here why nobody has to read it'
  assert.deepEqual(unread, Object.keys(known).toSorted(), hint)
})
