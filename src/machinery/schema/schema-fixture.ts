/** A small type for the tests of this room: the shapes of a Pod without the Pod. */
import { anySchema, type PlainForm, type SchemaField, type SchemaNode } from './schema-node.ts'

const scalar = (form: PlainForm): SchemaField => ({ schema: { kind: 'scalar', form } })
const list = (items: SchemaNode): SchemaNode => ({ kind: 'list', items })

function struct(name: string, fields: Readonly<Record<string, SchemaField>>): SchemaNode {
  const byName = new Map(Object.entries(fields))
  return { kind: 'object', name, field: (field) => byName.get(field) }
}

const string = scalar('string')
const strings = list(string.schema)
const stringMap: SchemaNode = { kind: 'map', values: string.schema }

const port = struct('v1.ContainerPort', {
  containerPort: scalar('int32'),
  protocol: string,
  name: string,
})

const container = struct('v1.Container', {
  name: { ...string, required: true },
  image: string,
  args: { schema: strings },
  ports: { schema: list(port), patchStrategies: ['merge'], patchMergeKey: 'containerPort' },
  env: {
    schema: list(struct('v1.EnvVar', { name: string, value: string })),
    patchStrategies: ['merge'],
    patchMergeKey: 'name',
  },
})

const volume = struct('v1.Volume', {
  name: string,
  emptyDir: { schema: struct('v1.EmptyDirVolumeSource', { medium: string }) },
  secret: { schema: struct('v1.SecretVolumeSource', { secretName: string }) },
})

const spec = struct('v1.PodSpec', {
  containers: {
    schema: list(container),
    required: true,
    patchStrategies: ['merge'],
    patchMergeKey: 'name',
  },
  volumes: {
    schema: list(volume),
    patchStrategies: ['merge', 'retainKeys'],
    patchMergeKey: 'name',
  },
  strategy: {
    schema: struct('v1.Strategy', { type: string, rollingUpdate: { schema: anySchema } }),
    patchStrategies: ['retainKeys'],
  },
  whole: { schema: struct('v1.Whole', { a: string, b: string }), patchStrategies: ['replace'] },
  finalizers: { schema: strings, patchStrategies: ['merge'] },
  args: { schema: strings },
  labels: { schema: stringMap },
  nodeName: string,
  replicas: scalar('int32'),
  cpu: scalar('quantity'),
  at: scalar('time'),
  after: scalar('duration'),
  data: scalar('bytes'),
  emptyDir: { schema: struct('v1.EmptyDirVolumeSource', { medium: string }) },
  raw: { schema: anySchema },
})

export const podSchema: SchemaNode = struct('v1.Pod', {
  kind: string,
  apiVersion: string,
  metadata: {
    schema: struct('v1.ObjectMeta', {
      name: string,
      labels: { schema: stringMap },
      annotations: { schema: stringMap },
      finalizers: { schema: strings, patchStrategies: ['merge'] },
    }),
  },
  spec: { schema: spec },
})
