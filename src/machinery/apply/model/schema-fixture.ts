/** A few kinds for the tests of this room, in the structure of upstream's schema file. */
import { documentTypes, type MergeField, type MergeReference } from './document-fixture.ts'

const string = { scalar: 'string' }
const numeric = { scalar: 'numeric' }
const named = (namedType: string): MergeReference => ({ namedType })
const field = (name: string, type: MergeReference, fallback?: unknown): MergeField =>
  fallback === undefined ? { name, type } : { name, type, default: fallback }
const struct = (name: string, ...fields: MergeField[]) => ({ name, map: { fields } })
const atomicList = (elementType: MergeReference): MergeReference => ({
  list: { elementType, elementRelationship: 'atomic' },
})
const listOf = (type: string, ...keys: string[]): MergeReference => ({
  list: { elementType: named(type), elementRelationship: 'associative', keys },
})
const setOf = (elementType: MergeReference): MergeReference => ({
  list: { elementType, elementRelationship: 'associative' },
})
const mapOf = (elementType: MergeReference, elementRelationship?: string): MergeReference => ({
  map: { elementType, ...(elementRelationship && { elementRelationship }) },
})

const typeMeta = [field('apiVersion', string), field('kind', string)]
const kind = (name: string, ...fields: MergeField[]) =>
  struct(name, ...typeMeta, field('metadata', named('ObjectMeta'), {}), ...fields)

const document = {
  types: [
    struct(
      'ObjectMeta',
      field('name', string),
      field('namespace', string),
      field('uid', string),
      field('resourceVersion', string),
      field('generation', numeric),
      field('creationTimestamp', named('Time')),
      field('annotations', mapOf(string)),
      field('labels', mapOf(string)),
      field('finalizers', setOf(string)),
      field('ownerReferences', listOf('OwnerReference', 'uid')),
      field('managedFields', atomicList(named('ManagedFieldsEntry'))),
    ),
    {
      name: 'OwnerReference',
      map: {
        fields: [field('kind', string, ''), field('name', string, ''), field('uid', string, '')],
        elementRelationship: 'atomic',
      },
    },
    struct('ManagedFieldsEntry', field('manager', string)),
    { name: 'Time', scalar: 'untyped' },
    { name: 'IntOrString', scalar: 'untyped' },
    {
      name: 'LabelSelector',
      map: { fields: [field('matchLabels', mapOf(string))], elementRelationship: 'atomic' },
    },
    kind('ConfigMap', field('data', mapOf(string)), field('immutable', { scalar: 'boolean' })),
    kind(
      'Deployment',
      field('spec', named('DeploymentSpec'), {}),
      field('status', named('DeploymentStatus'), {}),
    ),
    struct(
      'DeploymentSpec',
      field('replicas', numeric),
      field('paused', { scalar: 'boolean' }),
      field('selector', named('LabelSelector')),
      field('template', named('PodTemplateSpec'), {}),
    ),
    struct('DeploymentStatus', field('replicas', numeric)),
    struct(
      'PodTemplateSpec',
      field('metadata', named('ObjectMeta'), {}),
      field('spec', named('PodSpec')),
    ),
    kind('Pod', field('spec', named('PodSpec'), {})),
    struct(
      'PodSpec',
      field('containers', listOf('Container', 'name')),
      field('nodeSelector', mapOf(string, 'atomic')),
      field('securityContext', named('PodSecurityContext')),
      field('volumes', listOf('Volume', 'name')),
      field('tolerations', atomicList(named('Toleration'))),
    ),
    struct('PodSecurityContext', field('runAsUser', numeric)),
    struct('Toleration', field('key', string)),
    struct(
      'Volume',
      field('name', string, ''),
      field('emptyDir', named('EmptyDirVolumeSource')),
      field('secret', named('SecretVolumeSource')),
    ),
    struct('EmptyDirVolumeSource', field('medium', string)),
    struct('SecretVolumeSource', field('secretName', string)),
    struct(
      'Container',
      field('name', string, ''),
      field('image', string),
      field('args', atomicList(string)),
      field('env', listOf('EnvVar', 'name')),
      field('ports', listOf('ContainerPort', 'containerPort', 'protocol')),
      field('resources', named('ResourceRequirements'), {}),
    ),
    struct('EnvVar', field('name', string, ''), field('value', string)),
    struct(
      'ContainerPort',
      field('containerPort', numeric, 0),
      field('name', string),
      field('protocol', string, 'TCP'),
    ),
    struct('ResourceRequirements', field('limits', mapOf({ scalar: 'untyped' }))),
    kind('Service', field('spec', named('ServiceSpec'), {})),
    struct(
      'ServiceSpec',
      field('ports', listOf('ServicePort', 'port', 'protocol')),
      field('selector', mapOf(string, 'atomic')),
    ),
    struct(
      'ServicePort',
      field('name', string),
      field('port', numeric),
      field('protocol', string, 'TCP'),
      field('targetPort', named('IntOrString')),
    ),
  ],
}

const types = documentTypes(document)

/** The type of a name; a test that misspells it fails. */
export function fixtureType(name: string) {
  const type = types(name)
  if (!type) throw new Error(`the fixture has no type ${name}`)
  return type
}
